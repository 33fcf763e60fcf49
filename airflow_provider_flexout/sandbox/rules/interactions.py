"""The rules of interactions: from one request to channel, conversation, invite and task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules import conversations, participants
from airflow_provider_flexout.sandbox.rules.interaction_request import invalid, read_channel, read_routing
from airflow_provider_flexout.sandbox.rules.taskrouter import tasks, workflows
from airflow_provider_flexout.sandbox.state.records import (
    ChannelParticipantRecord,
    ChannelRecord,
    InteractionRecord,
    InviteRecord,
)
from airflow_provider_flexout.sandbox.webhooks.interaction_events import notify_channel
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.rules.interaction_request import ChannelRequest
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord, TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["create"]


def create(store: Store, form: Mapping[str, Any]) -> tuple[InteractionRecord, ChannelRecord, TaskRecord]:
    """Create an interaction.

    :param store: the sandbox's state.
    :param form: Twilio's form fields.
    :return: the interaction, its channel and its task. They are not in the state if the request was dropped
        as a duplicate, and the setting ``second_interaction`` is ``drop``.
    """
    loose = store.settings.accept_any_routing
    asked = read_channel(form["Channel"], loose=loose)
    routing = read_routing(form.get("Routing"), asked.initiated_by, store.workspace, loose=loose)
    prepared = _prepared(store, asked)
    dropped = prepared is not None and prepared.channel_sid is not None and _drops(store, prepared)
    if prepared is None:
        for each in asked.participants:
            participants.check_user_id(store, each.get("address"))
        _check_pairs(store, asked)
    now = store.clock.time()
    new = store.sids.new
    interaction = InteractionRecord(
        sid=new("KD"),
        n=store.interactions.next_number(),
        created=now,
        channel_sid=new("UO"),
        context_sid=form.get("InteractionContextSid"),
    )
    first = InviteRecord(new("KG"), new("WT"))
    channel = ChannelRecord(
        sid=interaction.channel_sid,
        interaction_sid=interaction.sid,
        kind=asked.kind,
        initiated_by=asked.initiated_by,
        conversation_sid=prepared.sid if prepared is not None else new("CH"),
        webhook_ttid=form.get("WebhookTtid"),
        email_from=asked.email_from,
        email_from_name=asked.email_from_name,
        invites=[first],
    )
    attributes = tasks.attributes_of_invite(channel, routing.attributes, first.sid)
    task = tasks.new(store, channel, routing, first.task_sid, attributes)
    workflows.route(store, task, attributes)
    if not dropped:
        conversation = prepared or _new_conversation(store, asked, channel.conversation_sid)
        _keep(store, interaction, channel, conversation, task, attributes)
    return interaction, channel, task


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
    ours = {"Bindings.Email.Address": asked.email_from, "Bindings.Email.Name": asked.email_from_name}
    bound = asked.email_from and store.settings.email_binding == "set"
    conversation = conversations.create(store, ours if bound else {}, "system", sid)
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
    tasks.keep(store, task, attributes)
    conversation.channel_sid = channel.sid
    participants.count_opened(store, conversation)
    notify_channel(store.webhooks, "onInteractionCreated", channel)
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
