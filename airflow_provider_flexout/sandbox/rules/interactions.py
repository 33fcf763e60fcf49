"""The rules of interactions: from one request to channel, conversation, invite and task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules import conversations, participants
from airflow_provider_flexout.sandbox.rules.interaction_request import invalid, read_channel, read_routing
from airflow_provider_flexout.sandbox.rules.tasks import check_attributes
from airflow_provider_flexout.sandbox.state.records import (
    ChannelParticipantRecord,
    ChannelRecord,
    InteractionRecord,
    InviteRecord,
    TaskRecord,
)
from airflow_provider_flexout.sandbox.webhooks.interaction_events import notify_channel
from airflow_provider_flexout.sandbox.wire.http import ApiError, compact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.rules.interaction_request import ChannelRequest, RoutingRequest
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["create", "keep_task", "new_task", "task_attributes"]


def create(store: Store, form: Mapping[str, Any]) -> tuple[InteractionRecord, ChannelRecord, TaskRecord]:
    """Create an interaction.

    :param store: the sandbox's state.
    :param form: Twilio's form fields.
    :return: the interaction, its channel and its task; strangers to the state if the request was dropped as a
        duplicate and the sandbox is set to say nothing about it.
    """
    asked = read_channel(store, form["Channel"])
    routing = read_routing(store, form.get("Routing"), asked.initiated_by)
    prepared = _prepared(store, asked)
    dropped = prepared is not None and prepared.channel_sid is not None and _drops(store, prepared)
    if prepared is None:
        _check_pairs(store, asked)
    now = store.clock.time()
    new = store.sids.new
    interaction = InteractionRecord(
        sid=new("KD"),
        n=store.interactions.next_number(),
        created=now,
        channel_sid=new("UO"),
        context_sid=form.get("InteractionContextSid"),
        webhook_ttid=form.get("WebhookTtid"),
    )
    first = InviteRecord(new("KG"), new("WT"))
    channel = ChannelRecord(
        sid=interaction.channel_sid,
        interaction_sid=interaction.sid,
        kind=asked.kind,
        initiated_by=asked.initiated_by,
        conversation_sid=prepared.sid if prepared is not None else new("CH"),
        email_from=asked.email_from,
        email_from_name=asked.email_from_name,
        invites=[first],
    )
    attributes = task_attributes(channel, routing.attributes, first.sid)
    task = new_task(store, channel, routing, first.task_sid, attributes)
    if not dropped:
        conversation = prepared or _new_conversation(store, asked, channel.conversation_sid)
        _keep(store, interaction, channel, conversation, task, attributes)
    return interaction, channel, task


def new_task(
    store: Store, channel: ChannelRecord, routing: RoutingRequest, sid: str, attributes: Mapping[str, Any]
) -> TaskRecord:
    """Make the task of an invite; it is no part of the state yet.

    :param store: the sandbox's state.
    :param channel: the channel that somebody is invited into.
    :param routing: whom, and how.
    :param sid: the task's SID.
    :param attributes: all of its attributes.
    :raises ApiError: 400/20001 if they are too long.
    """
    text = compact(attributes)
    check_attributes(text)
    now = store.clock.time()
    return TaskRecord(
        sid=sid,
        n=store.tasks.next_number(),
        created=now,
        updated=now,
        attributes=text,
        workflow_sid=routing.workflow_sid,
        queue_sid=routing.queue_sid,
        task_channel_sid=routing.task_channel_sid,
        target_sid=routing.worker_sid,
        priority=routing.priority,
        timeout=routing.timeout,
        interaction_sid=channel.interaction_sid,
        channel_sid=channel.sid,
        conversation_sid=channel.conversation_sid,
    )


def keep_task(store: Store, task: TaskRecord, attributes: Mapping[str, Any]) -> None:
    """Take a task up into the state, and let it end if nobody takes it in time.

    :param store: the sandbox's state.
    :param task: the task.
    :param attributes: its attributes.
    """
    store.tasks.add(task)
    store.task_events.add("task.created", task)
    store.task_index.add(task, attributes)
    store.events.add(
        "task", task.conversation_sid, sid=task.sid, status=task.status, worker=None, reason=None
    )
    store.clock.schedule(task.timeout, "time_out_task", task.sid)


def _prepared(store: Store, asked: ChannelRequest) -> ConversationRecord | None:
    sid = asked.media_channel_sid
    if sid is None:
        return None
    conversation = store.conversations.get(sid)
    if conversation is None:
        raise invalid(f"Conversation {sid} does not exist")
    if conversation.state == "closed":
        message = f"Failed to create Channel because the Conversation {sid} is in a closed state"
        raise ApiError(400, 45354, message)
    if not conversation.participants:
        message = f"Failed to create Channel because the Conversation {sid} has no participants"
        raise ApiError(400, 45355, message)
    if asked.initiated_by == "customer" and not participants.customers(conversation):
        raise invalid(f"no customer is in Conversation {sid}")
    return conversation


def _drops(store: Store, conversation: ConversationRecord) -> bool:
    choice = store.settings.second_interaction
    if choice == "refuse":
        message = (
            "A duplicate create Channel request was dropped: the Conversation "
            f"{conversation.sid} already has a mapped Channel {conversation.channel_sid}"
        )
        raise ApiError(400, 45353, message)
    return choice == "drop"


def _check_pairs(store: Store, asked: ChannelRequest) -> None:
    if store.settings.taken_pair != "refuse":
        return
    for each in asked.participants:
        holder = store.pairs.get((each.get("address", ""), each.get("proxy_address", "")))
        if holder is not None:
            raise participants.pair_taken(holder)


def _new_conversation(store: Store, asked: ChannelRequest, sid: str) -> ConversationRecord:
    conversation = conversations.create(store, {}, "system", sid)
    for each in asked.participants:
        pair = (each.get("address", ""), each.get("proxy_address", ""))
        if pair not in store.pairs and participants.find(conversation, each.get("identity", "")) is None:
            participants.add(store, conversation, **each)
    return conversation


def _keep(
    store: Store,
    interaction: InteractionRecord,
    channel: ChannelRecord,
    conversation: ConversationRecord,
    task: TaskRecord,
    attributes: dict[str, Any],
) -> None:
    store.interactions.add(interaction)
    store.channels[channel.sid] = channel
    keep_task(store, task, attributes)
    conversation.channel_sid = channel.sid
    store.counters.count("opened", interaction.created)
    notify_channel(store, "onInteractionCreated", channel)
    channel.participants = [
        ChannelParticipantRecord(store.sids.new("UT"), "customer")
        for _ in participants.customers(conversation)
    ]
    failure = store.faults.channel_failure()
    setup = store.settings.channel_setup
    if failure is not None:
        store.clock.schedule(setup, "channel_fails", channel.sid, task.sid, failure)
        return
    store.clock.schedule(setup, "channel_ready", channel.sid)
    store.clock.schedule(setup, "offer_task", task.sid)


def task_attributes(channel: ChannelRecord, given: Mapping[str, Any], invite_sid: str) -> dict[str, Any]:
    """Return the attributes of an invite's task: what was given, and what Flex adds.

    :param channel: the channel that somebody is invited into.
    :param given: the attributes in ``Routing``.
    :param invite_sid: the invite.
    """
    direction = "outbound" if channel.initiated_by == "agent" else "inbound"
    merged = {
        **given,
        "flexChannelInviteSid": invite_sid,
        "conversationSid": channel.conversation_sid,
        "channelType": channel.kind,
        "direction": direction,
        "initiatedBy": channel.initiated_by,
        "flexInteractionSid": channel.interaction_sid,
        "flexInteractionChannelSid": channel.sid,
        "taskCreateSource": "interaction",
    }
    merged.setdefault("customers", _customers(given))
    already = merged.get("conversations")
    merged["conversations"] = {
        **(already if isinstance(already, dict) else {}),
        "initiated_by": channel.initiated_by,
        "conversation_id": channel.interaction_sid,
        "communication_channel": channel.kind,
        "media": [{"type": "ChatTranscript", "sid": channel.conversation_sid}],
        "direction": direction,
    }
    return merged


def _customers(attributes: Mapping[str, Any]) -> dict[str, Any]:
    name, address = attributes.get("customerName"), attributes.get("customerAddress")
    if not name or not isinstance(address, str) or not address:
        return {}
    by_email = "@" in address
    return {
        "name": name,
        "phone": None if by_email else address,
        "email": address if by_email else None,
    }
