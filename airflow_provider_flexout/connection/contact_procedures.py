"""From the arguments of a hook's method to the procedure that it runs; nothing is sent by making one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from airflow_provider_flexout.connection.files import file_at
from airflow_provider_flexout.connection.running_task import (
    Skipped,
    began_at,
    is_last_try,
    is_retried,
    key_of,
    logical_date_of,
    source_of,
)
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.agents.checks import check_closing
from airflow_provider_flexout.outreach.agents.close import close_once, park_once
from airflow_provider_flexout.outreach.allowed_contact import open_if_allowed, send_if_allowed
from airflow_provider_flexout.outreach.errors import ContactRuledOut, InvalidInput
from airflow_provider_flexout.outreach.interaction.request import build_request
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.policies.address_list import is_listed
from airflow_provider_flexout.outreach.policies.recipients import Recipients, recipients_of
from airflow_provider_flexout.outreach.policies.rules import read_rules
from airflow_provider_flexout.outreach.spec import ON_OPEN_CONVERSATION, ON_SKIP, OutreachSpec
from airflow_provider_flexout.outreach.values.arguments import check_choice, check_flag
from airflow_provider_flexout.outreach.values.plain import user_key
from airflow_provider_flexout.twilio.http.call import Procedure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_provider_flexout.connection.settings import FlexConnection
    from airflow_provider_flexout.outreach.policies.rules import ContactRules

R = TypeVar("R")
Planned: TypeAlias = Callable[[Callable[[], datetime]], Procedure[R]]
"""Makes a procedure; it takes a function that gives the present time at Twilio."""

_sent: dict[tuple[str | None, str | None], tuple[Any, ...]] = {}
"""What each try of a task has sent in a conversation under the task's own key, which allows one message."""


def plan_interaction(connection: FlexConnection, given: Mapping[str, Any]) -> Planned[dict[str, Any]]:
    """Plan what opens a conversation.

    :param connection: the connection.
    :param given: the arguments of ``open_once``, all of them.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    fields = OutreachSpec.__annotations__
    spec = OutreachSpec(**{name: value for name, value in given.items() if name in fields})
    check_choice("on_open_conversation", spec.on_open_conversation, ON_OPEN_CONVERSATION)
    check_choice("on_skip", given["on_skip"], ON_SKIP)
    attempt = attempt_at(durable.KeyKind.INTERACTION, spec.idempotency_key)
    request = build_request(spec, defaults=connection.defaults, **_fields_of(attempt))
    policies = _rules(given).policies(recipients_of(request), request.unique_name)

    def plan(now: Callable[[], datetime]) -> Procedure[dict[str, Any]]:
        procedure = open_if_allowed(
            request,
            policies,
            now,
            on_open_conversation=spec.on_open_conversation,
            queue_sid=connection.defaults.queue_sid,
        )
        return _result_of(procedure, durable.INTERACTION_FIELDS, given["on_skip"])

    return plan


def plan_message(connection: FlexConnection, given: Mapping[str, Any]) -> Planned[dict[str, Any]]:
    """Plan what sends a message.

    :param connection: the connection.
    :param given: the arguments of ``send_once``, all of them.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    check_choice("on_skip", given["on_skip"], ON_SKIP)
    check_flag("validate", given["validate"])
    opened = given["conversation_sid"] if isinstance(given["conversation_sid"], Mapping) else {}
    attempt = attempt_at(durable.KeyKind.MESSAGE, given["idempotency_key"])
    names = {one.name for one in dataclasses.fields(MessageDraft)}
    arguments = {name: value for name, value in given.items() if name in names} | {
        "conversation_sid": opened.get("conversation_sid") if opened else given["conversation_sid"],
        "channel": given["channel"] or opened.get("channel_type"),
        "media": file_at(given["media"]) if given["media"] else None,
        "listener": opened.get("task_sid") or opened.get("webhook_sid"),
        "chat_service_sid": connection.defaults.chat_service_sid,
        "workspace_sid": connection.defaults.workspace_sid,
    }
    about = {name: value for name, value in _fields_of(attempt).items() if name in names}
    draft = MessageDraft(**arguments, **about)
    place, content = (attempt.try_id, draft.conversation_sid), _content_of(draft, given["media"])
    contacted_nobody = draft.conversation_sid is None and opened.get(durable.XCOM_SKIP_REASON) is not None
    if not contacted_nobody:
        draft.check(validate=given["validate"])
        if not draft.shared_key and _sent.get(place, content) != content:
            raise InvalidInput(
                "idempotency_key",
                "missing. This task has already sent another message in this conversation under its own key; "
                "to send several, pass a key with each.",
            )
    policies = _rules(given).policies(Recipients(conversation_sid=draft.conversation_sid))

    def send(now: Callable[[], datetime]) -> Procedure[Any]:
        if contacted_nobody:
            raise ContactRuledOut(opened[durable.XCOM_SKIP_REASON], "Nobody was contacted before.")
        sent = yield from send_if_allowed(draft, policies, now)
        if not draft.shared_key:
            _sent[place] = content
        return sent

    return lambda now: _result_of(send(now), durable.MESSAGE_FIELDS, given["on_skip"])


