"""Every outreach to one person, on all channels and in all spellings of their address.

A conversation counts where an outreach has left its record in it, or one of its messages, as with
``on_open_conversation="join"``. Nothing is read but what Twilio still holds: a conversation that was deleted,
or one that the customer was removed from, is not found.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_of
from airflow_provider_flexout.outreach.inbox.customers import customers_of
from airflow_provider_flexout.outreach.results.messages import read_deliveries, summarize
from airflow_provider_flexout.twilio.api.conversations import (
    list_participant_conversations,
    list_participants,
)
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.pagination import read_pages
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_provider_flexout.outreach.results.messages import ReadMessage
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.http.call import Procedure

_RECORDS = (
    durable.RECORD_ATTRIBUTE,
    durable.ROUTING_RECORD_ATTRIBUTE,
    durable.REPLY_RECORD_ATTRIBUTE,
)


@dataclass(frozen=True, slots=True)
class PastMessage:
    """One message of an outreach, without its text. The names are those of the table ``outreach_message``.

    :param message_sid: ``IM…``.
    :param sent_at: when it was written, aware.
    :param direction: ``inbound`` from the customer, ``outbound`` from everybody else.
    :param author_kind: ``customer``, ``pipeline`` (this provider), ``agent``, or ``system`` for all others.
    :param status: its delivery: ``queued``, ``sent``, ``delivered``, ``read``, ``undelivered`` or ``failed``;
        ``None`` of what is inbound, or stays within the chat.
    :param error_code: Twilio's error code of its delivery.
    :param dag_id: the DAG that sent it; as with the next two, ``None`` where no task of ours did.
    :param run_id: the run of that DAG.
    :param task_id: the task.
    :param campaign: the name of the campaign that it belongs to, where that was given one.
    """

    message_sid: str
    sent_at: datetime | None
    direction: str
    author_kind: str
    status: str | None
    error_code: int | None
    dag_id: str | None
    run_id: str | None
    task_id: str | None
    campaign: str | None


@dataclass(frozen=True, slots=True)
class PastOutreach:
    """One outreach to a person. The names are those of the table ``outreach``; what is not known is ``None``.

    :param outreach_key: the key of the outreach, ``fx…``; ``None`` where it was sent into a conversation that
        somebody else had opened.
    :param opened_at: when the conversation was created, aware.
    :param channel: ``sms``, ``whatsapp``, ``email``, and so on.
    :param to: the address by which Twilio knows the person there, masked.
    :param dag_id: the DAG that opened it.
    :param run_id: the run of that DAG.
    :param task_id: the task.
    :param map_index: the task's map index, -1 unless it was mapped.
    :param campaign: the name of its campaign, where that was given one.
    :param contact_id: the contact's ``id`` in the campaign, where the row had one that is not an address.
    :param conversation_sid: ``CH…``.
    :param conversation_state: ``active``, ``inactive`` or ``closed``.
    :param opted_out_at: when the customer opted out, unless they opted in again.
    :param messages: everything that was written, oldest first.
    """

    outreach_key: str | None
    opened_at: datetime | None
    channel: str
    to: str
    dag_id: str | None
    run_id: str | None
    task_id: str | None
    map_index: int | None
    campaign: str | None
    contact_id: str | None
    conversation_sid: str
    conversation_state: str | None
    opted_out_at: datetime | None
    messages: tuple[PastMessage, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON; moments are in ISO 8601 and UTC."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def read_history(addresses: Sequence[str]) -> Procedure[list[PastOutreach]]:
    """Read every outreach to a person, the oldest first.

    This takes a request for each address, two for each conversation that the person is or was in, and one for
    each message that did not arrive.

    :param addresses: every address by which Twilio may know the person, or their chat identity.
    """
    listed: dict[str, ParticipantConversation] = {}
    for address in addresses:
        by_identity = "identity" in channel_of(address).participant_keys
        filters = {"identity" if by_identity else "address": address}
        for one in (yield from read_pages(list_participant_conversations(**filters))):
            listed[one.conversation_sid] = one
    found = []
    for one in listed.values():
        try:
            outreach = yield from _read_one(one)
        except NotFound:  # deleted since it was listed
            continue
        if outreach is not None:
            found.append(outreach)
    return sorted(found, key=lambda one: (one.opened_at is not None, one.opened_at))


def _read_one(conversation: ParticipantConversation) -> Procedure[PastOutreach | None]:
    record = _record_in(json_object(conversation.conversation_attributes))
    listed = yield from read_pages(list_messages(conversation.conversation_sid))
    if record is None and not any(durable.KEY_ATTRIBUTE in one.attribute_object for one in listed):
        return None
    customers = customers_of((yield from read_pages(list_participants(conversation.conversation_sid))))
    messages = yield from read_deliveries(listed, {one.sid for one in customers})
    address = _address_of(conversation)
    channel = CHANNELS.get(str((record or {}).get("channel"))) or channel_of(address)
    source = durable.record_source(record or {}) or {}
    return PastOutreach(
        outreach_key=durable.record_key(record),
        opened_at=conversation.conversation_date_created,
        channel=channel.name,
        to=channel.masked(address),
        **_task_of(source),
        map_index=source.get("map_index"),
        campaign=_text(source.get(durable.SOURCE_CAMPAIGN)),
        contact_id=_text(source.get(durable.SOURCE_CONTACT)),
        conversation_sid=conversation.conversation_sid,
        conversation_state=conversation.conversation_state,
        opted_out_at=summarize(messages, channel, None).opted_out_at,
        messages=tuple(map(_message, messages)),
    )


def _record_in(attributes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the first record of ours, of whatever version: its key and source are read in every one."""
    found = (attributes.get(name) for name in _RECORDS)
    return next((one for one in found if durable.record_key(one)), None)


def _message(one: ReadMessage) -> PastMessage:
    found = one.message.attribute_object.get(durable.SOURCE_ATTRIBUTE)
    source = found if isinstance(found, dict) and not one.is_inbound else {}
    return PastMessage(
        message_sid=one.message.sid,
        sent_at=one.message.date_created,
        direction="inbound" if one.is_inbound else "outbound",
        author_kind=one.author_kind,
        status=one.status,
        error_code=one.error_code,
        **_task_of(source),
        campaign=_text(source.get(durable.SOURCE_CAMPAIGN)),
    )


def _task_of(source: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: _text(source.get(name)) for name in ("dag_id", "run_id", "task_id")}


def _address_of(conversation: ParticipantConversation) -> str:
    """Give the person's address in a conversation, or their identity."""
    binding = conversation.participant_messaging_binding or {}
    return str(binding.get("address") or conversation.participant_identity or "")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [{name: _plain(one) for name, one in each.items()} for each in value]
    return durable.utc_text(value) if isinstance(value, datetime) else value
