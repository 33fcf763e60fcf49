"""What came of an interaction, read once it is over."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.customers import is_inbound, list_customers
from airflow_provider_flexout.outreach.waiters.handling import (
    Handling,
    read_handling,
    seconds_between,
    wrap_up_in,
)
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Procedure

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an interaction. What Twilio no longer tells is ``None``.

    :param worker_sid: who handled it in the end, ``WK…``.
    :param time_to_accept: seconds from the task's creation until that agent took it.
    :param duration: seconds from then until it was completed.
    :param inbound_messages: how many the customer wrote.
    :param outbound_messages: how many everybody else did: agents, the pipeline, Twilio.
    :param wrap_up: what the agent noted: the task attributes ``outcome`` and ``followed_by``, and those in
        ``conversations``, with addresses masked.
    """

    worker_sid: str | None = None
    time_to_accept: float | None = None
    duration: float | None = None
    inbound_messages: int | None = None
    outbound_messages: int | None = None
    wrap_up: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        return durable.fields(self, durable.OUTCOME_FIELDS)


def read_outcome(workspace_sid: str, task_sid: str, conversation_sid: str) -> Procedure[Outcome]:
    """Read what came of an interaction.

    The task itself is deleted minutes after its end, so its events are read, which Twilio keeps for 30
    days; the messages stay in the conversation.

    :param workspace_sid: ``WS…``.
    :param task_sid: ``WT…``.
    :param conversation_sid: ``CH…``.
    """
    try:
        handling = yield from read_handling(workspace_sid, task_sid)
    except RequestRejected as refusal:
        # The conversation is over and well; a key that may not read events is no reason to fail.
        _log.warning("It stays unknown who handled task %s, and for how long: %s", task_sid, refusal)
        handling = Handling()
    attributes = handling.attributes or (yield from _attributes_of(workspace_sid, task_sid))
    inbound, outbound = yield from _count_messages(conversation_sid)
    return Outcome(
        worker_sid=handling.worker_sid,
        time_to_accept=seconds_between(handling.created_at, handling.accepted_at),
        duration=seconds_between(handling.accepted_at, handling.ended_at),
        inbound_messages=inbound,
        outbound_messages=outbound,
        wrap_up=wrap_up_in(attributes),
    )


def _attributes_of(workspace_sid: str, task_sid: str) -> Procedure[dict[str, Any]]:
    try:
        task = yield fetch_task(workspace_sid, task_sid)
    except NotFound:
        return {}
    attributes: dict[str, Any] = task.attribute_object
    return attributes


def _count_messages(conversation_sid: str) -> Procedure[tuple[int | None, int | None]]:
    try:
        customers = {one.sid for one in (yield from list_customers(conversation_sid))}
        messages = yield from read_pages(list_messages(conversation_sid))
    except NotFound:
        return None, None  # deleted, with all that was said in it
    inbound = sum(is_inbound(one, customers) for one in messages)
    return inbound, len(messages) - inbound
