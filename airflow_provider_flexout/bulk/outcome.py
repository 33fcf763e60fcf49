"""How a contact of a campaign may end."""

from __future__ import annotations

import enum


class ContactOutcome(str, enum.Enum):
    """How a contact may end."""

    OPENED = "opened"
    """A conversation was opened, and the message sent."""
    ADOPTED = "adopted"
    """An earlier attempt had contacted them."""
    JOINED = "joined"
    """The message was sent in a conversation that the customer was in already."""
    HELD = "held"
    """They may not be contacted now: the contact window is closed, or no agent is available."""
    SUPPRESSED = "suppressed"
    """They may not be contacted: opted out, over the cap, suppressed, or already in a conversation."""
    DUPLICATE = "duplicate"
    """An earlier row contacts the same person."""
    INVALID = "invalid"
    """The row cannot be used."""
    FAILED = "failed"
    """Twilio rejected it, or could not be reached."""
    UNDELIVERED = "undelivered"
    """The message was sent, and did not arrive."""
    WOULD_OPEN = "would_open"
    """In a rehearsal: the campaign would contact them."""
