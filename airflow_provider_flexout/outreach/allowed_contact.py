"""Contacting somebody if the contact policies allow it, for callers that cannot defer or skip a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import (
    AlreadyTalking,
    ContactHeld,
    ContactRuledOut,
    SessionWindowClosed,
)
from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.message.send_once import find_sent, send_once
from airflow_provider_flexout.outreach.policies.agent_availability import warn_of_nobody
from airflow_provider_flexout.outreach.policies.decision import Hold, Skip, check_policies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.message.send_once import SentMessage
    from airflow_provider_flexout.outreach.policies.decision import ContactPolicy
    from airflow_provider_flexout.twilio.http.call import Procedure


def open_if_allowed(
    request: InteractionRequest,
    policies: Sequence[ContactPolicy],
    now: Callable[[], datetime],
    *,
    on_open_conversation: str = "fail",
    queue_sid: str | None = None,
) -> Procedure[InteractionResult]:
    """Open a conversation if the policies allow it; what an earlier attempt opened is adopted anyway.

    :param request: the outreach.
    :param policies: the policies, in the order in which they are checked.
    :param now: gives the present moment at Twilio, aware.
    :param on_open_conversation: as of :func:`open_once`; ``skip`` rules the contact out.
    :param queue_sid: the connection's queue, for the warning that no agent is there.
    :raises ContactRuledOut: when the customer must not be contacted.
    :raises ContactHeld: when the customer may be contacted later.
    :raises FlexoutError: when Twilio refuses it, or is out of reach.
    """
    if policies and not (yield from is_open(request)):
        yield from _check(policies, now)
    try:
        opened = yield from open_once(request, on_open_conversation=on_open_conversation)
    except AlreadyTalking as error:
        if on_open_conversation != "skip":
            raise
        raise ContactRuledOut("already_talking", str(error)) from error
    if opened.created:
        yield from warn_of_nobody(request.routing, queue_sid)
    return opened


def send_if_allowed(
    draft: MessageDraft, policies: Sequence[ContactPolicy], now: Callable[[], datetime]
) -> Procedure[SentMessage]:
    """Send a message if the policies allow it; what an earlier attempt sent is adopted anyway.

    :param draft: the message, checked. With ``on_closed_window="skip"`` a closed session window rules the
        contact out.
    :param policies: the policies, in the order in which they are checked.
    :param now: gives the present moment at Twilio, aware.
    :raises ContactRuledOut: when the customer must not be contacted.
    :raises ContactHeld: when the customer may be contacted later.
    :raises FlexoutError: when Twilio refuses it, or is out of reach.
    """
    if policies and not (yield from find_sent(draft)):
        yield from _check(policies, now)
    try:
        return (yield from send_once(draft))
    except SessionWindowClosed as error:
        if draft.on_closed_window != "skip":
            raise
        raise ContactRuledOut("closed_window", str(error)) from error


def _check(policies: Sequence[ContactPolicy], now: Callable[[], datetime]) -> Procedure[None]:
    decision = yield from check_policies(policies, now())
    if isinstance(decision, Skip):
        raise ContactRuledOut(decision.reason, decision.why)
    if isinstance(decision, Hold):
        raise ContactHeld(decision.until, decision.why)
