"""The example DAG that runs dbt, with dbt."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.tools.conftest import NOT_SHIPPED

EXAMPLES = Path(__file__).parents[2] / "dags_examples"


@pytest.fixture
def served(flex_sandbox):
    return flex_sandbox


def test_dbt_test_outreach(project, served, monkeypatch):
    from airflow.configuration import conf
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils import db

    db.initdb()
    Path(conf.get("core", "dags_folder")).symlink_to(EXAMPLES)
    warehouse = {"conn_type": "duckdb", "host": str(project / "shop.duckdb")}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(warehouse))
    monkeypatch.setenv("AIRFLOW_CONN_FLEXOUT_DEFAULT", json.dumps(served.connection()))
    monkeypatch.setenv("AIRFLOW_VAR_DBT_PROJECT", str(project))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    bag = DagBag(str(EXAMPLES))
    assert bag.import_errors == {}
    for _ in range(2):  # the second run finds that everybody was told
        assert bag.dags["dbt_test_outreach"].test().state == "success"
        assert {one.address for one in served.participants if one.address} == NOT_SHIPPED
        assert len(served.conversations) == len(served.tasks) == len(served.messages) == 1
    assert served.messages[0].body.startswith("Your order 2 is not on its way")
