"""WhatsApp: our number, and the customer's number or user id, each after ``whatsapp:``.

A person who hides their number has a user id, which begins with their country: ``US.1349…`` or
``US.ENT.1349…``. A person may have both, and nothing at Twilio links the two. Twilio has shown such addresses
since July 2026, and has not published whether a conversation can be opened by one:
https://www.twilio.com/en-us/changelog

A customer who has not written within 24 hours can be contacted only by an approved template; see
:mod:`~airflow_provider_flexout.outreach.message.content`.

https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
https://www.twilio.com/docs/flex/developer/conversations/limits
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from importlib import resources

from airflow_provider_flexout.outreach.channels.base import MEDIA_TYPES, MEGABYTE
from airflow_provider_flexout.outreach.channels.number_entries import read_number
from airflow_provider_flexout.outreach.channels.phone import (
    WHATSAPP,
    PhoneChannel,
    check_number,
    correction_of,
)
from airflow_provider_flexout.outreach.errors import InvalidInput

_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_JID = re.compile(
    r"(?P<user>\d[\d-]*)(?:[.:_]\d+)*@(?P<server>(?:c|g)\.us|s\.whatsapp\.net|lid|broadcast|newsletter)", re.I
)
"""https://github.com/tulir/whatsmeow/blob/main/types/jid.go"""
_USERS = ("c.us", "s.whatsapp.net")
_LONGEST_USER_ID = 140  # with the prefix


class WhatsApp(PhoneChannel):
    """WhatsApp messages."""

    name = "whatsapp"
    prefix = WHATSAPP
    sender_fields = ("whatsapp_from",)
    sender_list = "channels_senders"
    media_types = (*MEDIA_TYPES, "audio/ogg")
    session_window = timedelta(hours=24)
    template_approval = True

    def recognizes(self, address: str) -> bool:
        """Recognize an address by its prefix."""
        return address.startswith(WHATSAPP)

    def normalize(self, address: str) -> str:
        """Put ``whatsapp:`` before a bare number, so that one column serves both channels, or a user id."""
        return WHATSAPP + address if address.startswith("+") or _USER_ID.fullmatch(address) else address

    def listed(self, entry: str) -> tuple[str, ...] | None:
        """Read a number after the prefix, a user id, or an address as WhatsApp's own programs write it."""
        if found := _JID.fullmatch(entry):
            if found["server"].lower() not in _USERS:
                raise ValueError("is not a person's number or user id on WhatsApp")
            return read_number(f"+{found['user']}")
        prefix = WHATSAPP if entry.lower().startswith(WHATSAPP) else ""
        bare = entry[len(prefix) :].strip()
        if _USER_ID.fullmatch(bare):
            return (bare,)
        if prefix:
            number = read_number(bare)
            if number is None:
                raise ValueError("is not an address of the channel whatsapp")
            return number
        return None

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a WhatsApp address."""
        bare = value.removeprefix(WHATSAPP)
        likely = _likely_user_id(value)
        if likely and likely != bare:
            raise InvalidInput(
                argument,
                f"a WhatsApp user's id has no white space, and its country is in capitals. Did you mean "
                f"{self.masked(WHATSAPP + likely)}?",
            )
        if not value.startswith(WHATSAPP):
            raise InvalidInput(
                argument,
                f"{self.masked(value)!r} is not a WhatsApp address.{correction_of(value, WHATSAPP)} A "
                f"WhatsApp address is {WHATSAPP} and an E.164 number, or {WHATSAPP} and a user id such as "
                "US.13491208655302741918.",
            )
        if not (_USER_ID.fullmatch(bare) and len(value) <= _LONGEST_USER_ID):
            check_number(argument, bare, any_form=True, prefix=WHATSAPP)

    def is_customers_alone(self, address: str) -> bool:
        """Recognize a user id."""
        return _USER_ID.fullmatch(address.removeprefix(WHATSAPP)) is not None

    def check_sender(self, argument: str, value: str) -> None:
        """Refuse what is not a WhatsApp number: only a customer can have a user id."""
        if _USER_ID.fullmatch(value.removeprefix(WHATSAPP).upper()):
            raise InvalidInput(argument, "a WhatsApp user's id is not a sender; pass our own number.")
        super().check_sender(argument, value)

    def time_zones(self, address: str) -> tuple[str, ...]:
        """Give all zones of the number's area, or of the user id's country."""
        bare = address.removeprefix(WHATSAPP)
        return _zones_of_country(bare[:2]) if _USER_ID.fullmatch(bare) else super().time_zones(address)

    def media_limit(self, content_type: str) -> int:
        """Allow 16 MiB, and 5 MiB for a picture, as WhatsApp itself does."""
        return (5 if content_type.startswith("image/") else 16) * MEGABYTE


def _likely_user_id(value: str) -> str | None:
    """Give the user id that was probably meant; ``None`` for what is not like one."""
    bare = "".join(value.split())
    bare = bare[len(WHATSAPP) :] if bare.lower().startswith(WHATSAPP) else bare
    likely = bare[:2].upper() + bare[2:]
    return likely if _USER_ID.fullmatch(likely) else None


@cache
def _zones_of_country(country: str) -> tuple[str, ...]:
    """List a country's time zones.

    :param country: its two letters in ISO 3166.
    """
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines())
    return tuple(row[2].strip() for row in rows if row[0] == country)
