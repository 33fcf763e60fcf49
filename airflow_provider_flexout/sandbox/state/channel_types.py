"""The types of channel: what each one's addresses look like, whom it sends from, and what it can carry.

A new channel is one more row here, its rule in :mod:`~airflow_provider_flexout.sandbox.rules.delivery_errors`
if it refuses messages for a reason of its own, and its label on the page (``page/static/scripts/labels.js``).
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "CHANNEL_TYPES",
    "SENDERS",
    "ChannelType",
    "channel_type",
    "is_user_id",
    "type_of_address",
    "type_of_sample",
    "type_of_sender",
]

_MEGABYTE: Final = 1024 * 1024
_USER_ID: Final = r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}"
_MAX_USER_ID: Final = 140
_E164: Final = r"\+[1-9][0-9]{6,14}"
_MAX_ADDRESS: Final = 256
_MAX_EMAIL: Final = 254
_LETTERS: Final = frozenset(string.ascii_letters + string.digits)
# Twilio's page on what Flex attaches: https://www.twilio.com/docs/flex/developer/conversations/limits
_PICTURES: Final = frozenset({"image/jpeg", "image/png"})
_ON_MESSENGER: Final = _PICTURES | {"audio/mpeg", "video/mp4", "application/pdf"}
_BY_TEXT: Final = _ON_MESSENGER | {"audio/amr", "image/heic"}
_ON_PAGES: Final = _BY_TEXT | {"text/plain", "image/gif"}
_LOCAL_PART: Final = _LETTERS | frozenset("!#$%&'*+-/=?^_`{|}~.")


@dataclass(frozen=True, slots=True)
class ChannelType:
    """One type of channel.

    :param name: Twilio's name of it, such as ``whatsapp``.
    :param prefix: what each of its addresses begins with, such as ``whatsapp:``.
    :param is_address: tells whether a text is an address of this type; None where people are identities, or
        where the sandbox knows no form of address.
    :param senders: the account's senders, by the names that they have in an Airflow connection.
    :param is_short_code: tells whether a text is a sender of this type that no customer can have.
    :param by_identity: whether people take part by identity, not by address.
    :param is_email: whether people have a level (to, cc, bcc) and a name, and messages a subject.
    :param max_text: the longest text that the channel takes, in characters; None for no limit of its own.
    :param max_media: the largest file that the channel delivers, in bytes.
    :param max_picture: the largest picture, in bytes; None where that is the same.
    :param media_types: the MIME types that it delivers; None for all.
    :param has_opt_out: whether a customer's STOP ends delivery.
    :param has_session_window: whether free text is delivered for 24 hours after the customer's last message
        only.
    :param has_templates: whether message templates can be delivered outside of that window.
    :param needs_approval: whether templates need WhatsApp's approval.
    :param has_read_receipts: whether a customer's reading is reported.
    :param message_prefix: the first two letters of the SIDs that the channel gives its messages.
    """

    name: str
    prefix: str = ""
    is_address: Callable[[str], bool] | None = None
    senders: Mapping[str, str] = field(default_factory=dict)
    is_short_code: Callable[[str], bool] | None = None
    by_identity: bool = False
    is_email: bool = False
    max_text: int | None = None
    max_media: int = 150 * _MEGABYTE
    max_picture: int | None = None
    media_types: frozenset[str] | None = None
    has_opt_out: bool = False
    has_session_window: bool = False
    has_templates: bool = True
    needs_approval: bool = False
    has_read_receipts: bool = True
    message_prefix: str = "SM"

    def largest(self, content_type: str) -> int:
        """Return how many bytes a file may have.

        :param content_type: its MIME type.
        """
        is_picture = content_type.startswith("image/")
        return self.max_picture if is_picture and self.max_picture is not None else self.max_media


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda address: len(address) <= _MAX_ADDRESS and compiled.fullmatch(address) is not None


def _is_email(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    labels = domain.split(".")
    return (
        0 < len(local) < len(address) <= _MAX_EMAIL
        and set(local) <= _LOCAL_PART
        and len(labels) > 1
        and all(_is_label(each) for each in labels)
    )


def _is_label(label: str) -> bool:
    fits = 0 < len(label) < 64 and set(label) <= _LETTERS | {"-"}
    return fits and not label.startswith("-") and not label.endswith("-")


_OTHER: Final = ChannelType("")
CHANNEL_TYPES: Final = {
    each.name: each
    for each in (
        ChannelType(
            "sms",
            "",
            _matches(_E164),
            {"sms_from": "+15005550006"},
            _matches("[1-9][0-9]{2,7}"),
            max_text=1600,
            max_media=2 * _MEGABYTE,
            media_types=_BY_TEXT,
            has_opt_out=True,
            has_read_receipts=False,
        ),
        ChannelType(
            "whatsapp",
            "whatsapp:",
            lambda address: is_user_id(address) or _matches(f"whatsapp:{_E164}")(address),
            {"whatsapp_from": "whatsapp:+15005550006"},
            max_text=1600,
            max_media=16 * _MEGABYTE,
            # https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
            max_picture=5 * _MEGABYTE,
            media_types=_BY_TEXT | {"audio/ogg"},
            has_opt_out=True,
            has_session_window=True,
            needs_approval=True,
            message_prefix="WA",
        ),
        ChannelType("web", by_identity=True, max_media=16 * _MEGABYTE, media_types=_ON_PAGES),
        ChannelType("chat", by_identity=True),
        ChannelType(
            "email",
            "",
            _is_email,
            {"email_from": "outreach@flexout.example", "email_from_name": "Flexout Outreach"},
            is_email=True,
            max_media=20_000_000,  # https://www.twilio.com/docs/flex/developer/email/limitations
            media_types=_ON_PAGES,
        ),
        ChannelType(
            "messenger",
            "messenger:",
            _matches(r"messenger:[A-Za-z0-9_.-]+"),
            {"messenger_from": "messenger:100005550006"},
            max_media=25 * _MEGABYTE,
            media_types=_ON_MESSENGER,
            has_session_window=True,
            has_templates=False,
        ),
        ChannelType("gbm"),
        ChannelType("voice"),
    )
}
SENDERS: Final = {name: sender for each in CHANNEL_TYPES.values() for name, sender in each.senders.items()}


def channel_type(name: str | None) -> ChannelType:
    """Return a type of channel; for a name that is none, one without any rules.

    :param name: Twilio's name of it, or None.
    """
    return CHANNEL_TYPES.get(name or "", _OTHER)


def is_user_id(address: str) -> bool:
    """Tell whether an address is the id of a WhatsApp user, such as ``whatsapp:US.13491208655302741918``.

    :param address: the address.
    """
    return len(address) <= _MAX_USER_ID and re.fullmatch(f"whatsapp:{_USER_ID}", address) is not None


def type_of_address(address: str) -> str | None:
    """Return the name of the channel that an address belongs to, or None if it is not an address.

    :param address: the address.
    """
    for each in CHANNEL_TYPES.values():
        if each.is_address is not None and each.is_address(address):
            return each.name
    return None


def type_of_sender(address: str) -> str | None:
    """Return the name of the channel that a sender belongs to, or None if it cannot be one.

    :param address: the sender's address.
    """
    for each in CHANNEL_TYPES.values():
        if each.is_short_code is not None and each.is_short_code(address):
            return each.name
    return None if is_user_id(address) else type_of_address(address)


def type_of_sample(address: str) -> str:
    """Return the name of the channel that a made-up address is meant for, such as ``whatsapp:+1XXX``.

    :param address: the address; its form is not checked.
    """
    for each in CHANNEL_TYPES.values():
        if each.prefix and address.startswith(each.prefix):
            return each.name
    return "email" if "@" in address else "sms"
