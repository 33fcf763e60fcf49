"""The example DAG that runs dbt, with dbt: as ``dag.test()`` runs it, and in a real Airflow."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from airflow_provider_flexout.demo.airflow import RealAirflow
from tests.paths import EXAMPLES
from tests.system.tools.conftest import NOT_SHIPPED

TIMEOUT = 180.0


@pytest.fixture
def served(flex_sandbox):
    return flex_sandbox


NOT_STORED = """
version: 2
models:
  - name: reachable
    columns: [{name: phone, data_tests: [not_null]}]
"""


@pytest.fixture
def warehouse(project, monkeypatch):
    """The connection to the database that dbt writes, with dbt in reach; and a test that keeps no rows."""
    (project / "models" / "reachable.sql").write_text("select * from {{ ref('orders') }}")
    (project / "models" / "reachable.yml").write_text(NOT_STORED)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return {"conn_type": "duckdb", "host": str(project / "shop.duckdb")}


def check(served):
    """The conversations that the data calls for, and no other."""
    assert {one.address for one in served.participants if one.address} == NOT_SHIPPED
    assert len(served.conversations) == len(served.tasks) == len(served.messages) == 1
    assert served.messages[0].body.startswith("Your order 2 is not on its way")


def test_dbt_test_outreach(examples, project, warehouse, served, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(warehouse))
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(served.connection()))
    monkeypatch.setenv("AIRFLOW_VAR_DBT_PROJECT", str(project))
    for _ in range(2):  # the second run finds that everybody was told
        assert examples["dbt_test_outreach"].test().state == "success"
        check(served)


def test_it_runs_in_a_real_airflow(project, warehouse, served, tmp_path):
    connections = {"flexout_default": served.connection("oauth"), "warehouse": warehouse}
    dags = [EXAMPLES / "dbt_test_outreach.py"]
    with RealAirflow(tmp_path / "airflow", dags=dags, connections=connections) as airflow:
        airflow.api.post("variables", {"key": "dbt_project", "value": str(project)})
        for created in (True, False):
            run = airflow.run("dbt_test_outreach")
            assert run.wait(TIMEOUT) == "success", run.failures()
            check(served)
            (opened,) = run.task_instances("outreach.open_conversation")
            assert run.xcom(opened)["created"] is created
            assert "ERROR=2" in run.log(*run.task_instances("build"))  # tests failed; dbt itself has not
