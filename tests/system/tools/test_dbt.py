from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from airflow_provider_flexout.alerts.plan import affected_contacts
from airflow_provider_flexout.alerts.readers.dbt import read_dbt
from airflow_provider_flexout.outreach.errors import InvalidInput
from tests.system.tools.conftest import NOT_SHIPPED, make_project


def build(folder, *flags):
    """Run dbt, in a process of its own, as it keeps hold of the first database that it sees."""
    dbt = Path(sys.executable).with_name("dbt")
    command = [dbt, "build", "--project-dir", ".", "--profiles-dir", ".", "--quiet", *flags]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr  # a test failed, dbt has not
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A dbt project that was built, with tests that fail, and its database."""
    return build(make_project(tmp_path_factory.mktemp("dbt")))


def rows_of(folder):
    """Read what the alert's queries give, as `FailingRows` does with an Airflow connection."""

    def read(alert):
        with duckdb.connect(str(folder / "shop.duckdb")) as database:
            for failure in alert.failures:
                if failure.query:
                    found = database.execute(failure.query)
                    names = [column[0] for column in found.description]
                    yield from (dict(zip(names, row, strict=True)) for row in found.fetchall())

    return read


def test_the_tests_of_each_model(built):
    (alert,) = read_dbt(built / "target" / "run_results.json", built / "target" / "manifest.json")
    assert (alert.name, alert.data) == ("orders_clean", "orders_clean")
    assert (alert.source, alert.severity) == ("dbt", "error")
    by_check = {one.check: one for one in alert.failures}
    assert set(by_check) == {"amount_not_negative", "not_null_orders_clean_shipped_at"}
    missing = by_check["not_null_orders_clean_shipped_at"]
    assert (missing.column, missing.failed_rows, missing.severity) == ("shipped_at", 3, "warning")
    assert missing.query == ('SELECT * FROM "shop"."main_dbt_test__audit"."not_null_orders_clean_shipped_at"')
    assert by_check["amount_not_negative"].query is None  # its failures are not stored


def test_without_a_manifest(built):
    (alert,) = read_dbt(json.loads((built / "target" / "run_results.json").read_text()))
    assert (alert.name, alert.data) == ("dbt tests", None)
    checks = {one.check for one in alert.failures}
    assert checks == {"amount_not_negative", "not_null_orders_clean_shipped_at"}


def test_the_right_people_are_contacted(built, reached):
    (alert,) = read_dbt(built / "target" / "run_results.json", built / "target" / "manifest.json")
    contacts = affected_contacts(alert.as_dict(), rows_of(built), to="phone", record="number")
    assert set(reached(contacts)) == NOT_SHIPPED


def test_all_failures_are_stored_where_dbt_is_told_so_when_it_is_called(project, reached):
    target = build(project, "--store-failures") / "target"
    (alert,) = read_dbt(target / "run_results.json", target / "manifest.json")
    contacts = affected_contacts(alert, rows_of(project), to="phone", record="number")
    assert set(reached(contacts)) == NOT_SHIPPED | {"+12025550103"}  # and Cai, whose amount is negative


def test_what_has_passed_is_no_alert(built):
    results = json.loads((built / "target" / "run_results.json").read_text())
    for one in results["results"]:
        one["status"] = "pass" if one["unique_id"].startswith("test.") else one["status"]
    assert read_dbt(results) == []


@pytest.mark.parametrize("shape", [{}, {"results": []}, {"results": {}, "metadata": {}}])
def test_another_shape(shape):
    with pytest.raises(InvalidInput, match="not a result of dbt: expected results, and metadata"):
        read_dbt(shape)


def test_the_manifest_in_place_of_the_results(built):
    with pytest.raises(InvalidInput, match="schema of run-results"):
        read_dbt(built / "target" / "manifest.json")
