"""An event that Twilio pushed: which conversation, message or task it is about, and nothing of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.sids import is_sid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import TypeAdapter

ARGUMENT = "event"
"""What errors call it."""

_PREFIXES = {
    "conversation_sid": "CH",
    "message_sid": "IM",
    "participant_sid": "MB",
    "task_sid": "WT",
    "interaction_sid": "KD",
    "channel_sid": "UO",
}
_NUMBERS = ("index", "error_code")
_SUBJECTS = {
    durable.PUSHED_REPLY: ("conversation_sid", "message_sid"),
    durable.PUSHED_MESSAGE: ("conversation_sid", "message_sid"),
    durable.PUSHED_RECEIPT: ("conversation_sid", "message_sid"),
    durable.PUSHED_TASK: ("task_sid",),
    durable.PUSHED_CHANNEL: ("interaction_sid",),
}
"""What an event of each kind is nothing without."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a message, a task or a channel.

    An event holds only what Twilio put into it; nothing else is read for it. So it does not say which
    outreach the conversation belongs to, unless ``source`` does. Nor does it say for certain whether a
    customer wrote the message, which only the conversation's participants show.

    :param kind: ``reply``: somebody who takes part by an address wrote a message, as customers do.
        ``message``: anybody else wrote one, including customers in a chat. ``receipt``: a message's delivery
        changed. ``task``: a task, or a reservation of it, changed. ``channel``: an interaction's channel
        changed, or who is in it.
    :param conversation_sid: ``CH…``, where the event names it.
    :param message_sid: ``IM…``, of a message or a receipt.
    :param participant_sid: who wrote the message, or whose receipt it is, ``MB…``.
    :param index: the message's place in its conversation, from 0.
    :param task_sid: ``WT…``, of a task, or of who joined or left a channel.
    :param interaction_sid: ``KD…``, of a channel, or of a task that Flex made.
    :param channel_sid: the interaction channel, ``UO…``.
    :param status: of the receipt, the task or the channel, in Twilio's words, such as ``delivered``.
    :param error_code: Twilio's, where something failed.
    :param time: when it happened, aware, in UTC; ``None`` where the event does not say.
    :param source: the DAG, run, task and map index behind the conversation. Only the events of
        ``FlexReplyTrigger`` have it.
    """

    kind: str
    conversation_sid: str | None = None
    message_sid: str | None = None
    participant_sid: str | None = None
    index: int | None = None
    task_sid: str | None = None
    interaction_sid: str | None = None
    channel_sid: str | None = None
    status: str | None = None
    error_code: int | None = None
    time: datetime | None = None
    source: Mapping[str, Any] | None = None

    def payload(self) -> dict[str, Any]:
        """Give plain JSON, as it may stand on a queue: SIDs, times, statuses, and no address and no text.

        The payload of a reply or a message has the fields of ``FlexReplyTrigger``'s.
        """
        return durable.write_event(self)


def make_event(where: str, kind: str, **found: Any) -> Event:
    """Make an event of what was found in one. No error shows a value, since people may have written it.

    :param where: what was read, such as ``onMessageAdded``, for the error.
    :param kind: of the event.
    :param found: its fields as they were found, where a number may be text, and what is missing may be empty.
    :raises InvalidInput: when a field is not what it should be, or one that the event needs is missing.
    """
    read = {name: None if value == "" else value for name, value in found.items()}
    for name in _SUBJECTS[kind]:
        if read.get(name) is None:
            raise InvalidInput(ARGUMENT, f"{where} has no {name}.")
    for name, value in read.items():
        if value is None:
            continue
        if name in _PREFIXES and not is_sid(value, _PREFIXES[name]):
            raise InvalidInput(
                ARGUMENT, f"the {name} of {where} is not a SID ({_PREFIXES[name]} and 32 hex digits)."
            )
        if name in _NUMBERS:
            read[name] = _number(where, name, value)
        elif name == "time":
            read[name] = _moment(where, value)
        elif not isinstance(value, dict if name == "source" else str):
            raise InvalidInput(ARGUMENT, f"the {name} of {where} is a {type(value).__name__}.")
    return Event(kind, **read)


def read_payload(payload: Mapping[str, Any]) -> Event:
    """Read an event that :meth:`Event.payload` wrote, or ``FlexReplyTrigger``.

    :param payload: the plain JSON.
    :raises InvalidInput: when a newer version wrote it, or it is not what it says.
    """
    version = durable.event_version(payload)
    if version != durable.PUSHED_VERSION:
        raise InvalidInput(
            ARGUMENT,
            "a newer version of airflow-provider-flexout wrote it, and this one reads version "
            f"{durable.PUSHED_VERSION} only. Wherever events are read, install the newest one in use.",
        )
    found = durable.read_event(payload)
    kind = found.pop("kind")
    if kind not in _SUBJECTS:
        raise InvalidInput(ARGUMENT, f"its kind is not one of {', '.join(_SUBJECTS)}.")
    return make_event(f"a {kind}", kind, **found)


def _number(where: str, name: str, value: Any) -> int:
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
    if isinstance(value, bool) or not (isinstance(value, int) or digits):
        raise InvalidInput(ARGUMENT, f"the {name} of {where} is not a whole number.")
    return int(value)


def _moment(where: str, value: Any) -> datetime:
    from pydantic import ValidationError

    try:
        moment = _moments().validate_python(value)
        if moment.tzinfo:
            return moment.astimezone(timezone.utc)
    except (ValidationError, OverflowError):
        pass
    raise InvalidInput(ARGUMENT, f"the time of {where} is not a moment such as 2026-11-22T06:00:00Z.")


@cache
def _moments() -> TypeAdapter[datetime]:
    from pydantic import TypeAdapter

    return TypeAdapter(datetime)
