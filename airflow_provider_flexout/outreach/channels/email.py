"""Email, whose shape Twilio's documents leave open; all that we take for granted about it stands here.

Documented: ``from`` and ``from_name`` among the properties, and participants with ``level``, ``name`` and
``address``. Not documented: a whole example, and how the Conversations API takes a participant's level, which
is why ``conversation_first`` is not possible. Where your account wants another shape, pass the whole
``Channel`` object, with ``validate=False``.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.base import ChannelModel, ShortForm, text_of
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.addresses import check_mail
from airflow_provider_flexout.twilio.http.redaction import mask_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

LEVELS = ("to", "cc", "bcc")
_NAMED = re.compile(r'\s*"?(?P<name>[^"<>]*?)"?\s*<(?P<address>[^<>]*)>\s*')
_COMMAS = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # those outside of quotes


class Email(ChannelModel):
    """Email, one thread per conversation."""

    kind = "email"
    conversation_first = False
    takes = frozenset({"from_", "from_name", "cc", "bcc"})
    keys = frozenset({"address", "level", "name"})

    def properties(self, words: ShortForm, defaults: ConnectionDefaults) -> dict[str, Any]:
        """Name the sender."""
        return {
            "type": self.kind,
            "from": defaults.require(words.from_, "from_", "email_from"),
            "from_name": defaults.require(words.from_name, "from_name", "email_from_name"),
        }

    def participants(self, words: ShortForm, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the recipients, the customer first."""
        customers = _recipients("to", words.to)
        if len(customers) != 1:
            raise InvalidInput("to", f"{len(customers)} addresses; name one, and further ones in cc or bcc.")
        made = []
        for level, recipients in (
            ("to", customers),
            ("cc", _recipients("cc", words.cc)),
            ("bcc", _recipients("bcc", words.bcc)),
        ):
            for name, address in recipients:
                known = name or (words.customer_name if level == "to" else None) or address
                made.append({"level": level, "name": known, "address": address, "type": self.kind})
        _refuse_repeated(made)
        return made

    def check_properties(self, properties: Mapping[str, Any]) -> None:
        """Check the sender."""
        for key, argument in (("from", "from_"), ("from_name", "from_name")):
            if not isinstance(properties.get(key), str) or not properties[key]:
                raise InvalidInput(argument, f"an email channel needs {key!r} among its properties.")
        check_mail("from_", properties["from"])

    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Check one recipient."""
        if participant.get("level") not in LEVELS:
            raise InvalidInput(argument, f"a recipient's level is one of {', '.join(LEVELS)}.")
        name = participant["level"] if argument == "to" else argument
        check_mail(name, text_of(participant, "address", name))
        text_of(participant, "name", name)

    def customer_address(self, to: str) -> str | None:
        """Give the address without the name."""
        return _apart(to)[1]


def _recipients(argument: str, given: str | Sequence[str] | None) -> list[tuple[str, str]]:
    if not given:
        return []
    texts = _COMMAS.split(given) if isinstance(given, str) else list(given)
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise InvalidInput(
            argument, "must be addresses, as in 'Ada <ada@example.com>': one, several with commas, or a list."
        )
    return [_apart(text) for text in texts]


def _apart(text: str) -> tuple[str, str]:
    found = _NAMED.fullmatch(text)
    return (found["name"].strip(), found["address"].strip()) if found else ("", text.strip())


def _refuse_repeated(participants: Sequence[Mapping[str, Any]]) -> None:
    seen = set()
    for one in participants:
        address = one["address"].casefold()
        if address in seen:
            raise InvalidInput(one["level"], f"{mask_address(one['address'])} is named more than once.")
        seen.add(address)
