"""The Airflow task that is running: the key of what it does once, and where it stands among its tries."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowSkipException

if TYPE_CHECKING:
    from airflow.sdk import Context


class Skipped(AirflowSkipException):
    """The customer must not be contacted.

    :param reason: a name for programs.
    :param why: a sentence for people, with addresses masked.
    """

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(f"{reason}: {why}")
        self.reason = reason


def key_of(context: Context, kind: str, idempotency_key: str | None) -> str:
    """Make the key under which the task does its work once, the same in every try of a task instance.

    :param context: Airflow's context.
    :param kind: what the operator does, so that two kinds of work never share a key.
    :param idempotency_key: the user's own key; without it the key is made of DAG, run, task and map index.
    """
    if idempotency_key is not None:
        from airflow_provider_flexout.outreach.values.plain import user_key

        return user_key(kind, idempotency_key)
    return durable.task_key(kind, **source_of(context), logical_date=logical_date_of(context))


def source_of(context: Context) -> dict[str, Any]:
    """Name the task instance, for the attributes by which people find the DAG behind a conversation.

    :param context: Airflow's context.
    """
    source = durable.fields(context["ti"], durable.SOURCE_FIELDS)
    return source if source["map_index"] is not None else source | {"map_index": -1}


def logical_date_of(context: Context) -> datetime | None:
    """Give the logical date of the DAG run, by which the run is identified; ``None`` where it has none.

    Airflow leaves the name out of the context of a run without one, so that a template gets an undefined
    value. The run itself is asked too, since a caller may pass a context that holds little else.

    :param context: Airflow's.
    """
    for found in (context.get("logical_date"), getattr(context.get("dag_run"), "logical_date", None)):
        if isinstance(found, datetime):
            return found
    return None


def is_retried(context: Context) -> bool:
    """Say whether an earlier try of this task instance may have sent something."""
    return context["ti"].try_number > 1


def began_at(context: Context) -> float | None:
    """Say when this try began, in seconds of ``time.monotonic``; ``None`` where Airflow does not tell.

    Its process may have stood still since then, for so long that Airflow has begun another try. A deferral
    counts as well.

    :param context: Airflow's context.
    """
    started = getattr(context["ti"], "start_date", None)
    return time.monotonic() - max(0.0, time.time() - started.timestamp()) if started else None


def is_last_try(context: Context) -> bool:
    """Say whether Airflow will not try again if this try fails."""
    return context["ti"].try_number > context["ti"].max_tries
