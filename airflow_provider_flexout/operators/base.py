"""What the operators share: the hook, the key of the outreach, and how a failure ends the task."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.version_compat import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context


class FlexOperator(BaseOperator):
    """An operator that carries out one procedure at Twilio.

    :param flexout_conn_id: the Airflow connection.
    """

    ui_color = "#f9d9dc"

    def __init__(self, *, flexout_conn_id: str = FlexHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flexout_conn_id = flexout_conn_id

    @cached_property
    def hook(self) -> FlexHook:
        """The hook of the connection."""
        return FlexHook(self.flexout_conn_id)


def key_of(context: Context, kind: str, idempotency_key: str | None) -> str:
    """Make the key: from the user's own, else one for this task instance, whatever its try.

    :param context: Airflow's.
    :param kind: what the operator does, so that two kinds never share a key.
    :param idempotency_key: the user's own.
    """
    from airflow_provider_flexout.outreach.keys import given_key, outreach_key

    if idempotency_key is not None:
        return given_key(kind, idempotency_key)
    ti = context["ti"]
    map_index = -1 if ti.map_index is None else ti.map_index
    return outreach_key(kind, ti.dag_id, ti.run_id, ti.task_id, map_index)


def source_of(context: Context) -> dict[str, Any]:
    """Name the task instance, for the attributes by which people find the DAG behind a conversation.

    :param context: Airflow's.
    """
    ti = context["ti"]
    map_index = -1 if ti.map_index is None else ti.map_index
    return {"dag_id": ti.dag_id, "run_id": ti.run_id, "task_id": ti.task_id, "map_index": map_index}


def is_retried(context: Context) -> bool:
    """Say whether an earlier try of this task instance may have sent something."""
    return context["ti"].try_number > 1


def is_last_try(context: Context) -> bool:
    """Say whether Airflow will not try again if this try fails."""
    return context["ti"].try_number > context["ti"].max_tries


@contextmanager
def permanent_errors_fail_at_once() -> Iterator[None]:
    """Spare the retries where trying again is pointless; other errors pass as they are."""
    from airflow_provider_flexout.twilio.errors import FlexoutError

    try:
        yield
    except FlexoutError as error:
        if error.permanent:
            raise AirflowFailException(str(error)) from error
        raise
