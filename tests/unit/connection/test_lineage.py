"""What Airflow's hook lineage is told of contacts that are read, and of files and tables that are written."""

from __future__ import annotations

import json
import sqlite3

import pytest

from airflow_provider_flexout import version_compat
from airflow_provider_flexout.connection import lineage
from airflow_provider_flexout.transfers.outreach import OutreachToObjectStorageOperator, OutreachToSqlOperator
from tests.unit.bulk.test_runner import bulk, people

CUSTOMER = people(1)[0]["to"]


@pytest.fixture
def collector(monkeypatch):
    """Airflow's own collector, as it is where something reads it."""
    try:
        from airflow.sdk import lineage as hooks
    except ImportError:  # Airflow 3.1
        from airflow.lineage import hook as hooks

    one = hooks.HookLineageCollector()
    monkeypatch.setattr(hooks, "get_hook_lineage_collector", lambda: one)
    return one


@pytest.fixture
def warehouse(tmp_path, monkeypatch):
    path = tmp_path / "warehouse.db"
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    with sqlite3.connect(path) as database:
        database.execute('CREATE TABLE people ("to" TEXT, "order" TEXT)')
        database.execute("INSERT INTO people VALUES (?, ?)", (CUSTOMER, "A-1"))
    return path


def uris(found) -> list[str]:
    return [one.asset.uri for one in found]


needs_extra = pytest.mark.skipif(
    not hasattr(version_compat.lineage_collector(), "add_extra"), reason="Airflow 3.1 has no place for SQL"
)


@needs_extra
def test_contacts_and_people_to_leave_out_from_queries(run, served, warehouse, collector):
    contacts = {"conn_id": "warehouse", "sql": f"SELECT * FROM people WHERE \"to\" <> '{CUSTOMER}9'"}  # noqa: S608
    suppressed = {"conn_id": "warehouse", "sql": "SELECT '+12025550999' FROM people"}
    run(bulk(contacts, suppression=suppressed))
    statements = [one.value["sql"] for one in collector.collected_assets.extra if one.key == "sql_job"]
    assert [one.split(" FROM ")[1][:6] for one in statements] == ["people", "people"]
    assert "2025550" not in str(statements)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_contacts_from_a_file_and_results_into_one(run, served, tmp_path, collector, ending):
    file, results = tmp_path / f"people.{ending}", tmp_path / "results.jsonl"
    if ending == "parquet":
        arrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(arrow.Table.from_pylist(people(1)), file)
    else:
        lines = {"csv": f"to,order\n{CUSTOMER},A-1\n", "jsonl": json.dumps(people(1)[0]) + "\n"}
        file.write_text(lines[ending])
    run(bulk(str(file), results=str(results)))
    assert uris(collector.collected_assets.inputs) == [f"file://{file}"]
    assert uris(collector.collected_assets.outputs) == [f"file://{results}"]


def test_files_of_results(run, served, tmp_path, collector):
    run(bulk(people(1)))
    paths = {"path": str(tmp_path / "one.csv"), "messages_path": str(tmp_path / "two.jsonl")}
    run(OutreachToObjectStorageOperator(task_id="results", lookback="1d", **paths))
    assert sorted(uris(collector.collected_assets.outputs)) == [f"file://{one}" for one in paths.values()]


@needs_extra
def test_tables_of_results(run, served, warehouse, collector):
    run(bulk(people(1)))
    run(OutreachToSqlOperator(task_id="results", conn_id="warehouse", lookback="1d", create_tables=True))
    statements = [one.value["sql"] for one in collector.collected_assets.extra]
    assert [one.split(" (")[0] for one in statements] == [
        "INSERT INTO outreach",
        "INSERT INTO outreach_message",
    ]
    assert CUSTOMER not in str(statements)


def test_work_is_done_whoever_hears_of_it(run, served, tmp_path, monkeypatch):
    def broken():
        raise OSError

    monkeypatch.setattr(lineage, "lineage_collector", broken)
    file = tmp_path / "people.jsonl"
    file.write_text(json.dumps(people(1)[0]) + "\n")
    assert run(bulk(str(file))).xcoms["return_value"]["opened"] == 1
