"""The rows of the two tables: one for each outreach, and one for each message in it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

ColumnType: TypeAlias = type[str] | type[int] | type[float] | type[datetime]

_TYPES: Final[dict[str, ColumnType]] = {"str": str, "int": int, "float": float, "datetime": datetime}

ADDRESS, BODY = "address", "body"
"""The columns that are there on request only."""
OUTREACH_KEY, MESSAGE_SID = "outreach_key", "message_sid"
"""The primary keys. The first is in both tables, which it joins."""


@dataclass(frozen=True, slots=True, repr=False)
class OutreachRow:
    """What became of one outreach. What does not exist, or is not known (any more), is ``None``.

    :param outreach_key: the key of the outreach, ``fx…``; the primary key.
    :param campaign: the name of its campaign, where that was given one.
    :param contact_id: the contact's ``id`` in the campaign, where the row had one that is not an address.
    :param dag_id: the DAG that opened it.
    :param run_id: the run of that DAG.
    :param task_id: the task.
    :param map_index: the task's map index, -1 unless it was mapped.
    :param channel: ``sms``, ``whatsapp``, ``email``, and so on.
    :param sender: our own address.
    :param person: a pseudonym of the person, 32 hexadecimal digits: the same on every channel on which the
        address is the same person.
    :param address: the person's address or chat identity; written with ``include_addresses=True`` only.
    :param conversation_sid: ``CH…``.
    :param interaction_sid: ``KD…``.
    :param task_sid: ``WT…``.
    :param opened_at: when the conversation was created.
    :param first_message_sid: our first message, ``IM…``.
    :param first_message_at: when it was sent.
    :param first_message_status: its delivery: ``queued``, ``sent``, ``delivered``, ``read``, ``undelivered``
        or ``failed``.
    :param first_message_error: Twilio's error code of its delivery.
    :param first_reply_at: when the customer first wrote after it; where nothing was sent, first of all.
    :param time_to_reply: seconds from our first message to that reply.
    :param inbound_messages: how many messages the customer wrote.
    :param outbound_messages: how many everybody else did.
    :param opted_out_at: when the customer opted out, unless they opted in again.
    :param worker_sid: the agent who had it in the end, ``WK…``.
    :param worker_name: the agent's name in TaskRouter.
    :param accepted_at: when that agent accepted the task.
    :param completed_at: when the task was completed.
    :param handling_time: seconds from the one to the other.
    :param wrap_up: what the agent noted, as a JSON object with addresses masked.
    :param closed_at: when the conversation was closed.
    :param ended: how it ended, in one word: see :mod:`~airflow_provider_flexout.outreach.results.ending`.
    """

    outreach_key: str
    campaign: str | None
    contact_id: str | None
    dag_id: str | None
    run_id: str | None
    task_id: str | None
    map_index: int | None
    channel: str
    sender: str | None
    person: str | None
    address: str | None
    conversation_sid: str
    interaction_sid: str | None
    task_sid: str | None
    opened_at: datetime | None
    first_message_sid: str | None
    first_message_at: datetime | None
    first_message_status: str | None
    first_message_error: int | None
    first_reply_at: datetime | None
    time_to_reply: float | None
    inbound_messages: int
    outbound_messages: int
    opted_out_at: datetime | None
    worker_sid: str | None
    worker_name: str | None
    accepted_at: datetime | None
    completed_at: datetime | None
    handling_time: float | None
    wrap_up: str | None
    closed_at: datetime | None
    ended: str


@dataclass(frozen=True, slots=True, repr=False)
class OutreachMessageRow:
    """One message of an outreach. What does not exist, or is not known, is ``None``.

    :param message_sid: ``IM…``; the primary key.
    :param outreach_key: the key of the outreach, ``fx…``.
    :param conversation_sid: ``CH…``.
    :param message_index: the number of the message in its conversation, from 0.
    :param direction: ``inbound`` from the customer, ``outbound`` from everybody else.
    :param author_kind: ``customer``, ``pipeline`` (this provider), ``agent``, or ``system`` for all others.
    :param sent_at: when it was written.
    :param status: its delivery, as ``first_message_status`` of an outreach; ``None`` of what is inbound, or
        stays within the chat.
    :param error_code: Twilio's error code of its delivery.
    :param content_sid: the template that it was made of, ``HX…``.
    :param body: the text; written with ``include_bodies=True`` only.
    """

    message_sid: str
    outreach_key: str
    conversation_sid: str
    message_index: int | None
    direction: str
    author_kind: str
    sent_at: datetime | None
    status: str | None
    error_code: int | None
    content_sid: str | None
    body: str | None


@dataclass(frozen=True, slots=True, repr=False)
class OptOutRow:
    """Somebody who has opted out, for a suppression table.

    :param address: the person's address, as Twilio knows it; the primary key.
    :param opted_out_at: when they opted out last.
    :param channel: ``sms``, ``whatsapp``, and so on.
    :param sender: our address that they said it to.
    :param outreach_key: the key of the outreach in which they did, ``fx…``.
    """

    address: str
    opted_out_at: datetime
    channel: str
    sender: str | None
    outreach_key: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    :param name: its name.
    :param type: of its values: text, a whole number, a number of seconds, or a moment, aware and in UTC.
    :param required: whether it has a value in each row.
    """

    name: str
    type: ColumnType
    required: bool


Row: TypeAlias = OutreachRow | OutreachMessageRow | OptOutRow


def opt_out_of(row: OutreachRow) -> OptOutRow | None:
    """Give the row of a suppression table; ``None`` where nobody opted out, or their address is not known.

    :param row: the outreach.
    """
    if row.opted_out_at is None or row.address is None:
        return None
    return OptOutRow(row.address, row.opted_out_at, row.channel, row.sender, row.outreach_key)


def columns_of(row: type[Row], without: Collection[str] = ()) -> tuple[Column, ...]:
    """List the columns of a table, in their order.

    :param row: the class of its rows.
    :param without: the names of columns that are not written.
    """
    found = []
    for one in fields(row):
        name, _, rest = str(one.type).partition(" | ")
        if one.name not in without:
            found.append(Column(one.name, _TYPES[name], not rest))
    return tuple(found)


def values_of(row: Row, columns: Collection[Column]) -> dict[str, Any]:
    """Give a row's values by column.

    :param row: the row.
    :param columns: those that are written.
    """
    return {one.name: getattr(row, one.name) for one in columns}
