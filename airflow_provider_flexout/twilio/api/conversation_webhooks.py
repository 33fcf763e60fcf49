"""Webhooks of one conversation, here those that start a Studio flow.

https://www.twilio.com/docs/conversations/api/conversation-scoped-webhook-resource
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import NoContent, Page, Resource

_ALL = "/v1/Conversations/{}/Webhooks"
_MESSAGE_ADDED = "onMessageAdded"


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
