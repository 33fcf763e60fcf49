from __future__ import annotations

import json

import duckdb
import pytest
from soda.scan import Scan

from airflow_provider_flexout.alerts.plan import affected_contacts
from airflow_provider_flexout.alerts.readers.soda import read_soda
from airflow_provider_flexout.outreach.errors import InvalidInput
from tests.system.tools.conftest import COLUMNS, NOT_SHIPPED, ORDERS

CHECKS = """
checks for orders:
  - missing_count(shipped_at) = 0
  - row_count:
      warn: when < 6
  - max(amount) < 100
"""


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE orders ({' VARCHAR, '.join(COLUMNS)} INTEGER)")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", list(ORDERS))
        yield connection


@pytest.fixture(scope="module")
def scanned(database):
    scan = Scan()
    scan.set_scan_definition_name("orders")
    scan.set_data_source_name("duckdb")
    scan.add_duckdb_connection(database, "duckdb")
    scan.add_sodacl_yaml_str(CHECKS)
    scan.execute()
    return json.loads(json.dumps(scan.get_scan_results(), default=str))


def test_the_checks_of_each_table(scanned):
    (alert,) = read_soda(scanned)
    assert (alert.name, alert.source, alert.data, alert.severity) == ("orders", "soda", "orders", "error")
    by_severity = {one.severity: one for one in alert.failures}
    missing = by_severity["error"]
    assert (missing.check, missing.column) == ("missing_count(shipped_at) = 0", "shipped_at")
    assert (missing.failed_rows, missing.detail) == (3, "the check's value is 3")
    assert "shipped_at IS NULL" in missing.query
    assert (by_severity["warning"].detail, by_severity["warning"].query) == ("the check's value is 5", None)


def test_the_right_people_are_contacted(scanned, database, reached):
    (alert,) = read_soda(scanned)

    def rows(alert):
        for failure in alert.failures:
            if failure.query:
                found = database.execute(failure.query)
                names = [column[0] for column in found.description]
                yield from (dict(zip(names, row, strict=True)) for row in found.fetchall())

    assert set(reached(affected_contacts(alert, rows, to="phone"))) == NOT_SHIPPED


def test_what_has_passed_is_no_alert(scanned):
    assert read_soda({"checks": [{**one, "outcome": "pass"} for one in scanned["checks"]]}) == []


@pytest.mark.parametrize("shape", [{}, {"checks": {}}, {"checks": [{"name": "x"}]}])
def test_another_shape(shape):
    with pytest.raises(InvalidInput, match="not a result of a Soda scan: expected checks"):
        read_soda(shape)


@pytest.mark.parametrize("given", ["[]", '[{"phone": "+12025550101"}]', "{", "there/is/no/such.json", 5])
def test_no_result_at_all(given):
    with pytest.raises(InvalidInput, match="Soda result") as refused:
        read_soda(given)
    assert "5550101" not in str(refused.value)
