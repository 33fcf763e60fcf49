"""Conversations, their participants, and their webhooks, here those that start a Studio flow.

* https://www.twilio.com/docs/conversations/api
* https://www.twilio.com/docs/conversations/api/conversation-scoped-webhook-resource
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import NoContent, Page, Resource, ResourceWithAttributes

if TYPE_CHECKING:
    from collections.abc import Mapping


_ONE = "/v1/Conversations/{}"
_PARTICIPANTS = "/v1/Conversations/{}/Participants"
_MAX_PAGE_SIZE = 100
_ALL = "/v1/Conversations/{}/Webhooks"
_MESSAGE_ADDED = "onMessageAdded"


class Conversation(ResourceWithAttributes):
    """A conversation; ``state`` is initializing, active, inactive or closed (for good).

    ``bindings`` may name our address in an email: ``{"email": {"address": …, "name": …}}``.
    ``timers`` says when it becomes inactive and closed: ``{"date_closed": "2026-11-22T10:10:00Z"}``.
    """

    sid: str
    unique_name: str | None = None
    friendly_name: str | None = None
    state: str | None = None
    chat_service_sid: str | None = None
    bindings: dict[str, Any] | None = None
    timers: dict[str, Any] | None = None
    date_created: datetime | None = None
    date_updated: datetime | None = None


ConversationPage = Page[Conversation]


class Participant(Resource):
    """A participant of a conversation: by address (``messaging_binding``) or by ``identity``."""

    sid: str
    conversation_sid: str | None = None
    identity: str | None = None
    messaging_binding: dict[str, Any] | None = None
    date_created: datetime | None = None


ParticipantPage = Page[Participant]


class ParticipantConversation(Resource):
    """One conversation that an address or identity takes part in, open or closed."""

    conversation_sid: str
    conversation_unique_name: str | None = None
    conversation_state: str | None = None
    conversation_attributes: str | None = None
    conversation_date_created: datetime | None = None
    conversation_date_updated: datetime | None = None
    participant_sid: str | None = None
    participant_identity: str | None = None
    participant_messaging_binding: dict[str, Any] | None = None


ParticipantConversationPage = Page[ParticipantConversation]


def create_conversation(
    *,
    unique_name: str | None = None,
    friendly_name: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    state: Literal["active", "inactive"] | None = None,
    closes_after: str | None = None,
    messaging_service_sid: str | None = None,
) -> Call[Conversation]:
    """Create a conversation; a second one of the same unique name is refused (409, 50353).

    https://www.twilio.com/docs/conversations/api/conversation-resource

    :param unique_name: our name for it, usable in place of its SID.
    :param friendly_name: what people see, 256 characters at most.
    :param attributes: up to 16 KB of JSON.
    :param state: the state to begin in; Twilio requires one beside a timer (50382).
    :param closes_after: the time without a message after which it closes, as an ISO 8601 duration of at least
        ``PT10M``; never by default.
    :param messaging_service_sid: the Messaging Service that its messages belong to, ``MG…``.
    """
    form = {
        "UniqueName": unique_name,
        "FriendlyName": friendly_name,
        "Attributes": attributes,
        "State": state,
        "Timers.Closed": closes_after,
        "MessagingServiceSid": messaging_service_sid,
    }
    # Without a unique name, a second request makes a second conversation.
    retry_safety = RetrySafety.IDEMPOTENT if unique_name else RetrySafety.NON_IDEMPOTENT
    return write("CreateConversation", "conversations", "/v1/Conversations", Conversation, form, retry_safety)


def fetch_conversation(sid_or_unique_name: str) -> Call[Conversation]:
    """Fetch a conversation by its SID or its unique name.

    :param sid_or_unique_name: the conversation, ``CH…`` or the unique name that it was given.
    """
    return read("FetchConversation", "conversations", path(_ONE, sid_or_unique_name), Conversation)


def list_conversations(
    *,
    state: Literal["active", "inactive", "closed"] | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    page_size: int = _MAX_PAGE_SIZE,
) -> Call[ConversationPage]:
    """List conversations.

    https://www.twilio.com/docs/conversations/api/conversation-resource

    :param state: only those in this state; all by default.
    :param start_date: only those created at this moment or later, for example ``2026-11-22T00:00:00Z``; all
        by default.
    :param end_date: only those created at this moment or earlier; all by default.
    :param page_size: items of a page, 1 to 100.
    """
    filters = {"State": state, "StartDate": start_date, "EndDate": end_date}
    return read(
        "ListConversation",
        "conversations",
        "/v1/Conversations",
        ConversationPage,
        **filters,
        PageSize=page_size,
    )


def update_conversation(
    sid: str,
    *,
    unique_name: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    state: Literal["active", "inactive", "closed"] | None = None,
    messaging_service_sid: str | None = None,
) -> Call[Conversation]:
    """Update a conversation; attributes are replaced whole.

    :param sid: the conversation, ``CH…``.
    :param unique_name: a name to give it; refused (50353) when another has it.
    :param attributes: up to 16 KB of JSON.
    :param state: a new state; ``closed`` is for good.
    :param messaging_service_sid: the Messaging Service that its messages belong to, ``MG…``.
    """
    form = {
        "UniqueName": unique_name,
        "Attributes": attributes,
        "State": state,
        "MessagingServiceSid": messaging_service_sid,
    }
    return write(
        "UpdateConversation", "conversations", path(_ONE, sid), Conversation, form, RetrySafety.IDEMPOTENT
    )


def delete_conversation(sid: str) -> Call[NoContent]:
    """Delete a conversation with everything in it; its unique name and its addresses become free.

    :param sid: the conversation, ``CH…``.
    """
    return Call(
        "DeleteConversation", "conversations", "DELETE", path(_ONE, sid), NoContent, RetrySafety.IDEMPOTENT
    )


def create_participant(
    conversation_sid: str,
    *,
    address: str | None = None,
    proxy_address: str | None = None,
    identity: str | None = None,
) -> Call[Participant]:
    """Add somebody to a conversation.

    A pair of address and proxy address can be in one open conversation only (409, 50416).
    https://www.twilio.com/docs/conversations/api/conversation-participant-resource

    :param conversation_sid: the conversation, ``CH…``.
    :param address: the customer's address in E.164, with ``whatsapp:`` before it on WhatsApp.
    :param proxy_address: the sender's address, of the same kind.
    :param identity: the name of a chat user, in place of the two addresses.
    """
    form = {
        "Identity": identity,
        "MessagingBinding.Address": address,
        "MessagingBinding.ProxyAddress": proxy_address,
    }
    place = path(_PARTICIPANTS, conversation_sid)
    return write(
        "CreateConversationParticipant", "conversations", place, Participant, form, RetrySafety.IDEMPOTENT
    )


def list_participants(conversation_sid: str) -> Call[ParticipantPage]:
    """List who takes part in a conversation.

    :param conversation_sid: the conversation, ``CH…``.
    """
    place = path(_PARTICIPANTS, conversation_sid)
    return read(
        "ListConversationParticipant", "conversations", place, ParticipantPage, PageSize=_MAX_PAGE_SIZE
    )


def list_participant_conversations(
    *, address: str | None = None, identity: str | None = None
) -> Call[ParticipantConversationPage]:
    """List the conversations of an address or an identity, closed ones too, in no useful order.

    https://www.twilio.com/docs/conversations/api/participant-conversation-resource

    :param address: the exact address, as Twilio writes it; give either this or ``identity``.
    :param identity: the exact identity of a chat user.
    """
    return read(
        "ListParticipantConversation",
        "conversations",
        "/v1/ParticipantConversations",
        ParticipantConversationPage,
        Address=address,
        Identity=identity,
    )


class ConversationWebhook(Resource):
    """A webhook. ``target`` is webhook, trigger or studio; ``configuration`` holds the flow's SID."""

    sid: str
    target: str | None = None
    configuration: dict[str, Any] = Field(default_factory=dict)
    date_created: datetime | None = None

    @property
    def flow_sid(self) -> str | None:
        """The Studio flow that it starts, ``FW…``."""
        return self.configuration.get("flow_sid")

    @property
    def hears_messages(self) -> bool:
        """Whether every message of the customer reaches it; a trigger hears certain words only."""
        filters = self.configuration.get("filters")
        if self.target == "studio":
            return not filters or _MESSAGE_ADDED in filters
        return self.target == "webhook" and _MESSAGE_ADDED in (filters or ())