def plan_closing(connection: FlexConnection, given: Mapping[str, Any]) -> Planned[None]:
    """Plan what closes an interaction's channel.

    :param connection: the connection.
    :param given: the arguments of ``close``, all of them.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    check_flag("validate", given["validate"])
    sids = (given["interaction_sid"], given["channel_sid"])
    check_closing(*sids, given["task_status"], given["channel_status"], validate=given["validate"])
    if given["channel_status"] == "inactive":
        workspace_sid = connection.defaults.require(None, "workspace_sid", "workspace_sid")
        return lambda _: park_once(*sids, workspace_sid)
    return lambda _: close_once(*sids, given["task_status"] or "wrapping")


def _fields_of(attempt: Attempt) -> dict[str, Any]:
    names = (one.name for one in dataclasses.fields(attempt) if one.name != "try_id")
    return {name: getattr(attempt, name) for name in names}


def _rules(given: Mapping[str, Any]) -> ContactRules:
    suppression = given["suppression"]
    if isinstance(suppression, (str, bytes, Mapping)) or hasattr(suppression, "columns"):
        raise InvalidInput(
            "suppression",
            "must be a list of addresses or a function here; run a query yourself, and pass its column.",
        )
    if suppression is not None and not callable(suppression):
        suppression = is_listed(suppression)
    return read_rules(
        suppression, given["consent"], given.get("frequency_cap"), given["contact_window"], given["timezone"]
    )


def _result_of(procedure: Procedure[Any], fields: Sequence[str], on_skip: str) -> Procedure[dict[str, Any]]:
    """Give the result as an operator returns it, even if nobody may be contacted."""
    try:
        result: dict[str, Any] = (yield from procedure).as_dict()
    except ContactRuledOut as error:
        if on_skip != "return":
            raise Skipped(error.reason, error.why) from error
        return dict.fromkeys(fields) | {"created": False, durable.XCOM_SKIP_REASON: error.reason}
    return result


def _content_of(draft: MessageDraft, media: Any) -> tuple[Any, ...]:
    """Give what makes two messages different."""
    template = draft.content_sid, draft.content_variables
    return draft.body, *template, draft.media_sid, media, draft.subject


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """What an outreach from plain Python must know about the attempt that it is part of.

    :param key: the key of the outreach.
    :param shared_key: whether the key is the user's own.
    :param has_logical_date: whether the task's run has a logical date, for which there may be another run.
    :param retried: whether an earlier try of the task may have sent something.
    :param last_try: whether nobody will try again if this attempt fails.
    :param source: the DAG, run, task and map index, for people; ``None`` outside of a task.
    :param began_at: when the try of the task began, by ``time.monotonic``; ``None`` outside of a task.
    :param try_id: Airflow's id of the try of the task; ``None`` outside of a task.
    """

    key: str
    shared_key: bool
    has_logical_date: bool = False
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
    context = _running_context()
    if context is not None:
        return Attempt(
            key=key_of(context, kind, idempotency_key),
            shared_key=idempotency_key is not None,
            has_logical_date=logical_date_of(context) is not None,
            retried=is_retried(context),
            last_try=is_last_try(context),
            source=source_of(context),
            began_at=began_at(context),
            try_id=str(context["ti"].id),
        )
    if idempotency_key is None:
        raise InvalidInput(
            "idempotency_key",
            "missing. No Airflow task is running here to make a key of; pass a text that names this contact "
            "and no other, such as '2026-11-22-customer-17'.",
        )
    return Attempt(user_key(kind, idempotency_key), shared_key=True)


def _running_context() -> Context | None:
    from airflow.sdk import get_current_context

    try:
        return get_current_context()
    except RuntimeError:  # no task is running
        return None
