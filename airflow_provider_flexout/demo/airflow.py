"""A real Airflow, as separate processes, in a folder of its own.

::

    with RealAirflow(folder, dags=[file], connections={"flexout_default": {...}}) as airflow:
        run = airflow.run("late_delivery_outreach")
        assert run.wait(timeout=120) == "success"
        airflow.scheduler.kill()
        airflow.scheduler.start()
        airflow.wait_until_healthy()
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.demo.component import Component, stop_all
from airflow_provider_flexout.demo.rest import AirflowApi, AirflowApiError
from airflow_provider_flexout.demo.run import DagRun
from airflow_provider_flexout.demo.settings import HOST, airflow_environment, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    Health = Mapping[str, Mapping[str, str | None]]

START_TIMEOUT = 900.0
"""Seconds that the database migration, and then the start of all parts, may take on a slow machine."""
PARSE_TIMEOUT = 600.0
"""Seconds that the DAG processor may take to read a DAG file."""
POLL = 0.25
"""Seconds between two checks while waiting."""
NOT_FOUND = 404


class BrokenDagError(RuntimeError):
    """A DAG file could not be imported. The message holds the stack trace."""


class RealAirflow:
    """API server, scheduler, DAG processor and triggerer, with LocalExecutor.

    On SQLite, tasks have an API server of their own. For each request that changes something, the API server
    writes into Airflow's audit log, in its event loop, which stands still until SQLite can be written. A
    task's request that is writing needs the event loop to commit: in one server, each would wait for the
    other until SQLite's timeout, and "database is locked" would end the scheduler.

    Nothing is written outside its folder, and the user's own Airflow settings are not used.
    As a context manager it is started on entry; on exit all processes are stopped, the folder stays.

    :param folder: its home; made if it is not there.
    :param dags: DAG files, copied into its DAG folder.
    :param connections: by id; created through the REST API, thus kept in the metadata database.
    :param database: SQLAlchemy URL of an empty metadata database; SQLite in the folder if none is given.
    :param settings: Airflow options by section and name, in place of or besides those in `settings.py`.
    :param on_progress: called with what is being waited for, a few times per second.
    """

    username = "admin"

    def __init__(
        self,
        folder: Path,
        *,
        dags: Iterable[Path],
        connections: Mapping[str, Mapping[str, Any]] | None = None,
        database: str | None = None,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        on_progress: Callable[[str], None] = lambda _what: None,
    ) -> None:
        self.folder = folder.resolve()
        self.connections = dict(connections or {})
        self.on_progress = on_progress
        self.password = secrets.token_urlsafe(12)
        self._dag_files = list(dags)
        port = free_port()
        execution_port = port if database else free_port()
        self.url = f"http://{HOST}:{port}"
        self._execution_url = f"http://{HOST}:{execution_port}/execution/"
        self.api = AirflowApi(self.url, self.username, self.password)
        self.environment = airflow_environment(
            self.folder,
            port=port,
            execution_port=execution_port,
            # Five processes write into one file. The default, 5 s, is too short on a machine with other work.
            database=database or f"sqlite:///{self.folder / 'airflow.db'}?timeout=60",
            username=self.username,
            password_file=self._password_file,
            settings=settings or {},
        )
        self.migration = self._component("db-migrate", "db", "migrate")
        self.api_server = self._component("api-server")
        self.execution_api: Component | None = None
        if not database:
            self.api_server = self._component("api-server", "api-server", "--apps", "core")
            own = ["--apps", "execution", "--port", str(execution_port)]
            self.execution_api = self._component("execution-api", "api-server", *own)
        # All parts share the log folder, so nobody needs the log servers, nor their ports.
        self.scheduler = self._component("scheduler", "scheduler", "--skip-serve-logs")
        self.dag_processor = self._component("dag-processor")
        self.triggerer = self._component("triggerer", "triggerer", "--skip-serve-logs")

    @property
    def components(self) -> tuple[Component, ...]:
        """The parts that keep running."""
        execution_api = (self.execution_api,) if self.execution_api else ()
        return self.api_server, *execution_api, self.scheduler, self.dag_processor, self.triggerer

    def __enter__(self) -> RealAirflow:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Create the database, start all parts, wait until they are healthy, create the connections.

        :raises ComponentDiedError: if a part ends by itself.
        :raises TimeoutError: if it takes too long.
        """
        try:
            self._prepare_folder()
            self.migration.start()
            self.migration.finish(START_TIMEOUT, lambda: self.on_progress("creating the metadata database"))
            for component in self.components:
                component.start()
            self.wait_until_healthy()
            for connection_id, connection in self.connections.items():
                self.api.add_connection(connection_id, connection)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all parts, and whatever they have started."""
        self.api.close()
        stop_all([self.migration, *self.components])

    def check(self) -> None:
        """Make sure that no part has ended by itself.

        :raises ComponentDiedError: if one has; with the end of its log.
        """
        for component in self.components:
            component.check()

    def wait_until_healthy(self, timeout: float = START_TIMEOUT) -> None:
        """Wait until each running part has sent a heartbeat since it was last started.

        :param timeout: seconds.
        :raises ComponentDiedError: if a part ends by itself.
        :raises TimeoutError: if it takes longer.
        """
        deadline = time.monotonic() + timeout
        while missing := self._not_yet_healthy():
            self.check()
            names = ", ".join(component.name for component in missing)
            if time.monotonic() > deadline:
                tails = "\n\n".join(f"{one.log_file}:\n{one.log_tail()}" for one in missing)
                raise TimeoutError(
                    f"Not healthy after {timeout:g} s: {names}. The ends of their logs:\n{tails}"
                )
            self.on_progress(f"waiting for {names}")
            time.sleep(POLL)

    def run(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> DagRun:
        """Unpause a DAG and start a run of it, as soon as the DAG processor has read it.

        :param dag_id: the DAG.
        :param conf: parameters of the run.
        :raises BrokenDagError: if a DAG file could not be imported.
        :raises TimeoutError: if the DAG does not appear.
        """
        self._wait_for_dag(dag_id)
        self.api.patch(f"dags/{dag_id}", {"is_paused": False})
        run_id = f"manual__{datetime.now(timezone.utc).isoformat()}"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf or {})}
        self.api.create(f"dags/{dag_id}/dagRuns", body)
        return DagRun(self.api, dag_id, run_id, self.check)

    @property
    def _password_file(self) -> Path:
        return self.folder / "passwords.json"

    def _component(self, name: str, *arguments: str) -> Component:
        command = [sys.executable, "-m", "airflow", *(arguments or [name])]
        return Component(name, command, folder=self.folder, environment=self.environment)

    def _prepare_folder(self) -> None:
        dag_folder = self.folder / "dags"
        dag_folder.mkdir(parents=True, exist_ok=True)
        for file in self._dag_files:
            shutil.copy(file, dag_folder)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(json.dumps({self.username: self.password}), encoding="utf-8")

    def _not_yet_healthy(self) -> list[Component]:
        expected = [component for component in self.components if component.session is not None]
        health = self.api.health()
        if health is None:
            return expected
        return [component for component in expected if not self._is_healthy(component, health)]

    def _is_healthy(self, component: Component, health: Health) -> bool:
        if component is self.execution_api:
            return self.api.responds(f"{self._execution_url}health")
        return component is self.api_server or _beating(component, health)

    def _wait_for_dag(self, dag_id: str) -> None:
        deadline = time.monotonic() + PARSE_TIMEOUT
        while not self._knows(dag_id):
            self.check()
            if broken := list(self.api.every("importErrors", "import_errors")):
                raise BrokenDagError("\n".join(f"{one['filename']}:\n{one['stack_trace']}" for one in broken))
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"No DAG {dag_id} after {PARSE_TIMEOUT:g} s in {self.folder / 'dags'}. "
                    f"The end of {self.dag_processor.log_file}:\n{self.dag_processor.log_tail()}"
                )
            self.on_progress(f"waiting for the DAG processor to read {dag_id}")
            time.sleep(POLL)

    def _knows(self, dag_id: str) -> bool:
        try:
            self.api.get(f"dags/{dag_id}/details")
        except AirflowApiError as error:
            if error.status != NOT_FOUND:
                raise
            return False
        return True


def _beating(component: Component, health: Health) -> bool:
    """Tell whether a part has sent a heartbeat since it was started, and not just its predecessor."""
    name = component.name.replace("-", "_")
    beat = health[name].get(f"latest_{name}_heartbeat")
    if beat is None or health[name]["status"] != "healthy" or component.started_at is None:
        return False
    return datetime.fromisoformat(beat.replace("Z", "+00:00")) >= component.started_at
