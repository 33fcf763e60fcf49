"""Names that only tests need and that moved between the Airflow versions we support; new place first."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from airflow.sdk.execution_time import supervisor

from airflow_provider_flexout.version_compat import load_stats

try:
    from airflow.sdk.exceptions import TaskDeferred
except ImportError:  # Airflow 3.1
    from airflow.exceptions import TaskDeferred

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 3.1
    from airflow.models.dagbag import DagBag

try:
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
    from airflow.sdk.observability.metrics.statsd_logger import get_statsd_logger
except ImportError:  # Airflow 3.1
    from airflow.metrics.base_stats_logger import NoStatsLogger
    from airflow.metrics.statsd_logger import get_statsd_logger

try:
    from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference
except ImportError:  # Airflow 3.1
    from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference


def send_metrics(factory: Callable[[], Any]) -> None:
    """Have Airflow's metrics go where a task's process has them go, as the settings say by now."""
    stats = load_stats()
    if hasattr(type(stats), "initialize") or "initialize" in vars(stats):
        named = inspect.signature(stats.initialize).parameters
        legacy = {"export_legacy_names": False} if "export_legacy_names" in named else {}
        stats.initialize(factory=factory, **legacy)
    else:  # Airflow 3.1
        type(stats).factory, stats.instance = factory, None


def keep_execution_api() -> None:
    """Have ``dag.test()`` make its API once, as Airflow 3.3 does; before, each task took 2 s for one."""
    if not hasattr(supervisor.in_process_api_server, "cache_info"):
        supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)


__all__ = [
    "AsyncCallback",
    "DagBag",
    "DeadlineAlert",
    "DeadlineReference",
    "NoStatsLogger",
    "TaskDeferred",
    "get_statsd_logger",
    "keep_execution_api",
    "send_metrics",
]
