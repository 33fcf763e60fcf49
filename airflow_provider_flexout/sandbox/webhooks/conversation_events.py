"""The fields of the events for which Conversations' webhooks are called.

https://www.twilio.com/docs/conversations/conversations-webhooks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, CHAT_SERVICE_SID
from airflow_provider_flexout.sandbox.state.webhook_registry import Callback
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import compact

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.records import (
        ConversationRecord,
        MessageRecord,
        ParticipantRecord,
        ReceiptRecord,
    )
    from airflow_provider_flexout.sandbox.state.webhook_registry import ScopedWebhook, WebhookRegistry

__all__ = ["notify_conversation", "notify_delivery", "notify_message", "notify_participant", "notify_state"]


def _notify(
    registry: WebhookRegistry,
    event: str,
    conversation: ConversationRecord,
    facts: Callable[[], dict[str, Any]],
    body: str | None = None,
    only: ScopedWebhook | None = None,
) -> None:
    if registry.source is None:
        return
    subscribers = list(registry.subscribers(event, conversation.sid, body, only))
    if not subscribers:
        return
    fields = {
        "AccountSid": ACCOUNT_SID,
        "EventType": event,
        "Source": registry.source,
        "ConversationSid": conversation.sid,
        "ChatServiceSid": CHAT_SERVICE_SID,
        "MessagingServiceSid": conversation.messaging_service_sid,
        **facts(),
    }
    params = {name: str(value) for name, value in fields.items() if value is not None}
    for url, method, sid in subscribers:
        of_webhook = {"WebhookSid": sid} if sid else {}
        registry.post(Callback(event, url, method, params | of_webhook, conversation.sid))


def notify_conversation(registry: WebhookRegistry, event: str, conversation: ConversationRecord) -> None:
    """Tell that a conversation was made, changed or deleted.

    :param registry: the registered webhooks.
    :param event: ``onConversationAdded``, ``onConversationUpdated`` or ``onConversationRemoved``.
    :param conversation: the conversation.
    """
    _notify(
        registry,
        event,
        conversation,
        lambda: {
            "FriendlyName": conversation.friendly_name,
            "UniqueName": conversation.unique_name,
            "Attributes": conversation.attributes,
            "State": conversation.state,
            "DateCreated": iso(conversation.created),
            "DateUpdated": iso(conversation.updated),
        },
    )


def notify_state(
    registry: WebhookRegistry, conversation: ConversationRecord, before: str, reason: str, at: float
) -> None:
    """Tell that a conversation's state has changed.

    :param registry: the registered webhooks.
    :param conversation: the conversation.
    :param before: what it was.
    :param reason: ``API``, ``TIMER`` or ``EVENT``.
    :param at: when, in seconds since the epoch.
    """
    _notify(
        registry,
        "onConversationStateUpdated",
        conversation,
        lambda: {
            "StateFrom": before,
            "StateTo": conversation.state,
            "StateUpdated": iso(at),
            "Reason": reason,
        },
    )


def notify_participant(
    registry: WebhookRegistry, event: str, conversation: ConversationRecord, one: ParticipantRecord
) -> None:
    """Tell that a participant was added, changed or removed.

    :param registry: the registered webhooks.
    :param event: ``onParticipantAdded``, ``onParticipantUpdated`` or ``onParticipantRemoved``.
    :param conversation: the conversation.
    :param one: the participant.
    """
    _notify(
        registry,
        event,
        conversation,
        lambda: {
            "ParticipantSid": one.sid,
            "DateCreated": iso(one.created),
            "DateUpdated": iso(one.updated),
            "Identity": one.identity,
            "RoleSid": one.role_sid,
            "Attributes": one.attributes,
            "LastReadMessageIndex": one.last_read_index,
            "MessagingBinding.ProxyAddress": one.proxy_address,
            "MessagingBinding.Address": one.address,
            "MessagingBinding.ProjectedAddress": one.projected_address,
            "MessagingBinding.Type": one.kind,
        },
    )


def notify_message(
    registry: WebhookRegistry,
    event: str,
    conversation: ConversationRecord,
    message: MessageRecord,
    only: ScopedWebhook | None = None,
) -> None:
    """Tell that a message was added, changed or removed.

    :param registry: the registered webhooks.
    :param event: ``onMessageAdded``, ``onMessageUpdated`` or ``onMessageRemoved``.
    :param conversation: the conversation.
    :param message: the message.
    :param only: the one webhook of the conversation that is told; all of them, if left out.
    """
    _notify(
        registry,
        event,
        conversation,
        lambda: {
            "MessageSid": message.sid,
            "Index": message.index,
            "DateCreated": iso(message.created),
            "DateUpdated": iso(message.updated),
            "Body": message.body,
            "Author": message.author,
            "ParticipantSid": message.participant_sid,
            "Attributes": message.attributes,
            "Media": compact([{"Sid": message.media_sid}]) if message.media_sid else None,
        },
        message.body,
        only,
    )


def notify_delivery(
    registry: WebhookRegistry,
    conversation: ConversationRecord,
    message: MessageRecord,
    receipt: ReceiptRecord,
) -> None:
    """Tell that a message's delivery has changed.

    :param registry: the registered webhooks.
    :param conversation: the conversation.
    :param message: the message.
    :param receipt: its receipt.
    """
    _notify(
        registry,
        "onDeliveryUpdated",
        conversation,
        lambda: {
            "MessageSid": message.sid,
            "DeliveryReceiptSid": receipt.sid,
            "ChannelMessageSid": receipt.channel_message_sid,
            "ParticipantSid": receipt.participant_sid,
            "Status": receipt.status,
            "ErrorCode": receipt.error_code,
            "DateCreated": iso(receipt.created),
            "DateUpdated": iso(receipt.updated),
        },
    )
