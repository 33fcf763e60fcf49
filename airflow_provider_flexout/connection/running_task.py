"""The Airflow task that is running: the key of what it does once, and where it stands among its tries."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.version_compat import AirflowSkipException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context


class Skipped(AirflowSkipException):
    """Nobody is to be contacted.

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
        from airflow_provider_flexout.outreach.values.keys import user_key

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an outreach from plain Python has to know of the attempt that it is part of.

    :param key: the key of the outreach.
    :param shared_key: whether the key is the user's own.
    :param retried: whether an earlier try of the task may have sent something.
    :param last_try: whether nobody will try again if this attempt fails.
    :param source: the DAG, run, task and map index, for people; ``None`` outside of a task.
    :param began_at: when the try of the task began, by ``time.monotonic``; ``None`` outside of a task.
    :param try_id: Airflow's id of the try of the task; ``None`` outside of a task.
    """

    key: str
    shared_key: bool
    retried: bool = False
    last_try: bool = False
    source: Mapping[str, Any] | None = None
    began_at: float | None = None
    try_id: str | None = None


def attempt_at(kind: str, idempotency_key: str | None) -> Attempt:
    """Describe the present attempt, in the task that is running or outside of any.

    :param kind: what is done once, one of :class:`~airflow_provider_flexout.outreach.durable.KeyKind`.
    :param idempotency_key: the user's own key; it may be left out in a task, whose operator would make the
        same key.
    :raises InvalidInput: when there is neither a key nor a task, or the key cannot be used.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.values.keys import user_key

    context = _running_context()
    if context is not None:
        return Attempt(
            key=key_of(context, kind, idempotency_key),
            shared_key=idempotency_key is not None,
            retried=is_retried(context),
            last_try=is_last_try(context),
            source=source_of(context),
            began_at=began_at(context),
            try_id=str(context["ti"].id),
        )
    if idempotency_key is None:
        raise InvalidInput(
            "idempotency_key",
            "missing. No Airflow task is running here, of which a key could be made; pass a text that names "
            "this contact and no other, such as '2026-11-22-customer-17'.",
        )
    return Attempt(user_key(kind, idempotency_key), shared_key=True)


def _running_context() -> Context | None:
    from airflow.sdk import get_current_context

    try:
        return get_current_context()
    except RuntimeError:  # no task is running
        return None
