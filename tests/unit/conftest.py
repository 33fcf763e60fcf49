"""Operators run against a served sandbox, reached as users reach Twilio: through a connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from airflow.configuration import conf
from airflow.sdk import DAG
from hypothesis import HealthCheck, settings

from airflow_provider_flexout.sandbox import Sandbox
from tests.paths import EXAMPLES
from tests.receipts import FILE as RECEIPTS
from tests.rows import FILES as ROWS
from tests.version_compat import DagBag, TaskDeferred, keep_execution_api

# A busy machine makes no test fail: examples may take as long as they take.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@dataclass
class TaskInstance:
    """As much of Airflow's task instance as an operator may use."""

    dag_id: str = "orders"
    run_id: str = "manual__2026-11-22"
    task_id: str = "task"
    map_index: int = -1
    try_number: int = 1
    max_tries: int = 2
    first_reschedule_date: datetime | None = None
    start_date: datetime | None = None
    xcoms: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = json.loads(json.dumps(value))

    def xcom_pull(self, key: str) -> Any:
        return self.xcoms.get(key)

    def get_first_reschedule_date(self, context: Any) -> datetime | None:
        return self.first_reschedule_date


@pytest.fixture
def served(flex_sandbox: Sandbox) -> Sandbox:
    """A sandbox on a port, empty: the fixture that users get, without limits to wait for."""
    flex_sandbox.settings.rate_limits = False
    return flex_sandbox


@pytest.fixture(autouse=True)
def no_wait_for_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a campaign end without waiting for its first receipt, half a second each; a test of that waits."""
    monkeypatch.setattr("airflow_provider_flexout.bulk.receipts.sender_check.LAST_WAIT", 0.0)


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """What ``dag.test()`` needs: tables, and the API that its tasks ask."""
    from airflow.utils import db  # most tests need no Airflow database, and don't wait for it

    db.initdb()
    keep_execution_api()


@pytest.fixture(scope="session")
def dags(airflow_database: None) -> DagBag:
    """The examples and the DAGs of system tests in Airflow's DAG folder, and a database for their runs."""
    folder = Path(conf.get("core", "dags_folder"))
    folder.mkdir(exist_ok=True)
    for file in (*EXAMPLES.glob("*.py"), *ROWS, RECEIPTS, ROWS[0].with_name("callbacks.py")):
        (folder / file.name).symlink_to(file)
    return DagBag(str(folder))


@pytest.fixture
def dag_of(
    airflow_database: None, use_connection: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], DAG]]:
    """Save a file in Airflow's DAG folder, where ``dag.test()`` looks for it, and give its only DAG."""
    # Several pages name their DAG alike. Airflow would keep the first one's tasks for half a minute.
    monkeypatch.setenv("AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL", "0")
    folder = Path(conf.get("core", "dags_folder"))
    folder.mkdir(exist_ok=True)
    file = folder / "of_a_page.py"

    def save(code: str) -> DAG:
        # Byte code is taken for that of a file which is as long and was saved in the same second.
        Path(cache_from_source(str(file))).unlink(missing_ok=True)
        file.write_text(code, encoding="utf-8")
        bag = DagBag(str(file))
        assert bag.import_errors == {}
        [dag] = bag.dags.values()
        return dag

    yield save
    file.unlink()


@pytest.fixture
def use_connection(served: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(auth: str = "basic", conn_id: str = "flexout_default", **extra: Any) -> None:
        connection = served.connection(auth)
        connection["extra"] |= extra
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))

    use()
    return use


@pytest.fixture
def run(use_connection: Callable[..., None]) -> Callable[..., TaskInstance]:
    """Render and execute an operator as one try of a task instance, or resume it; give the instance."""

    def execute(
        operator: Any,
        resume: TaskDeferred | None = None,
        event: dict[str, Any] | None = None,
        context: dict[str, Any] | None = None,
        **instance: Any,
    ) -> TaskInstance:
        ti = TaskInstance(task_id=operator.task_id, **instance)
        given: Any = {"ti": ti, "task": operator, "ds": "2026-11-22", "params": {"customer": "17"}}
        context = given | (context or {})
        operator.render_template_fields(context)
        if resume is None:
            returned = operator.execute(context)
        else:
            assert not resume.kwargs, "dag.test() of Airflow 3.3 loses what is kept in kwargs"
            if event is None:  # its moment has come
                _, arguments = json.loads(json.dumps(resume.trigger.serialize()))
                event = {"resume_data": arguments["resume_data"]}
            returned = operator.resume_execution(resume.method_name, {"event": event}, context)
        ti.xcoms["return_value"] = json.loads(json.dumps(returned))
        return ti

    return execute


@pytest.fixture
def opened(run: Callable[..., TaskInstance], served: Sandbox) -> dict[str, Any]:
    """The SIDs of an interaction that ana has accepted."""
    from airflow_provider_flexout.operators.interaction import CreateInteractionOperator

    served.agent().accepts(after=0)
    create = CreateInteractionOperator(
        task_id="create", channel="sms", to="+12025550117", customer_name="Ada", attributes={"order": 7}
    )
    sids = run(create).xcoms["return_value"]
    served.clock.advance("1s")
    return sids
