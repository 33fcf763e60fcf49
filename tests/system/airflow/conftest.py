from __future__ import annotations

import shutil
from pathlib import Path

import psutil
import pytest

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.sandbox import Sandbox
from tests.paths import EXAMPLES
from tests.shop import create_orders

HERE = Path(__file__).parent


def processes_below(folder: Path) -> list[psutil.Process]:
    """All living processes that work in a folder or below it."""
    found = []
    for process in psutil.process_iter(["cwd", "status"]):
        cwd = process.info["cwd"]
        if cwd and Path(cwd).is_relative_to(folder) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


@pytest.fixture
def left_running(tmp_path):
    """Which processes work in the test's folder, looked up when called."""
    return lambda: processes_below(tmp_path.resolve())


@pytest.fixture(scope="session")
def sandbox():
    """A sandbox that the running Airflow talks to."""
    with Sandbox(seed=7).serve() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def airflow(tmp_path_factory, sandbox):
    """One running Airflow for all who only run DAGs in it; their customers have numbers of their own."""
    folder = tmp_path_factory.mktemp("airflow")
    shutil.copytree(HERE / "plugins", folder / "plugins")  # before the triggerer looks where there are some
    names = ("outreach.py", "alerts.py", "rows.py", "places.py", "once.py", "receipts.py", "telling.py")
    dags = [HERE / "dags" / name for name in names]
    examples = [
        EXAMPLES / f"{name}.py" for name in ("dq_alert_outreach", "dq_alert_notifier", "reply_starts_dag")
    ]
    connections = {
        "flexout_default": sandbox.connection("oauth"),
        "shop_db": create_orders(folder / "shop.db"),
    }
    settings = {"core": {"test_connection": "Enabled"}}
    with RealAirflow(folder, dags=dags + examples, connections=connections, settings=settings) as airflow:
        yield airflow
