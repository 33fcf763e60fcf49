"""Studio flows: whether what a customer writes gets to an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.diagnosis.finding import (
    CONSOLE,
    Check,
    Finding,
    doubtful,
    found_or_none,
    good,
    unread,
    wrong,
)
from airflow_provider_flexout.twilio.api.studio import fetch_flow
from airflow_provider_flexout.twilio.http.errors import TwilioError

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.studio import Flow

_PAGE = f"{CONSOLE}/us1/develop/studio/flows"
_TRIGGER = "incomingConversationMessage"
_TO_FLEX = "send-to-flex"


def check_flow(subject: str, flow_sid: str, meaning: str) -> Check[Finding]:
    """Check that a flow is published, is started by a message in a conversation, and sends it to Flex.

    :param subject: what the flow is for.
    :param flow_sid: the flow, ``FW…``.
    :param meaning: what it means, and for which operator, if it does not.
    """
    try:
        flow = yield from found_or_none(fetch_flow(flow_sid))
    except TwilioError as error:
        return unread(subject, error, f"It is not known whether flow {flow_sid} works.")
    if flow is None:
        seen = f"This account has no Studio flow {flow_sid}."
        return wrong(subject, seen, meaning, "Name a flow of this account.", _PAGE)
    return _judge(subject, flow, meaning)


def _judge(subject: str, flow: Flow, meaning: str) -> Finding:
    named = f"Flow {flow.sid} ({flow.friendly_name})"
    if flow.status == "draft":
        return wrong(subject, f"{named} is a draft.", meaning, "Publish the flow.", _PAGE)
    triggers = [one for one in flow.widgets if one.get("type") == "trigger"]
    if triggers and not any(_starts_with_a_message(one) for one in triggers):
        seen = f"{named} does nothing when a message comes into a conversation."
        action = 'Connect its trigger "Incoming Conversation" to a widget.'
        return wrong(subject, seen, meaning, action, _PAGE)
    if not any(one.get("type") == _TO_FLEX for one in flow.widgets):
        seen = f"{named} has no Send to Flex widget."
        action = "Add one, unless a function or a subflow makes the task."
        return doubtful(subject, seen, meaning, action, _PAGE)
    return good(subject, f"{named} is published and sends to Flex.")


def _starts_with_a_message(trigger: dict[str, object]) -> bool:
    transitions = trigger.get("transitions")
    return any(
        isinstance(one, dict) and one.get("event") == _TRIGGER and bool(one.get("next"))
        for one in (transitions if isinstance(transitions, list) else ())
    )
