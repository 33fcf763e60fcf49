"""What came of an interaction, read once it is over, and what agents did with its task.

The task itself is deleted minutes after its end. TaskRouter's events of the last 30 days tell what it was.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.customers import is_inbound, list_customers
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.api.tasks import fetch_task, list_events
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import read_pages
from airflow_provider_flexout.twilio.http.redaction import mask_text
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.tasks import TaskEvent
    from airflow_provider_flexout.twilio.http.call import Procedure

_log = logging.getLogger(__name__)
_ENDS = ("task.completed", "task.canceled", "task.deleted", "task.system-deleted")
_WRAP_UP = ("outcome", "followed_by")
_NOT_OF_THE_AGENT = ("external_contact", "media")
_OF_FLEX = ("communication_channel", "conversation_id", "direction", "initiated_by")
"""What Flex itself writes into a task's ``conversations``."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


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


@dataclass(frozen=True, slots=True)
class Handling:
    """What agents did with a task. What did not happen, or is not known, is ``None``.

    :param task_sid: the task, ``WT…``.
    :param worker_sid: who accepted it last, ``WK…``.
    :param worker_name: their name in TaskRouter.
    :param created_at: when the task was created.
    :param accepted_at: when that agent accepted it.
    :param ended_at: when it was completed, canceled or deleted.
    :param is_canceled: whether it was canceled.
    :param attributes: the task's, as they were last.
    """

    task_sid: str | None = None
    worker_sid: str | None = None
    worker_name: str | None = None
    created_at: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    is_canceled: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def completed_at(self) -> datetime | None:
        """When the task was completed; ``None`` where it was canceled."""
        return None if self.is_canceled else self.ended_at

    @property
    def noted(self) -> dict[str, Any]:
        """What the agent noted, with addresses masked, and nothing that Flex did."""
        return {name: value for name, value in wrap_up_in(self.attributes).items() if name not in _OF_FLEX}


def read_handling(workspace_sid: str, task_sid: str) -> Procedure[Handling]:
    """Read what agents did with a task, which costs one request.

    The task itself is deleted minutes after its end, so its events are read, which Twilio keeps for 30 days.

    :param workspace_sid: ``WS…``.
    :param task_sid: ``WT…``.
    :raises RequestRejected: when the credentials may not read events.
    """
    return handling_of((yield from read_pages(list_events(workspace_sid, task_sid=task_sid))))


def handling_of(events: list[TaskEvent]) -> Handling:
    """Put the events of one task together.

    :param events: in any order.
    """
    events = sorted(events, key=lambda event: event.event_date_ms or 0)
    accepted, end = _last(events, "reservation.accepted"), _last(events, *_ENDS)
    by = (accepted.event_data or {}) if accepted else {}
    return Handling(
        task_sid=next((sid for one in events if (sid := task_sid_of(one))), None),
        worker_sid=by.get("worker_sid"),
        worker_name=by.get("worker_name"),
        created_at=_moment(_last(events, "task.created")),
        accepted_at=_moment(accepted),
        ended_at=_moment(end),
        is_canceled=end is not None and end.event_type == "task.canceled",
        attributes=_attributes(events),
    )


def task_sid_of(event: TaskEvent) -> str | None:
    """Name the task that an event is about; ``None`` where it is about none.

    :param event: the event.
    """
    sid = (event.event_data or {}).get("task_sid")
    return sid if isinstance(sid, str) else None


def attributes_of(event: TaskEvent) -> dict[str, Any]:
    """Give the attributes that a task had when an event happened.

    :param event: the event.
    """
    return json_object((event.event_data or {}).get("task_attributes"))


def seconds_between(earlier: datetime | None, later: datetime | None) -> float | None:
    """Give the seconds between two moments; ``None`` where one is not known.

    :param earlier: the first.
    :param later: the second.
    """
    return (later - earlier).total_seconds() if earlier and later else None


def wrap_up_in(attributes: dict[str, Any]) -> dict[str, Any]:
    """Choose what the agent noted, with addresses masked.

    These are the task attributes ``outcome`` and ``followed_by``, and those in ``conversations``.

    :param attributes: the task's.
    """
    noted = attributes.get("conversations")
    noted = dict(noted) if isinstance(noted, dict) else {}
    noted |= {name: attributes[name] for name in _WRAP_UP if attributes.get(name) is not None}
    kept = {name: value for name, value in noted.items() if name not in _NOT_OF_THE_AGENT}
    masked: dict[str, Any] = _masked(kept)
    return masked


def _last(events: list[TaskEvent], *types: str) -> TaskEvent | None:
    return next((event for event in reversed(events) if event.event_type in types), None)


def _moment(event: TaskEvent | None) -> datetime | None:
    if event is None or not event.event_date_ms:
        return None
    return _EPOCH + timedelta(milliseconds=event.event_date_ms)


def _attributes(events: list[TaskEvent]) -> dict[str, Any]:
    for event in reversed(events):
        attributes = attributes_of(event)
        if attributes:
            return attributes
    return {}


def _masked(value: Any) -> Any:
    """Mask every text in a value of JSON, also the names of an object."""
    if isinstance(value, dict):
        return {mask_text(name): _masked(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return mask_text(value) if isinstance(value, str) else value
