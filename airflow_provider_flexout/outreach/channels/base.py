"""What every kind of channel has to say about itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_flexout.outreach.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

_KEYS = frozenset({"address", "proxy_address", "identity", "level", "name"})


@dataclass(frozen=True, slots=True, repr=False)
class ShortForm:
    """The short form: what an operator was told about the customer and about us.

    :param to: the customer's address, or their identity on chat and web.
    :param from_: our address.
    :param from_name: the name beside it (email).
    :param cc: who else gets it (email).
    :param bcc: who else gets it unseen (email).
    :param customer_name: the customer's name.
    """

    to: str | None = None
    from_: str | None = None
    from_name: str | None = None
    cc: str | Sequence[str] | None = None
    bcc: str | Sequence[str] | None = None
    customer_name: str | None = None


class ChannelModel(ABC):
    """One kind of channel: how its ``Channel`` object is made of words, and what it must hold."""

    kind: ClassVar[str]
    """Twilio's name of it."""

    conversation_first: ClassVar[bool] = True
    """Whether the customer can be put into a conversation beforehand."""

    takes: ClassVar[frozenset[str]] = frozenset({"from_"})
    """The words, beside ``to``, that mean something here."""

    keys: ClassVar[frozenset[str]] = frozenset({"address", "proxy_address"})
    """The keys of a participant, beside ``type``."""

    @abstractmethod
    def participants(self, words: ShortForm, defaults: ConnectionDefaults) -> list[dict[str, Any]]:
        """Make the ``participants``, the customer first.

        :param words: the short form; ``to`` is there.
        :param defaults: the connection's.
        :raises InvalidInput: when an argument is missing.
        """

    @abstractmethod
    def check_participant(self, participant: Mapping[str, Any], argument: str) -> None:
        """Refuse what Twilio would refuse.

        :param participant: one of the ``participants``.
        :param argument: the operator's name for the customer's address.
        :raises InvalidInput: for what is missing or wrong.
        """

    def properties(self, words: ShortForm, defaults: ConnectionDefaults) -> dict[str, Any]:
        """Make the ``properties``.

        :param words: the short form.
        :param defaults: the connection's.
        :raises InvalidInput: when an argument is missing.
        """
        return {"type": self.kind}

    def check_properties(self, properties: Mapping[str, Any]) -> None:  # noqa: B027 - most have none to check
        """Refuse what Twilio would refuse, where we or a workflow begin.

        :param properties: of the ``Channel`` object.
        :raises InvalidInput: for what is missing or wrong.
        """

    def customer_address(self, to: str) -> str | None:
        """Give what the agent is shown as ``customerAddress``; ``None`` where there is no address.

        :param to: as the operator was told.
        """
        return to

    def check_keys(self, participant: Mapping[str, Any], argument: str) -> None:
        """Refuse another channel's keys; what is no key of any channel is left to Twilio.

        :param participant: one of the ``participants``.
        :param argument: the operator's name for the customer's address.
        :raises InvalidInput: for the first one.
        """
        for key in sorted(_KEYS - self.keys):
            if participant.get(key) is not None:
                raise InvalidInput(argument, f"a participant on {self.kind} has no {key!r}.")

    def check_short_form(self, words: ShortForm) -> None:
        """Refuse words that mean nothing here.

        :raises InvalidInput: for the first one.
        """
        for name in ("from_", "from_name", "cc", "bcc"):
            if getattr(words, name) and name not in self.takes:
                raise InvalidInput(name, f"means nothing on {self.kind}.")


def text_of(participant: Mapping[str, Any], key: str, argument: str) -> str:
    """Read a participant's field that has to be there.

    :param participant: one of the ``participants``.
    :param key: the field.
    :param argument: the operator's name for it.
    :raises InvalidInput: when it is missing, or no text.
    """
    value = participant.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidInput(argument, f"a participant needs {key!r}, a text.")
    return value
