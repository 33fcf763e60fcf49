"""Files that go with a message: what each channel takes, and their upload.

https://www.twilio.com/docs/messaging/guides/accepted-mime-types
https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
https://www.twilio.com/docs/conversations/conversations-limits
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.api.media import create_media

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.twilio.http.call import Procedure

_MEGABYTE = 1024 * 1024
_LARGEST = {"sms": 5 * _MEGABYTE, "whatsapp": 16 * _MEGABYTE}
_LARGEST_ANYWHERE = 150 * _MEGABYTE
_LARGEST_PICTURE_ON_WHATSAPP = 5 * _MEGABYTE
_DOCUMENTS = ("application/pdf", "application/msword", "application/vnd.", "text/vcard")
_ON_WHATSAPP = "image/jpeg image/png image/webp audio/ogg audio/amr audio/3gpp audio/aac audio/mpeg video/mp4"
_KINDS = {
    "sms": ("image/", "audio/", "video/", "text/", "application/vcard", *_DOCUMENTS),
    "whatsapp": (*_ON_WHATSAPP.split(), *_DOCUMENTS),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class File:
    """A file that is read when it is needed, and not before: a message that was sent already needs none.

    :param name: without folders, for errors.
    :param content_type: its MIME type.
    :param size: gives its bytes' number.
    :param read: gives its bytes.
    """

    name: str
    content_type: str
    size: Callable[[], int]
    read: Callable[[], bytes]

    def check_type(self, channel: str | None) -> None:
        """Refuse what a channel does not carry.

        :param channel: ``sms``, ``whatsapp``, and so on; ``None`` where it is not known.
        :raises InvalidInput: with what it does carry.
        """
        kinds = _KINDS.get(channel or "")
        if kinds and not self.content_type.startswith(kinds):
            raise InvalidInput(
                "media", f"{self.name} is {self.content_type}; {channel} carries {', '.join(kinds)}."
            )

    def check_size(self, channel: str | None) -> None:
        """Refuse what is too large for a channel.

        :param channel: as above.
        :raises InvalidInput: with the limit; also when there is no such file, or it is empty.
        """
        largest = _LARGEST.get(channel or "", _LARGEST_ANYWHERE)
        if channel == "whatsapp" and self.content_type.startswith("image/"):
            largest = _LARGEST_PICTURE_ON_WHATSAPP
        try:
            size = self.size()
        except OSError as error:
            raise InvalidInput("media", f"{self.name} cannot be read: {type(error).__name__}.") from error
        if not 0 < size <= largest:
            raise InvalidInput(
                "media", f"{self.name} has {size} bytes; {channel or 'a message'} carries 1 to {largest}."
            )


def upload(file: File, chat_service_sid: str | None, conversation_sid: str | None = None) -> Procedure[str]:
    """Upload a file, and give its SID, ``ME…``.

    A try that is killed between here and the message leaves a file that no message names, and nobody sees.

    :param file: checked already.
    :param chat_service_sid: ``IS…``; otherwise that of
    :param conversation_sid: the conversation it is for, which costs a request.
    """
    if not chat_service_sid:
        conversation = yield fetch_conversation(str(conversation_sid))
        chat_service_sid = str(conversation.chat_service_sid)
    media = yield create_media(chat_service_sid, file.read(), file.content_type)
    log.info("Uploaded the file as %s.", media.sid)  # its name may tell whose it is
    return str(media.sid)
