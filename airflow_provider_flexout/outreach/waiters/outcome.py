"""What came of an interaction, read once it is over."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.customers import is_inbound, list_customers
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.api.task_events import list_task_events
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import read_pages
from airflow_provider_flexout.twilio.http.redaction import mask_text
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.task_events import TaskEvent
    from airflow_provider_flexout.twilio.http.call import Procedure

_log = logging.getLogger(__name__)

_ENDS = ("task.completed", "task.canceled", "task.deleted", "task.system-deleted")
_WRAP_UP = ("outcome", "followed_by")
_NOT_OF_THE_AGENT = ("external_contact", "media")


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
        events = yield from read_pages(list_task_events(workspace_sid, task_sid))
    except RequestRejected as refusal:
        # The conversation is over and well; a key that may not read events is no reason to fail.
        _log.warning("Who handled task %s, and how long, stays open: %s", task_sid, refusal)
        events = []
    events.sort(key=lambda event: event.event_date_ms or 0)
    accepted = _last(events, "reservation.accepted")
    attributes = _attributes(events) or (yield from _attributes_of(workspace_sid, task_sid))
    inbound, outbound = yield from _count_messages(conversation_sid)
    return Outcome(
        worker_sid=(accepted.event_data or {}).get("worker_sid") if accepted else None,
        time_to_accept=_seconds(_last(events, "task.created"), accepted),
        duration=_seconds(accepted, _last(events, *_ENDS)),
        inbound_messages=inbound,
        outbound_messages=outbound,
        wrap_up=_wrap_up(attributes),
    )


def _last(events: list[TaskEvent], *types: str) -> TaskEvent | None:
    return next((event for event in reversed(events) if event.event_type in types), None)


def _seconds(earlier: TaskEvent | None, later: TaskEvent | None) -> float | None:
    if not (earlier and later and earlier.event_date_ms and later.event_date_ms):
        return None
    return (later.event_date_ms - earlier.event_date_ms) / 1000


def _attributes(events: list[TaskEvent]) -> dict[str, Any]:
    for event in reversed(events):
        attributes = json_object((event.event_data or {}).get("task_attributes"))
        if attributes:
            return attributes
    return {}


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


def _wrap_up(attributes: dict[str, Any]) -> dict[str, Any]:
    noted = attributes.get("conversations")
    noted = dict(noted) if isinstance(noted, dict) else {}
    noted |= {name: attributes[name] for name in _WRAP_UP if attributes.get(name) is not None}
    kept = {name: value for name, value in noted.items() if name not in _NOT_OF_THE_AGENT}
    masked: dict[str, Any] = _masked(kept)
    return masked


def _masked(value: Any) -> Any:
    """Mask every text in a value of JSON, also the names of an object."""
    if isinstance(value, dict):
        return {mask_text(name): _masked(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return mask_text(value) if isinstance(value, str) else value
