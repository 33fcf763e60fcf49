"""Reading what became of one outreach: who took part, what was written, and what agents did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_of, person_of
from airflow_provider_flexout.outreach.conversation.request import PIPELINE
from airflow_provider_flexout.outreach.inbox.customers import customers_of
from airflow_provider_flexout.outreach.results.ending import ending_with_agent, ending_without_agent
from airflow_provider_flexout.outreach.results.messages import read_deliveries, summarize
from airflow_provider_flexout.outreach.results.rows import OutreachMessageRow, OutreachRow
from airflow_provider_flexout.outreach.waiters.outcome import Handling, read_handling, seconds_between
from airflow_provider_flexout.twilio.api.conversations import list_participants
from airflow_provider_flexout.twilio.api.messages import list_messages
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
    from airflow_provider_flexout.outreach.results.messages import MessageSummary, ReadMessage
    from airflow_provider_flexout.twilio.api.conversations import Conversation, Participant
    from airflow_provider_flexout.twilio.http.call import Procedure

FORGOTTEN = "TaskRouter has no events of it (any more); it keeps them for 30 days"
NO_WORKSPACE = "the connection names no workspace_sid"


@dataclass(frozen=True, slots=True, repr=False)
class ReadOptions:
    """How outreaches are read.

    :param secret: the key of the pseudonyms.
    :param workspace_sid: the workspace of the tasks, ``WS…``; without it, nothing is said of agents.
    """

    secret: str
    workspace_sid: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class OutreachResult:
    """What became of one outreach.

    :param row: the outreach.
    :param messages: its messages, oldest first.
    :param unknown_task: why nothing is known of its task, where it has one; else ``None``.
    :param is_routed_by_flow: whether a Studio flow may have made a task of it, whose SID nobody told us.
    """

    row: OutreachRow
    messages: tuple[OutreachMessageRow, ...]
    unknown_task: str | None = None
    is_routed_by_flow: bool = False


def read_outreach(
    conversation: Conversation, record: OutreachRecord, options: ReadOptions
) -> Procedure[OutreachResult | None]:
    """Read what became of an outreach.

    This takes a request for who takes part, one for each hundred messages, one for the task where there is
    one, and one for each message that did not arrive.

    :param conversation: its conversation, as it was listed.
    :param record: the record in that.
    :param options: how it is read.
    :returns: ``None`` where the conversation has been deleted by now.
    """
    try:
        customers = customers_of((yield from read_pages(list_participants(conversation.sid))))
        listed = yield from read_pages(list_messages(conversation.sid))
        messages = yield from read_deliveries(listed, {one.sid for one in customers})
    except NotFound:
        return None
    sids = {**(record.sids or {}), **_routing_sids(conversation)}
    task_sid, handling, unknown = sids.get("task_sid"), Handling(), None
    if task_sid:
        try:
            handling, unknown = yield from _read_task(options.workspace_sid, task_sid)
        except RequestRejected as refusal:
            unknown = str(refusal)
    channel = CHANNELS.get(record.channel) or channel_of(_address_of(customers) or "")
    summary = summarize(messages, channel, record.first_message_sid)
    row = _row(conversation, record, sids, _Parts(customers, summary, options.secret))
    row = with_handling(row, handling)
    by_flow = not task_sid and record.on_reply not in (None, PIPELINE) and summary.inbound > 0
    return OutreachResult(row, tuple(_message_row(one, row) for one in messages), unknown, by_flow)


def with_handling(row: OutreachRow, handling: Handling) -> OutreachRow:
    """Put what agents did into the row of an outreach.

    :param row: the row without it.
    :param handling: what agents did.
    """
    noted = handling.noted
    return replace(
        row,
        task_sid=row.task_sid or handling.task_sid,
        interaction_sid=row.interaction_sid or handling.attributes.get("flexInteractionSid"),
        worker_sid=handling.worker_sid,
        worker_name=handling.worker_name,
        accepted_at=handling.accepted_at,
        completed_at=handling.completed_at,
        handling_time=seconds_between(handling.accepted_at, handling.completed_at),
        wrap_up=json.dumps(noted, ensure_ascii=False, sort_keys=True) if noted else None,
        ended=ending_with_agent(row.ended, handling),
    )


@dataclass(frozen=True, slots=True, repr=False)
class _Parts:
    customers: list[Participant]
    summary: MessageSummary
    secret: str


def _read_task(workspace_sid: str | None, task_sid: str) -> Procedure[tuple[Handling, str | None]]:
    if not workspace_sid:
        return Handling(), NO_WORKSPACE
    handling = yield from read_handling(workspace_sid, task_sid)
    return handling, FORGOTTEN if handling == Handling() else None


def _routing_sids(conversation: Conversation) -> dict[str, Any]:
    """Give the SIDs of the interaction that a task has routed a conversation without an agent into."""
    routing = conversation.attribute_object.get(durable.ROUTING_RECORD_ATTRIBUTE)
    sids = routing.get("sids") if isinstance(routing, Mapping) else None
    return dict(sids) if isinstance(sids, Mapping) else {}


def _row(
    conversation: Conversation, record: OutreachRecord, sids: Mapping[str, Any], parts: _Parts
) -> OutreachRow:
    summary, address = parts.summary, _address_of(parts.customers)
    source = record.source or {}
    first, reply = summary.first, summary.first_reply
    first_at = first.message.date_created if first else None
    reply_at = reply.message.date_created if reply else None
    is_closed = conversation.state == "closed"
    return OutreachRow(
        outreach_key=record.key,
        campaign=_text(source.get(durable.SOURCE_CAMPAIGN)),
        contact_id=_text(source.get(durable.SOURCE_CONTACT)),
        dag_id=_text(source.get("dag_id")),
        run_id=_text(source.get("run_id")),
        task_id=_text(source.get("task_id")),
        map_index=source.get("map_index"),
        channel=record.channel,
        sender=_sender_of(conversation, parts.customers),
        person=durable.pseudonym(parts.secret, person_of(address)) if address else None,
        address=address,
        conversation_sid=conversation.sid,
        interaction_sid=sids.get("interaction_sid"),
        task_sid=sids.get("task_sid"),
        opened_at=conversation.date_created,
        first_message_sid=first.message.sid if first else None,
        first_message_at=first_at,
        first_message_status=first.status if first else None,
        first_message_error=first.error_code if first else None,
        first_reply_at=reply_at,
        time_to_reply=seconds_between(first_at, reply_at),
        inbound_messages=summary.inbound,
        outbound_messages=summary.outbound,
        opted_out_at=summary.opted_out_at,
        worker_sid=None,
        worker_name=None,
        accepted_at=None,
        completed_at=None,
        handling_time=None,
        wrap_up=None,
        closed_at=conversation.date_updated if is_closed else None,
        ended=ending_without_agent(summary, is_closed=is_closed),
    )


def _message_row(one: ReadMessage, row: OutreachRow) -> OutreachMessageRow:
    message = one.message
    return OutreachMessageRow(
        message_sid=message.sid,
        outreach_key=row.outreach_key,
        conversation_sid=row.conversation_sid,
        message_index=message.index,
        direction="inbound" if one.is_inbound else "outbound",
        author_kind=one.author_kind,
        sent_at=message.date_created,
        status=one.status,
        error_code=one.error_code,
        content_sid=message.content_sid,
        body=message.body,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _address_of(customers: list[Participant]) -> str | None:
    """Give the customer's address, or their identity."""
    if not customers:
        return None
    return (customers[0].messaging_binding or {}).get("address") or customers[0].identity


def _sender_of(conversation: Conversation, customers: list[Participant]) -> str | None:
    """Give our own address towards the customer."""
    binding = (customers[0].messaging_binding or {}) if customers else {}
    email = (conversation.bindings or {}).get("email") or {}
    return binding.get("proxy_address") or email.get("address") or binding.get("projected_address")
