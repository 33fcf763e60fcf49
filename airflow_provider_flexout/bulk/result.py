"""What became of each contact: a line of the results, in a file or in the log."""

from __future__ import annotations

import contextlib
import enum
import logging
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.sources.open import storage_path
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.interaction import record
from airflow_provider_flexout.outreach.message import send_once
from airflow_provider_flexout.twilio.http.redaction import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from airflow_provider_flexout.outreach.conversation.request import ConversationResult
    from airflow_provider_flexout.outreach.interaction.request import InteractionResult

log = logging.getLogger(__name__)

_in_a_file: ContextVar[bool] = ContextVar("in_a_file", default=False)


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what the file of results has, as progress would be lost among it."""
    return record.levelno > logging.INFO or not _in_a_file.get()


for _routine in (record.log, send_once.log):
    _routine.addFilter(_is_news)


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
    opened: InteractionResult | ConversationResult | None = None
    message_sid: str | None = None
    lasting: bool = True
    held_until: datetime | None = None

    def as_json(self) -> str:
        """Give the line, without its end; SIDs only, no address and no text."""
        return durable.result_line(self)


@contextlib.contextmanager
def results_in(path: str | None) -> Iterator[Callable[[Result], None]]:
    """Open the file of results; without one, what became of each contact is in the log.

    :param path: local, or a URL of object storage.
    """
    if not path:
        yield _log_reason
        return
    file = storage_path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lines:  # type: ignore[no-untyped-call]

        def write(result: Result) -> None:
            lines.write(result.as_json() + "\n")
            lines.flush()  # nobody knows when a task is killed

        told = _in_a_file.set(True)
        try:
            yield write
        finally:
            _in_a_file.reset(told)


def _log_reason(result: Result) -> None:
    if result.reason:
        known = mask_text(str(result.id))  # an id of the user's own may be an address
        log.warning("Line %d (%s): %s: %s", result.line, known, result.outcome.value, result.reason)
