"""Email, whose form Twilio documents only in part; every assumption about it is made here.

Documented: ``from`` and ``from_name`` among the properties, and participants with ``level``, ``name`` and
``address``. Not documented: a whole example, and how the Conversations API takes a participant's level, which
is why ``conversation_first`` is not possible. Where your account expects another form, pass the whole
``Channel`` object, with ``validate=False``.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api/interactions
Mail addresses: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import idna

from airflow_provider_flexout.outreach.channels.base import (
    CHAT_TEXT_LIMIT,
    MEDIA_TYPES,
    Channel,
)
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import check_one_line, text_of, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

LEVELS = ("to", "cc", "bcc")
"""How a recipient gets the mail; the one at ``to`` is the customer."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~\-]+@{_LABEL}(?:\.{_LABEL})+")
_LONGEST = 254
_LINK = re.compile(r"^mailto:\s*", re.IGNORECASE)


class Email(Channel):
    """Email, one thread per conversation."""

    name = "email"
    sender_fields = ("email_from", "email_from_name")
    short_form = frozenset({"from_", "from_name", "cc", "bcc"})
    participant_keys = frozenset({"address", "level", "name"})
    conversation_first = False
    text_limit = CHAT_TEXT_LIMIT
    media_types = (*MEDIA_TYPES, "image/gif", "text/plain")
    """https://www.twilio.com/docs/flex/developer/email/limitations"""

    def media_limit(self, content_type: str) -> int:
        """Allow 20 MB, which is what a whole mail may have."""
        return 20_000_000

    def recognizes(self, address: str) -> bool:
        """Recognize an address by its at sign."""
        return "@" in address

    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not a mail address; a name beside it is refused too."""
        if not _ADDRESS.fullmatch(value) or len(value) > _LONGEST:
            ascii_only = self.normalize(value).rpartition("@")[2]
            raise InvalidInput(
                argument,
                f"{self.masked(value)!r} is not a mail address, as in ada@example.com."
                + ("" if value.endswith(ascii_only) else f" Write its domain as {ascii_only}."),
            )

    def normalize(self, address: str) -> str:
        """Write the domain in ASCII, as mail servers know it: ``info@müller.de`` is at ``xn--mller-kva.de``.

        https://www.rfc-editor.org/rfc/rfc5891
        """
        local, at, domain = address.rpartition("@")
        if not at or domain.isascii():
            return address
        try:
            return local + at + idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return address

    def person(self, address: str) -> str:
        """Give the address alone, its domain in ASCII, in lower case, since people write it either way."""
        return self.normalize(_apart(address)[1]).lower()

    def addresses(self, address: str) -> tuple[str, ...]:
        """Give the address as it is, and in lower case: Twilio may know the person by either."""
        return tuple(dict.fromkeys((address, self.person(address))))

    def listed(self, entry: str) -> tuple[str, ...] | None:
        """Read a mail address, also as a link. https://www.rfc-editor.org/rfc/rfc6068."""
        return super().listed(_LINK.sub("", entry))

    def key_part(self, address: str) -> str:
        """Give the whole text, including a name beside the address, in lower case."""
        return address.lower()

    def properties(self, spec: OutreachSpec, defaults: ConnectionDefaults) -> dict[str, Any]:
        """Name the sender."""
        return {
            "type": self.name,
            "from": self.normalize(defaults.require(spec.from_, "from_", self.sender_fields[0])),
            "from_name": defaults.require(spec.from_name, "from_name", self.sender_fields[1]),
        }

    def participants(self, spec: OutreachSpec, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the recipients, the customer first."""
        customers = _recipients("to", spec.to)
        if len(customers) != 1:
            raise InvalidInput("to", f"{len(customers)} addresses; give one, and the others in cc or bcc.")
        made = []
        for level, recipients in (
            ("to", customers),
            ("cc", _recipients("cc", spec.cc)),
            ("bcc", _recipients("bcc", spec.bcc)),
        ):
            for name, address in recipients:
                known = name or (str(spec.customer_name or "") if level == "to" else "") or address
                made.append(
                    {"level": level, "name": known, "address": self.normalize(address), "type": self.name}
                )
        self._refuse_repeated(made)
        return made

    def check_properties(self, properties: Mapping[str, Any]) -> None:
        """Check the sender."""
        for key, argument in (("from", "from_"), ("from_name", "from_name")):
            if not isinstance(properties.get(key), str) or not properties[key]:
                raise InvalidInput(argument, f"an email channel needs {key!r} among its properties.")
        self.check_address("from_", properties["from"])
        check_one_line("from_name", properties["from_name"])

    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Check one recipient."""
        if participant.get("level") not in LEVELS:
            raise InvalidInput(argument, f"a recipient's level is one of {', '.join(LEVELS)}.")
        name = participant["level"] if argument == "to" else argument
        self.check_address(name, text_of(participant, "address", name))
        check_one_line(name, text_of(participant, "name", name))

    def _refuse_repeated(self, participants: Sequence[Mapping[str, Any]]) -> None:
        seen = set()
        for one in participants:
            address = one["address"].casefold()
            if address in seen:
                raise InvalidInput(one["level"], f"{self.masked(one['address'])} is named more than once.")
            seen.add(address)

    def customer_address(self, to: str) -> str | None:
        """Give the address without the name."""
        return self.normalize(_apart(to)[1])


def _recipients(argument: str, given: str | Sequence[str] | None) -> list[tuple[str, str]]:
    if not given:
        return []
    if not isinstance(given, (str, list, tuple, set)):
        raise InvalidInput(argument, wrong_type(given))
    texts = _split(given) if isinstance(given, str) else list(given)
    for text in texts:
        if not isinstance(text, str):
            raise InvalidInput(argument, wrong_type(text))
    if not all(text.strip() for text in texts):
        raise InvalidInput(
            argument,
            "must be an address such as 'Ada <ada@example.com>', several separated by commas, or a list.",
        )
    return [_apart(text) for text in texts]


def _split(text: str) -> list[str]:
    """Split at the commas that an even number of quotes follows: those outside of quotes."""
    texts, begin, inside = [], 0, text.count('"') % 2 == 1
    for place, character in enumerate(text):
        if character == '"':
            inside = not inside
        elif character == "," and not inside:
            texts.append(text[begin:place])
            begin = place + 1
    return [*texts, text[begin:]]


def _apart(text: str) -> tuple[str, str]:
    """Give the name, which may be in quotes, and the address, which then is in angle brackets."""
    name, _, rest = text.strip().partition("<")
    name, address = name.strip().removeprefix('"').removesuffix('"'), rest.removesuffix(">")
    if address == rest or not {'"', "<", ">"}.isdisjoint(name) or not {"<", ">"}.isdisjoint(address):
        return "", text.strip()
    return name.strip(), address.strip()
