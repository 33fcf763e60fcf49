"""Files that are sent with a message, and their upload.

https://www.twilio.com/docs/conversations/api/media-resource
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.channels.base import MEDIA_LIMIT
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.api.messages import create_media
from airflow_provider_flexout.twilio.http.errors import NotFound
from airflow_provider_flexout.twilio.http.redaction import masked_exceptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.channels.base import Channel
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class File:
    """A file that is read only when it is needed: a message that was sent before does not need it.

    :param name: its name without folders, for errors; an address in it is masked.
    :param content_type: its MIME type.
    :param size: a function that returns the number of its bytes.
    :param read: a function that returns its bytes.
    """

    name: str
    content_type: str
    size: Callable[[], int]
    read: Callable[[], bytes]

    def check_type(self, channel: Channel) -> None:
        """Refuse a type that a channel does not carry; the file need not exist yet.

        :param channel: the channel.
        :raises InvalidInput: with the types that it carries.
        """
        types = channel.media_types
        if types and not self.content_type.startswith(types):
            raise InvalidInput(
                "media", f"{self.name} is {self.content_type}; {channel.name} carries {', '.join(types)}."
            )

    def check(self, channel: Channel | None) -> None:
        """Refuse what a channel does not carry.

        :param channel: the channel; ``None`` where it is not known, for the limit of every channel.
        :raises InvalidInput: with the types or the size that it carries; also when there is no such file, or
            it is empty.
        """
        carrier, largest = "a message", MEDIA_LIMIT
        if channel:
            self.check_type(channel)
            carrier, largest = channel.name, channel.media_limit(self.content_type)
        try:
            size = self.size()
        except OSError as error:
            # Its cause would show the whole path.
            raise InvalidInput("media", f"{self.name} cannot be read: {type(error).__name__}.") from None
        if not 0 < size <= largest:
            raise InvalidInput(
                "media",
                f"{self.name} has {size} bytes; {carrier} carries 1 to {largest}.",
            )


def upload(file: File, chat_service_sid: str | None, conversation_sid: str | None = None) -> Procedure[str]:
    """Upload a file, and give its SID, ``ME…``.

    A try that is killed between the upload and the message leaves a file that no message names, so that
    nobody sees it.

    :param file: the file, which was checked before.
    :param chat_service_sid: the conversation service to upload to, ``IS…``; without it, the conversation's
        own is looked up, which costs a request.
    :param conversation_sid: the conversation that the file is for, ``CH…``; needed without a
        ``chat_service_sid``.
    :raises InvalidInput: when ``chat_service_sid`` is not one of this account's.
    """
    if not chat_service_sid:
        conversation = yield fetch_conversation(str(conversation_sid))
        chat_service_sid = str(conversation.chat_service_sid)
    with masked_exceptions():  # the file may be gone by now, and its path may tell whose it is
        content = file.read()
    try:
        media = yield create_media(chat_service_sid, content, file.content_type)
    except NotFound as error:
        raise InvalidInput(
            "chat_service_sid",
            f"Twilio knows no conversation service {chat_service_sid} in this account. Correct it in the "
            "connection's extra, or remove it there; the conversation's own is then looked up.",
        ) from error
    log.info("Uploaded the file as %s.", media.sid)  # its name may tell whose it is
    return str(media.sid)
