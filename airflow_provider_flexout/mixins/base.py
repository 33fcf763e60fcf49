"""What the operators share: the hook, the key of the outreach, and how a failure ends the task."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.links.flex import ConversationLink, conversation_url
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import NoReturn

    from airflow.sdk import Context


class FlexOperator(BaseOperator):
    """An operator that carries out one procedure at Twilio.

    :param flexout_conn_id: the Airflow connection.
    """

    template_fields: Sequence[str] = ("flexout_conn_id",)
    ui_color = "#f9d9dc"

    def __init__(self, *, flexout_conn_id: str = FlexHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flexout_conn_id = flexout_conn_id

    @cached_property
    def hook(self) -> FlexHook:
        """The hook of the connection."""
        return FlexHook(self.flexout_conn_id)

    def _link_conversation(self, context: Context, conversation_sid: str) -> None:
        """Push what :class:`ConversationLink` shows."""
        link = conversation_url(self.hook.defaults.chat_service_sid, conversation_sid, self.hook.base_url)
        context["ti"].xcom_push(key=ConversationLink.xcom_key, value=link)


def key_of(context: Context, kind: str, idempotency_key: str | None) -> str:
    """Make the key: from the user's own, else one for this task instance, whatever its try.

    :param context: Airflow's.
    :param kind: what the operator does, so that two kinds never share a key.
    :param idempotency_key: the user's own.
    """
    from airflow_provider_flexout.outreach.values.keys import derive_key, user_key

    if idempotency_key is not None:
        return user_key(kind, idempotency_key)
    return derive_key(kind, *source_of(context).values())


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


def push_each(context: Context, values: Mapping[str, Any]) -> None:
    """Push each value as an XCom of its own.

    :param context: Airflow's.
    :param values: SIDs, numbers and words, by key.
    """
    for key, value in values.items():
        context["ti"].xcom_push(key=key, value=value)


def skip(context: Context, reason: str, why: str) -> NoReturn:
    """Skip the task, since nobody is to be contacted.

    :param context: Airflow's.
    :param reason: one word for programs; the XCom ``skip_reason``.
    :param why: a sentence for people, with addresses masked.
    :raises AirflowSkipException: always.
    """
    context["ti"].xcom_push(key="skip_reason", value=reason)
    raise AirflowSkipException(f"{reason}: {why}")


@contextmanager
def permanent_errors_fail_at_once() -> Iterator[None]:
    """Spare the retries where trying again is pointless; other errors pass as they are."""
    from airflow_provider_flexout.twilio.http.errors import FlexoutError

    try:
        yield
    except FlexoutError as error:
        if error.permanent:
            raise AirflowFailException(str(error)) from error
        raise
