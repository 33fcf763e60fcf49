"""Messages of a conversation, what became of them, and the files that they carry.

* https://www.twilio.com/docs/conversations/api/conversation-message-resource
* https://www.twilio.com/docs/conversations/api/media-resource, which is in none of Twilio's OpenAPI documents
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import Page, Resource, ResourceWithAttributes

if TYPE_CHECKING:
    from collections.abc import Mapping


_MESSAGES = "/v1/Conversations/{}/Messages"
_MEDIA = "/v1/Services/{}/Media"


class Message(ResourceWithAttributes):
    """A message.

    ``delivery`` sums up its receipts, and is missing where all participants are in the chat.
    """

    sid: str
    conversation_sid: str | None = None
    index: int | None = None
    author: str | None = None
    participant_sid: str | None = None
    body: str | None = None
    content_sid: str | None = None
    delivery: dict[str, Any] | None = None
    date_created: datetime | None = None


MessagePage = Page[Message]


class Receipt(Resource):
    """What became of a message for one participant.

    ``status`` is sent, delivered, read, undelivered or failed; ``error_code`` 0 when nothing is wrong.
    """

    sid: str
    message_sid: str | None = None
    participant_sid: str | None = None
    status: str | None = None
    error_code: int | None = None


ReceiptPage = Page[Receipt]


def create_message(
    conversation_sid: str,
    *,
    author: str | None = None,
    body: str | None = None,
    subject: str | None = None,
    media_sid: str | None = None,
    content_sid: str | None = None,
    content_variables: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | str | None = None,
) -> Call[Message]:
    """Send a message to a conversation.

    :param conversation_sid: the conversation, ``CH…``.
    :param author: who the message is from; Twilio's default is ``system``.
    :param body: the text, 1,600 characters at most.
    :param subject: the subject of an email, 256 characters at most.
    :param media_sid: a file that was uploaded before, ``ME…``.
    :param content_sid: a template, ``HX…``. Twilio then ignores body and media.
    :param content_variables: the template's variables, for example ``{"1": "Ada"}``.
    :param attributes: up to 4 KB of JSON, as an object or as text.
    """
    form = {
        "Author": author,
        "Body": body,
        "Subject": subject,
        "MediaSid": media_sid,
        "ContentSid": content_sid,
        "ContentVariables": content_variables,
        "Attributes": attributes,
    }
    place = path(_MESSAGES, conversation_sid)
    return write(
        "CreateConversationMessage", "conversations", place, Message, form, RetrySafety.NON_IDEMPOTENT
    )


def fetch_message(conversation_sid: str, message_sid: str) -> Call[Message]:
    """Fetch one message.

    :param conversation_sid: the conversation, ``CH…``.
    :param message_sid: the message, ``IM…``.
    """
    place = path(_MESSAGES + "/{}", conversation_sid, message_sid)
    return read("FetchConversationMessage", "conversations", place, Message)


def list_messages(
    conversation_sid: str, *, order: Literal["asc", "desc"] = "asc", page_size: int = 100
) -> Call[MessagePage]:
    """List a conversation's messages.

    :param conversation_sid: the conversation, ``CH…``.
    :param order: ``asc`` gives the oldest first, ``desc`` the newest.
    :param page_size: items of a page, 1 to 100.
    """
    place = path(_MESSAGES, conversation_sid)
    return read(
        "ListConversationMessage", "conversations", place, MessagePage, Order=order, PageSize=page_size
    )


def list_receipts(conversation_sid: str, message_sid: str) -> Call[ReceiptPage]:
    """List a message's receipts, one for each participant that it was delivered to outside the chat.

    :param conversation_sid: the conversation, ``CH…``.
    :param message_sid: the message, ``IM…``.
    """
    place = path(_MESSAGES + "/{}/Receipts", conversation_sid, message_sid)
    return read("ListConversationMessageReceipt", "conversations", place, ReceiptPage)


class Media(Resource):
    """An uploaded file; ``size`` in bytes."""

    sid: str
    content_type: str | None = None
    size: int | None = None


def create_media(chat_service_sid: str, content: bytes, content_type: str) -> Call[Media]:
    """Upload a file, for a message to name it. A file that no message names is never delivered.

    :param chat_service_sid: the service that the conversation belongs to, ``IS…``.
    :param content: the file.
    :param content_type: its MIME type, for example ``image/png``.
    """
    return Call(
        "CreateMedia",
        "mcs",
        "POST",
        path(_MEDIA, chat_service_sid),
        Media,
        RetrySafety.IDEMPOTENT,
        content=content,
        headers={"Content-Type": content_type},
    )
