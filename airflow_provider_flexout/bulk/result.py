"""What became of a contact: a line of the results."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from datetime import datetime

    from airflow_provider_flexout.outreach.interaction.request import InteractionResult


class ContactOutcome(str, enum.Enum):
    """How a contact may end."""

    OPENED = "opened"
    """A conversation was opened, and the message sent."""
    ADOPTED = "adopted"
    """An earlier attempt had done it."""
    JOINED = "joined"
    """The message was sent into a conversation that the customer was in already."""
    HELD = "held"
    """Not now: outside of the contact window, or no agent was free."""
    SUPPRESSED = "suppressed"
    """Not at all: opted out, capped, on the list, or already talking with us."""
    INVALID = "invalid"
    """The row cannot be used."""
    FAILED = "failed"
    """Twilio refused it, or could not be reached."""


@dataclass(frozen=True, slots=True)
class Result:
    """A contact's end.

    :param line: the row's place.
    :param id: the contact's id, or its masked address; ``None`` when the row has neither.
    :param outcome: see :class:`ContactOutcome`.
    :param reason: a sentence, where it is not simply done.
    :param opened: the SIDs.
    :param message_sid: ``IM…``.
    :param lasting: whether trying again is pointless.
    :param held_until: when a held contact may be reached, where that is known.
    """

    line: int
    id: str | None
    outcome: ContactOutcome
    reason: str | None = None
    opened: InteractionResult | None = None
    message_sid: str | None = None
    lasting: bool = True
    held_until: datetime | None = None

    def as_json(self) -> str:
        """Give the line, without its end; SIDs only, no address and no text."""
        return durable.result_line(self)
