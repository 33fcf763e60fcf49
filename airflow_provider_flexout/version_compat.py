"""Names that moved between the Airflow versions we support; new place first."""

from __future__ import annotations

from typing import Any

try:
    from airflow.sdk import conf
except ImportError:  # Airflow 3.1
    from airflow.configuration import conf  # type: ignore[assignment]

try:
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowSensorTimeout,
        AirflowSkipException,
        AirflowTaskTimeout,
        DagRunTriggerException,
    )
except ImportError:  # Airflow 3.1
    from airflow.exceptions import (  # type: ignore[attr-defined,no-redef]
        AirflowException,
        AirflowFailException,
        AirflowSensorTimeout,
        AirflowSkipException,
        AirflowTaskTimeout,
        DagRunTriggerException,
    )


def load_stats() -> Any:
    """Give Airflow's metrics. They are imported when they are first needed, not by a DAG file."""
    try:
        from airflow.sdk.observability.stats import Stats
    except ImportError:  # Airflow 3.1
        from airflow.stats import Stats
    return Stats


def lineage_collector() -> Any:
    """Give what collects the lineage of hooks in this process."""
    try:
        from airflow.sdk.lineage import get_hook_lineage_collector
    except ImportError:  # Airflow 3.1
        from airflow.lineage.hook import get_hook_lineage_collector  # type: ignore[no-redef]
    return get_hook_lineage_collector()


def load_amask_secret() -> Any:
    """Give what lets Airflow mask a secret in logs, for use in an event loop."""
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:  # Airflow 3.2, whose mask_secret may wait for what the loop itself has to do
        return _amask_secret
    return amask_secret


async def _amask_secret(secret: str) -> None:
    from airflow.sdk._shared.secrets_masker import mask_secret
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import MaskSecret

    mask_secret(secret)
    # In dag.test(), what stands for the supervisor is in this process, and cannot be asked in an event loop.
    if ask := getattr(getattr(task_runner, "SUPERVISOR_COMMS", None), "asend", None):
        await ask(MaskSecret(value=secret))


__all__ = [
    "AirflowException",
    "AirflowFailException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "AirflowTaskTimeout",
    "DagRunTriggerException",
    "conf",
    "lineage_collector",
    "load_amask_secret",
    "load_stats",
]
