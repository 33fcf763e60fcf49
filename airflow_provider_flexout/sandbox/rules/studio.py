"""The account's Studio flows, and what a flow hands over to Flex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules.interaction_request import read_routing
from airflow_provider_flexout.sandbox.rules.participants import role
from airflow_provider_flexout.sandbox.state.seed import WORKSPACE
from airflow_provider_flexout.sandbox.state.studio_flows import FLOW_KINDS, StudioFlow
from airflow_provider_flexout.sandbox.webhooks.studio import start_flow
from airflow_provider_flexout.sandbox.wire.http import ApiError, compact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.records import ConversationRecord, MessageRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.webhook_registry import ScopedWebhook

__all__ = ["add_flow", "is_inbound", "replay", "routing_of"]


def is_inbound(conversation: ConversationRecord, message: MessageRecord) -> bool:
    """Tell whether a customer wrote a message.

    :param conversation: the conversation.
    :param message: the message.
    """
    return role(conversation, message.author) == "customer"


def replay(store: Store, webhook: ScopedWebhook, conversation: ConversationRecord) -> None:
    """Start a new webhook's flow with what the customer wrote since its ``ReplayAfter``.

    :param store: the sandbox's state.
    :param webhook: the webhook.
    :param conversation: its conversation.
    """
    for message in conversation.messages:
        since = webhook.replay_after
        if since is not None and message.index >= since and is_inbound(conversation, message):
            start_flow(store, webhook, message)


def routing_of(flow: StudioFlow, attributes: Mapping[str, Any]) -> str:
    """Return the Routing object that a flow's Send to Flex widget sends.

    :param flow: the flow.
    :param attributes: the conversation's attributes, which become the task's.
    """
    properties = {"workspace_sid": WORKSPACE.sid, "task_channel_unique_name": "chat", **flow.routing}
    return compact({"properties": {**properties, "attributes": dict(attributes)}})


def add_flow(
    store: Store,
    name: str,
    kind: str = "send_to_flex",
    routing: Mapping[str, Any] | None = None,
    says: str | None = None,
) -> StudioFlow:
    """Add a flow to the account.

    :param store: the sandbox's state.
    :param name: what people call it.
    :param kind: one of :data:`FLOW_KINDS`.
    :param routing: see :class:`StudioFlow`.
    :param says: what the bot replies, on ``bot_first``.
    :raises ValueError: for a kind that does not exist, or a routing that TaskRouter would refuse.
    """
    if kind not in FLOW_KINDS:
        raise ValueError(f"kind is one of {', '.join(FLOW_KINDS)}, not {kind!r}")
    if says is not None and kind != "bot_first":
        raise ValueError(f"says belongs to bot_first, not to {kind}")
    flow = StudioFlow(store.sids.new("FW"), name, kind, dict(routing or {}))
    if says is not None:
        flow = StudioFlow(flow.sid, name, kind, flow.routing, says)
    try:
        read_routing(routing_of(flow, {}), "customer", store.workspace, loose=False)
    except ApiError as error:
        raise ValueError(error.message) from error
    store.studio.flows[flow.sid] = flow
    return flow
