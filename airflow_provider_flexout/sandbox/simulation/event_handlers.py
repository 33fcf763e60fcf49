"""The handlers of the events that are scheduled."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from airflow_provider_flexout.sandbox.rules import (
    conversations,
    interaction_channels,
    interactions,
    messages,
    participants,
    studio,
)
from airflow_provider_flexout.sandbox.rules.taskrouter import reservations, tasks, workflows
from airflow_provider_flexout.sandbox.state.studio_flows import FlowExecution
from airflow_provider_flexout.sandbox.wire.http import ApiError, compact

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.studio_flows import StudioFlow

__all__ = ["install"]


def install(store: Store) -> None:
    """Give the clock a handler for each kind of event.

    :param store: the sandbox's state.
    """
    handlers: dict[str, Callable[..., None]] = {
        "agent_accepts": _agent_accepts,
        "agent_declines": reservations.decline,
        "agent_misses": reservations.expire_reservation,
        "agent_says": _agent_says,
        "agent_leaves": _agent_leaves,
        "agent_completes": _agent_completes,
        "channel_ready": interaction_channels.activate,
        "channel_fails": interaction_channels.fail_setup,
        "conversation_timer": conversations.run_timers,
        "customer_closes": _customer_closes,
        "customer_says": _customer_says,
        "expire_task": tasks.expire,
        "leave_target": workflows.go_on,
        "offer_task": reservations.offer,
        "offer_waiting": reservations.offer_waiting,
        "receipt": messages.record_receipt,
        "release_pair": _release_pair,
        "studio_message": _studio_message,
        "time_out_task": tasks.time_out,
    }
    store.clock.handlers = {kind: partial(handler, store) for kind, handler in handlers.items()}


def _release_pair(store: Store, pair: tuple[str, str], conversation_sid: str) -> None:
    store.release_pair(pair, conversation_sid)


def _agent_accepts(store: Store, sid: str, reservation_sid: str) -> None:
    task = reservations.reserved(store, sid, reservation_sid)
    if task is not None:
        interaction_channels.join(store, task)


def _agent_says(store: Store, conversation_sid: str, identity: str, text: str) -> None:
    conversation = store.conversations.get(conversation_sid)
    if conversation is not None and conversation.state != "closed":
        messages.add(store, conversation, {"Author": identity, "Body": text})


def _agent_leaves(store: Store, sid: str, outcome: object) -> None:
    task = store.tasks.get(sid)
    if task is None or task.status not in {"assigned", "wrapping"}:
        return
    if outcome is not None:
        with suppress(ApiError):  # the attributes are full: the agent finishes without an outcome
            tasks.add_outcome(store, task, outcome)
    if task.status == "assigned":
        tasks.set_status(store, task, "wrapping")
    interaction_channels.leave(store, task)


def _agent_completes(store: Store, sid: str) -> None:
    task = store.tasks.get(sid)
    if task is not None and task.status == "wrapping":
        tasks.end(store, task, "completed", None)


def _customer_says(store: Store, conversation_sid: str, participant_sid: str, text: str) -> None:
    conversation = store.conversations.get(conversation_sid)
    if conversation is None or conversation.state == "closed":
        return
    writer = participants.find(conversation, participant_sid)
    if writer is not None:
        author = writer.address or writer.identity
        messages.add(store, conversation, {"Author": author, "Body": text})


def _customer_closes(store: Store, conversation_sid: str) -> None:
    conversation = store.conversations.get(conversation_sid)
    if conversation is None or conversation.state == "closed":
        return
    channel = store.channels.get(conversation.channel_sid or "")
    if channel is None:
        conversations.close(store, conversation, "EVENT")
    elif channel.status not in {"closed", "failed"}:
        interaction_channels.update(store, channel, {"Status": "closed"})


def _studio_message(store: Store, webhook_sid: str, flow_sid: str, conversation_sid: str) -> None:
    """Start a flow with a customer's message, or give the message to the execution that waits for one."""
    conversation = store.conversations.get(conversation_sid)
    if conversation is None or store.studio.has_handed_over(webhook_sid):  # a message that came just before
        return
    flow = store.studio.flows[flow_sid]
    execution = store.studio.active(webhook_sid)
    if execution is None:
        now = store.clock.time()
        execution = FlowExecution(store.sids.new("FN"), flow.sid, conversation_sid, webhook_sid, now)
        store.studio.executions.append(execution)
        _log_flow(store, flow, execution, "started")
        if flow.kind == "bot_first" and conversation.state != "closed":
            messages.add(store, conversation, {"Author": "bot", "Body": flow.says})
            return
    if flow.kind == "fails":
        _end_flow(store, flow, execution, "The flow failed.")
    else:
        _send_to_flex(store, flow, execution, conversation)


def _send_to_flex(
    store: Store, flow: StudioFlow, execution: FlowExecution, conversation: ConversationRecord
) -> None:
    """Make the interaction, as the widget of that name does; Flex then takes Studio's webhooks away."""
    kind = next((each.kind for each in participants.customers(conversation) if each.kind), "chat")
    channel = {
        "type": kind,
        "initiated_by": "customer",
        "properties": {"media_channel_sid": conversation.sid},
    }
    routing = studio.routing_of(flow, json.loads(conversation.attributes or "{}"))
    try:
        interactions.create(store, {"Channel": compact(channel), "Routing": routing})
    except ApiError as error:
        _end_flow(store, flow, execution, error.message)
        return
    rows = store.webhooks.scoped.get(conversation.sid, [])
    rows[:] = [each for each in rows if each.target != "studio"]
    _end_flow(store, flow, execution, None)


def _end_flow(store: Store, flow: StudioFlow, execution: FlowExecution, error: str | None) -> None:
    execution.status, execution.error = ("failed", error) if error else ("ended", None)
    _log_flow(store, flow, execution, execution.status, error=error)


def _log_flow(
    store: Store, flow: StudioFlow, execution: FlowExecution, status: str, error: str | None = None
) -> None:
    store.events.add("studio", execution.conversation_sid, flow=flow.name, status=status, error=error)
