"""What every channel says about itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import is_number, wrong_type
from airflow_provider_flexout.twilio.http.redaction import mask_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta
    from typing import SupportsFloat

    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

MEGABYTE = 1024 * 1024
LONGEST_ADDRESS = 256

_PARTICIPANT_KEYS = frozenset({"address", "proxy_address", "identity", "level", "name"})


@dataclass(frozen=True, slots=True)
class TextLimit:
    """How long a text may be.

    :param most: the largest number of units.
    :param unit: ``characters``, or ``bytes`` in UTF-8.
    """

    most: int
    unit: str = "characters"

    def length(self, text: str) -> int:
        """Count a text in this limit's unit.

        :param text: the text.
        """
        return len(text.encode()) if self.unit == "bytes" else len(text)

    def cut(self, text: str) -> str:
        """Shorten a text that is too long, and put an ellipsis in place of its end.

        :param text: the text.
        """
        if self.length(text) <= self.most:
            return text
        if self.unit == "bytes":
            return text.encode()[: self.most - len("…".encode())].decode(errors="ignore") + "…"
        return text[: self.most - 1] + "…"


TEXT_LIMIT = TextLimit(1600)
"""What any message may hold, whatever its channel.
https://www.twilio.com/docs/conversations/api/conversation-message-resource
"""

CHAT_TEXT_LIMIT = TextLimit(32 * 1024, "bytes")
"""What a message holds where no carrier limits it. https://www.twilio.com/docs/conversations/conversations-limits"""

MEDIA_LIMIT = 150 * MEGABYTE
"""Bytes of a file, whatever its channel. https://www.twilio.com/docs/conversations/conversations-limits"""

MEDIA_TYPES = (
    "image/jpeg", "image/png", "image/heic", "audio/amr", "audio/mpeg", "video/mp4", "application/pdf",
)  # fmt: skip
"""What Flex carries on SMS, WhatsApp, email and web chat, beside what each of them adds.
https://www.twilio.com/docs/flex/developer/conversations/limits
"""


SHORT_FORM = ("from_", "from_name", "cc", "bcc")
"""The arguments that may accompany ``to`` where no whole Channel object is given."""