ConversationWebhookPage = Page[ConversationWebhook]


def create_studio_webhook(
    conversation_sid: str, flow_sid: str, *, replay_after: int | None = None
) -> Call[ConversationWebhook]:
    """Let what the customer writes in a conversation start a Studio flow.

    A conversation has at most five webhooks, and none of them has a unique name.

    :param conversation_sid: the conversation, ``CH…``.
    :param flow_sid: the flow, ``FW…``; one that does not exist is refused (50367).
    :param replay_after: the index of a message that is there already; it and the later ones are replayed.
    """
    form = {
        "Target": "studio",
        "Configuration.FlowSid": flow_sid,
        "Configuration.ReplayAfter": None if replay_after is None else str(replay_after),
    }
    place = path(_ALL, conversation_sid)
    name = "CreateConversationScopedWebhook"
    return write(name, "conversations", place, ConversationWebhook, form, RetrySafety.NON_IDEMPOTENT)


def list_conversation_webhooks(conversation_sid: str) -> Call[ConversationWebhookPage]:
    """List the webhooks of a conversation.

    :param conversation_sid: the conversation, ``CH…``.
    """
    name = "ListConversationScopedWebhook"
    return read(name, "conversations", path(_ALL, conversation_sid), ConversationWebhookPage)


def delete_conversation_webhook(conversation_sid: str, sid: str) -> Call[NoContent]:
    """Delete a webhook of a conversation.

    :param conversation_sid: the conversation, ``CH…``.
    :param sid: the webhook, ``WH…``.
    """
    place = path(_ALL + "/{}", conversation_sid, sid)
    name = "DeleteConversationScopedWebhook"
    return Call(name, "conversations", "DELETE", place, NoContent, RetrySafety.IDEMPOTENT)
