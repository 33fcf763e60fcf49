"""Which messages start the Studio flows of a conversation's webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import MessageRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.webhook_registry import ScopedWebhook

__all__ = ["notify_flows", "start_flow"]


def notify_flows(store: Store, message: MessageRecord, *, inbound: bool) -> None:
    """Start the flows of a conversation's webhooks, after the delay that is set for Studio.

    What customers write starts them. A message that is sent through REST does only where the request asks for
    webhooks; one that an agent writes does not.

    :param store: the sandbox's state.
    :param message: the message.
    :param inbound: whether a customer wrote it.
    """
    if inbound or store.webhooks.source == "API":
        for webhook in store.webhooks.scoped.get(message.conversation_sid, ()):
            start_flow(store, webhook, message)


def start_flow(store: Store, webhook: ScopedWebhook, message: MessageRecord) -> None:
    """Start a webhook's flow, if it has one, after the delay that is set for Studio.

    :param store: the sandbox's state.
    :param webhook: the webhook.
    :param message: the message that starts it.
    """
    if webhook.starts_flow("onMessageAdded"):
        where = (webhook.sid, webhook.flow_sid, message.conversation_sid)
        store.clock.schedule(store.settings.studio_delay, "studio_message", *where)
