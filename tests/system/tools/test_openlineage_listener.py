"""What OpenLineage's listener writes into a file while a DAG runs: our datasets, and no address."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys

import pytest

from tests.paths import ROOT
from tests.system.tools import lineage_dag
from tests.system.tools.lineage_dag import CUSTOMERS


@pytest.fixture
def events(tmp_path, flex_sandbox):
    """Run the DAG in a process of its own; give the last event of each task."""
    log, table = tmp_path / "events.jsonl", tmp_path / "warehouse.db"
    (tmp_path / "people.csv").write_text(f"to\n{CUSTOMERS[0]}\n")
    with sqlite3.connect(table) as database:
        database.execute('CREATE TABLE people ("to" TEXT)')
        database.execute("INSERT INTO people VALUES (?)", (CUSTOMERS[1],))
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "lineage_dag.py").symlink_to(lineage_dag.__file__)
    transport = {"type": "file", "log_file_path": str(log), "append": True}
    environment = os.environ | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "FLEXOUT_LINEAGE": str(tmp_path),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "shop",
        "AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(flex_sandbox.connection()),
        "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "sqlite", "host": str(table)}),
    }
    command = [sys.executable, "-m", "tests.system.tools.lineage_dag"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = log.read_text()
    assert not any(one.lstrip("+") in written for one in CUSTOMERS)
    found = map(json.loads, written.splitlines())
    return {one["job"]["name"]: one for one in found if one["eventType"] == "COMPLETE"}


def datasets(event, which):
    return [(one["namespace"], one["name"]) for one in event[which]]


def test_each_task_names_what_it_has_read_and_written(events, tmp_path):
    from_file = events["lineage.from_file"]
    assert datasets(from_file, "inputs") == [
        ("file", str(tmp_path / "people.csv")),
        ("flexout://alerts", "late orders"),
    ]
    assert datasets(from_file, "outputs") == [
        ("file", str(tmp_path / "results.jsonl")),
        ("flexout://replies", "to late orders"),
    ]
    table = [name for _, name in datasets(events["lineage.table"], "outputs")]
    assert table == ["outreach", "outreach_message"]
    assert datasets(events["lineage.file"], "outputs") == [("file", str(tmp_path / "outreach.jsonl"))]
    assert datasets(events["lineage.told"], "outputs") == [("flexout://alerts", "late orders")]
    assert "lineage.from_table" in events
