"""A real Airflow with CeleryExecutor and workers of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.component import Component
from tests.system.celery.line import Line
from tests.system.celery.services import REDIS

WORKERS = 4


class CeleryAirflow(RealAirflow):
    """Airflow with some workers, each of which has its own line to the broker.

    :param folder: its home.
    :param database: URL of an empty PostgreSQL database.
    :param prefix: for its keys in Redis.
    """

    def __init__(self, folder: Path, *, database: str, prefix: str, **arguments: Any) -> None:
        on_database = database.replace("postgresql://", "postgresql+psycopg2://")
        settings = {
            "core": {"executor": "CeleryExecutor"},
            "celery": {
                "broker_url": REDIS,
                "result_backend": f"db+{on_database}",
                "worker_concurrency": 1,
                "sync_parallelism": 1,
            },
            "celery_broker_transport_options": {"global_keyprefix": prefix},
            "scheduler": {
                "task_instance_heartbeat_timeout": 15,
                "task_instance_heartbeat_timeout_detection_interval": 3,
                "task_queued_timeout": 60,
                "task_queued_timeout_check_interval": 10,
            },
            "workers": {"task_heartbeat_interval": 3},
        }
        super().__init__(folder, database=on_database, settings=settings, **arguments)
        self.lines = [Line() for _ in range(WORKERS)]
        self.workers = [self._worker(number, line) for number, line in enumerate(self.lines)]

    @property
    def components(self) -> tuple[Component, ...]:
        """The parts that keep running, the workers among them."""
        return (*super().components, *self.workers)

    def _worker(self, number: int, line: Line) -> Component:
        worker = self._component(
            f"worker-{number}",
            "celery",
            "worker",
            "--skip-serve-logs",
            "--celery-hostname",
            f"worker{number}@%h",
        )
        worker.environment["AIRFLOW__CELERY__BROKER_URL"] = line.url
        return worker

    def _is_healthy(self, component: Component, health: Any) -> bool:
        if component in self.workers:
            return " ready." in component.log_tail(400)
        return super()._is_healthy(component, health)

    def stop(self) -> None:
        """Stop all parts, and cut all lines."""
        super().stop()
        for line in self.lines:
            line.cut()