class Channel(ABC):
    """A channel that customers are contacted on.

    A class attribute or method states a rule. Where a channel does not override one, the rule below holds.
    """

    name: ClassVar[str]
    """Twilio's name of the channel, for example ``sms``."""

    sender_fields: ClassVar[tuple[str, ...]] = ()
    """The fields of the connection's extra that hold our address, and what belongs to it."""

    sender_list: ClassVar[Literal["phone_numbers", "channels_senders"] | None] = None
    """Where Twilio lists the account's own addresses; ``None`` where it lists them nowhere."""

    short_form: ClassVar[frozenset[str]] = frozenset({"from_"})
    """Which of :data:`SHORT_FORM` the channel takes."""

    participant_keys: ClassVar[frozenset[str]] = frozenset({"address", "proxy_address"})
    """The keys of a participant, beside ``type``."""

    conversation_first: ClassVar[bool] = True
    """Whether the customer can be added to a conversation before the interaction is created."""

    text_limit: ClassVar[TextLimit] = TEXT_LIMIT
    """How long the body of a message may be."""

    media_types: ClassVar[tuple[str, ...]] = ()
    """What the MIME type of a file may start with; empty where every type is carried."""

    session_window: ClassVar[timedelta | None] = None
    """How long after the customer's last message the channel takes free text; ``None`` for any time."""

    template_approval: ClassVar[bool] = False
    """Whether a template must be approved; such a template is also taken outside of the session window."""

    messaging_service: ClassVar[bool] = False
    """Whether our address may be one of a Messaging Service, which is set on the conversation."""

    read_receipts: ClassVar[bool] = True
    """Whether the channel may report that a message was read."""

    opt_out_keywords: ClassVar[frozenset[str]] = frozenset()
    """The keywords that opt a customer out, in capitals; each counts alone in a message, in any case."""

    opt_in_keywords: ClassVar[frozenset[str]] = frozenset()
    """The keywords that end an opt-out; they are given and count in the same way."""

    # Addresses

    @abstractmethod
    def recognizes(self, address: str) -> bool:
        """Say whether an address has this channel's form; it need not be valid.

        :param address: the address as Twilio knows it.
        """

    @abstractmethod
    def check_address(self, argument: str, value: str) -> None:
        """Refuse what is not an address of this channel.

        :param argument: the name of the argument, for the error.
        :param value: the address.
        :raises InvalidInput: with what is allowed.
        """

    def check_sender(self, argument: str, value: str) -> None:
        """Refuse what is not an address of ours; most channels have one form for both sides.

        :param argument: the name of the argument, for the error.
        :param value: the address.
        :raises InvalidInput: with what is allowed.
        """
        self.check_address(argument, value)

    def likely(self, value: SupportsFloat | str) -> str | None:
        """Give the address that somebody meant by a number or a text, in a form that may be shown.

        :param value: for example what pandas makes of a column of phone numbers, ``12025550143.0``.
        """
        return None

    def check_types(self, spec: OutreachSpec) -> None:
        """Refuse what is not a text, before anything else is checked.

        :param spec: the outreach.
        :raises InvalidInput: for the first argument of a wrong type, with what was probably meant.
        """
        several = isinstance(spec.to, (list, tuple, set))
        if several and "cc" not in self.short_form:
            raise InvalidInput(
                "to", f"got a {type(spec.to).__name__}; a task takes one customer: use .expand."
            )
        for name in ("from_", "from_name") if several else ("to", "from_", "from_name"):
            self.check_type(name, getattr(spec, name))

    def check_type(self, argument: str, value: object) -> None:
        """Refuse an address that is not a text.

        :param argument: the name of the argument, for the error.
        :param value: what was given; ``None`` where it was left out.
        :raises InvalidInput: with what was probably meant.
        """
        if value is None or isinstance(value, str):
            return
        raise InvalidInput(argument, wrong_type(value, self.likely(value) if is_number(value) else None))

    def normalize(self, address: str) -> str:
        """Write an address as Twilio expects it.

        :param address: the address as the user wrote it.
        """
        return address

    def person(self, address: str) -> str:
        """Give the canonical form of an address: equal for two addresses of one person, on every channel.

        It is for comparing only. What is sent to Twilio is the address that was given.

        :param address: the address as Twilio knows it.
        """
        return address

    def addresses(self, address: str) -> tuple[str, ...]:
        """Give every address, on any channel, by which Twilio may know the person with this one.

        :param address: the address as Twilio knows it.
        """
        return (address,)

    def is_customers_alone(self, address: str) -> bool:
        """Say whether an address has a form that only customers' addresses have.

        :param address: the address as Twilio knows it.
        """
        return False

    def spellings(self, address: str) -> tuple[str, ...]:
        """Give every result of :meth:`listed` that means the person with this address.

        :param address: the address as Twilio knows it.
        """
        return (self.person(address),)

    def listed(self, entry: str) -> tuple[str, ...] | None:
        """Read an entry of a list that people keep, such as a suppression list.

        :param entry: the entry, however it is written, without blanks around it.
        :returns: whom it means, to be compared with :meth:`spellings` regardless of case; ``None`` where it
            is not an address of this channel.
        :raises ValueError: where it is one but cannot be read, with what is wrong, as in ``holds two``.
        """
        if not self.recognizes(entry):
            return None
        person = self.person(entry)
        try:
            self.check_address("entry", self.normalize(person))
        except InvalidInput:
            raise ValueError(f"is not an address of the channel {self.name}") from None
        return (person,)

    def key_part(self, address: str) -> str:
        """Give what stands for an address in the keys of campaigns and alerts.

        Keys outlive a process, so this form never changes, while :meth:`person` may learn more spellings.

        :param address: the address as the user wrote it.
        """
        return address

    def masked(self, address: str) -> str:
        """Give an address in a form that may be shown in logs and errors.

        :param address: the address as Twilio knows it.
        """
        return mask_address(address)

    def time_zones(self, address: str) -> tuple[str, ...]:
        """Give the IANA names of all time zones that the person may be in; none where the address tells none.

        :param address: the address as Twilio knows it.
        """
        return ()

    def customer_address(self, to: str) -> str | None:
        """Give what the agent sees as ``customerAddress``; ``None`` where there is no address.

        :param to: the customer, as the user wrote them.
        """
        return to

    # Messages

    def opts_out(self, text: str | None) -> bool | None:
        """Say whether a customer's message opts out (true) or in (false); ``None`` where it does neither.

        :param text: the body of the message.
        """
        word = (text or "").strip().upper()
        return word in self.opt_out_keywords if word in self.opt_out_keywords | self.opt_in_keywords else None

    def segments(self, text: str) -> int:
        """Count the segments by which a text is billed; 0 where it is not billed by segments.

        :param text: the text as it is sent.
        """
        return 0

    def media_limit(self, content_type: str) -> int:
        """Give how many bytes a file may have.

        :param content_type: its MIME type.
        """
        return MEDIA_LIMIT

    # Twilio's Channel object

    @abstractmethod
    def participants(self, spec: OutreachSpec, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the ``participants``, the customer first.

        :param spec: the arguments of the outreach.
        :param defaults: what the connection provides.
        :raises InvalidInput: when an argument is missing.
        """

    @abstractmethod
    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Refuse what Twilio would refuse.

        :param participant: one of the ``participants``.
        :param argument: the operator's name for the customer's address.
        :raises InvalidInput: for what is missing or wrong.
        """

    def properties(self, spec: OutreachSpec, defaults: ConnectionDefaults) -> dict[str, Any]:
        """Make the ``properties``.

        :param spec: the arguments of the outreach.
        :param defaults: what the connection provides.
        :raises InvalidInput: when an argument is missing.
        """
        return {"type": self.name}

    def check_properties(self, properties: Mapping[str, Any]) -> None:  # noqa: B027 - most have none to check
        """Refuse what Twilio would refuse of an interaction that an agent or the API initiates.

        :param properties: the ``properties`` of the ``Channel`` object.
        :raises InvalidInput: for what is missing or wrong.
        """

    def check_keys(self, participant: Mapping[str, Any], argument: str) -> None:
        """Refuse a key that only other channels have. A key that no channel has is left to Twilio.

        :param participant: one of the ``participants``.
        :param argument: the operator's name for the customer's address.
        :raises InvalidInput: for the first such key.
        """
        for key in sorted(_PARTICIPANT_KEYS - self.participant_keys):
            if participant.get(key) is not None:
                raise InvalidInput(argument, f"a participant on {self.name} has no {key!r}.")

    def check_short_form(self, spec: OutreachSpec) -> None:
        """Refuse arguments that the channel does not take.

        :param spec: the arguments of the outreach.
        :raises InvalidInput: for the first such argument.
        """
        for name in SHORT_FORM:
            if getattr(spec, name) and name not in self.short_form:
                raise InvalidInput(name, f"not supported on {self.name}.")
