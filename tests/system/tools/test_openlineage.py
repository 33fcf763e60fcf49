"""What a campaign, its results and our assets tell OpenLineage: what its own provider asks, as events."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from airflow.providers.openlineage.extractors.manager import ExtractorManager
from airflow.sdk import Asset
from airflow.utils.state import TaskInstanceState
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.transport.file import FileConfig, FileTransport

from airflow_provider_flexout.assets.flexout import convert_asset_to_openlineage, create_asset
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.transfers.outreach import OutreachToObjectStorageOperator, OutreachToSqlOperator

CUSTOMER = "+12025550117"


@pytest.fixture
def events(tmp_path):
    """Have OpenLineage's provider ask a task, and write its event into a file; give the datasets of it."""
    log = tmp_path / "events.jsonl"
    client = OpenLineageClient(transport=FileTransport(FileConfig(str(log), append=True)))

    def emitted(task, which: str) -> list[tuple[str, str]]:
        run = SimpleNamespace(run_id="manual__2026-11-22")
        lineage = ExtractorManager().extract_metadata(run, task, TaskInstanceState.SUCCESS, None)
        job = Job(namespace="shop", name=task.task_id)
        client.emit(
            RunEvent(
                eventTime="2026-11-22T06:00:00+00:00",
                producer="tests",
                run=Run(runId=str(uuid4())),
                job=job,
                eventType=RunState.COMPLETE,
                inputs=lineage.inputs,
                outputs=lineage.outputs,
            )
        )
        written = log.read_text().splitlines()[-1]
        assert CUSTOMER.lstrip("+") not in written
        return [(one["namespace"], one["name"]) for one in json.loads(written)[which]]

    return emitted


@pytest.fixture
def warehouse(tmp_path, monkeypatch):
    path = tmp_path / "warehouse.db"
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({"conn_type": "sqlite", "host": str(path)}))
    with sqlite3.connect(path) as database:
        database.execute('CREATE TABLE people ("to" TEXT)')
        database.execute("INSERT INTO people VALUES (?)", (CUSTOMER,))
    return path


def test_a_campaign_names_the_files_that_it_reads_and_writes(events, tmp_path):
    file, results = tmp_path / "people.csv", tmp_path / "results.jsonl"
    file.write_text(f"to\n{CUSTOMER}\n")
    task = BulkOutreachOperator(
        task_id="reach", contacts=str(file), message="Hello", channel="sms", results=str(results)
    )
    assert events(task, "inputs") == [("file", str(file))]
    assert events(task, "outputs") == [("file", str(results))]


def test_the_tables_that_are_written(events, warehouse):
    task = OutreachToSqlOperator(task_id="results", conn_id="warehouse", table="shop.outreach")
    names = [name for _, name in events(task, "outputs")]
    assert names == ["shop.outreach", "outreach_message"]


def test_the_files_that_are_written(events, tmp_path):
    path = tmp_path / "outreach.csv"
    task = OutreachToObjectStorageOperator(task_id="results", path=str(path))
    assert events(task, "outputs") == [("file", str(path))]


def test_an_asset_of_ours(events):
    from airflow.providers.standard.operators.empty import EmptyOperator

    outlets = [create_asset(name="late orders"), create_asset(kind="replies", name="of them")]
    task = EmptyOperator(task_id="task", outlets=outlets)
    assert events(task, "outputs") == [
        ("flexout://alerts", "late orders"),
        ("flexout://replies", "of them"),
    ]


def test_a_query_of_a_database_that_says_where_it_is(events, warehouse, monkeypatch):
    from airflow.providers.openlineage.sqlparser import DatabaseInfo
    from airflow.providers.sqlite.hooks.sqlite import SqliteHook

    info = DatabaseInfo(scheme="sqlite", authority="shop", is_information_schema_cross_db=False)
    monkeypatch.setattr(SqliteHook, "get_openlineage_database_info", lambda *_: info)
    query = {"conn_id": "warehouse", "sql": f"SELECT * FROM people WHERE \"to\" = '{CUSTOMER}'"}  # noqa: S608
    task = BulkOutreachOperator(task_id="reach", contacts=query, message="Hello", channel="sms")
    ((namespace, name),) = events(task, "inputs")
    assert (namespace, name.split(".")[-1]) == ("sqlite://shop", "people")
    assert Path(warehouse).exists()


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("flexout://alerts/late orders", "late orders"),
        ("flexout://replies/orders/tell", "orders/tell"),
    ],
)
def test_openlineage_names_an_asset_by_its_kind_and_name(uri, name):
    dataset = convert_asset_to_openlineage(Asset(uri), None)
    assert dataset.namespace == uri[: uri.index("/", 10)]
    assert dataset.name == name
