"""What Conversations' webhooks are told, event by event.

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

    from airflow_provider_flexout.sandbox.state.records import Conversation, Message, Participant, Receipt
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["about_conversation", "about_delivery", "about_message", "about_participant", "about_state"]


def _tell(
    world: World,
    event: str,
    conversation: Conversation,
    facts: Callable[[], dict[str, Any]],
    body: str | None = None,
) -> None:
    callbacks = world.callbacks
    if callbacks.source is None:
        return
    listening = list(callbacks.listening(event, conversation.sid, body))
    if not listening:
        return
    told = {
        "AccountSid": ACCOUNT_SID,
        "EventType": event,
        "Source": callbacks.source,
        "ConversationSid": conversation.sid,
        "ChatServiceSid": CHAT_SERVICE_SID,
        "MessagingServiceSid": conversation.messaging_service_sid,
        **facts(),
    }
    params = {name: str(value) for name, value in told.items() if value is not None}
    for url, method in listening:
        callbacks.post(Callback(event, url, method, params, conversation.sid))


def about_conversation(world: World, event: str, conversation: Conversation) -> None:
    """Tell that a conversation was made, changed or deleted.

    :param world: the sandbox's state.
    :param event: ``onConversationAdded``, ``onConversationUpdated`` or ``onConversationRemoved``.
    :param conversation: the conversation.
    """
    _tell(
        world,
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


def about_state(world: World, conversation: Conversation, before: str, reason: str) -> None:
    """Tell that a conversation's state has changed.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    :param before: what it was.
    :param reason: ``API``, ``TIMER`` or ``EVENT``.
    """
    _tell(
        world,
        "onConversationStateUpdated",
        conversation,
        lambda: {
            "StateFrom": before,
            "StateTo": conversation.state,
            "StateUpdated": iso(world.clock.time()),
            "Reason": reason,
        },
    )


def about_participant(world: World, event: str, conversation: Conversation, one: Participant) -> None:
    """Tell that somebody came, changed or went.

    :param world: the sandbox's state.
    :param event: ``onParticipantAdded``, ``onParticipantUpdated`` or ``onParticipantRemoved``.
    :param conversation: the conversation.
    :param one: the participant.
    """
    _tell(
        world,
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


def about_message(world: World, event: str, conversation: Conversation, message: Message) -> None:
    """Tell that something was said, changed or taken back.

    :param world: the sandbox's state.
    :param event: ``onMessageAdded``, ``onMessageUpdated`` or ``onMessageRemoved``.
    :param conversation: the conversation.
    :param message: the message.
    """
    _tell(
        world,
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
    )


def about_delivery(world: World, conversation: Conversation, message: Message, receipt: Receipt) -> None:
    """Tell what became of a message.

    :param world: the sandbox's state.
    :param conversation: the conversation.
    :param message: the message.
    :param receipt: its receipt.
    """
    _tell(
        world,
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
