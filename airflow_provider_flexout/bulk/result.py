"""What became of each contact: a line of the results, in a file or in the log."""

from __future__ import annotations

import contextlib
import json
import logging
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.sources.open import storage_path
from airflow_provider_flexout.connection.files import put_file
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction import record
from airflow_provider_flexout.outreach.message import send_once
from airflow_provider_flexout.twilio.http.redaction import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from airflow_provider_flexout.outreach.conversation.request import ConversationResult
    from airflow_provider_flexout.outreach.delivery import MessageDelivery
    from airflow_provider_flexout.outreach.interaction.request import InteractionResult

log = logging.getLogger(__name__)

_in_a_file: ContextVar[bool] = ContextVar("in_a_file", default=False)


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out of the log what is in the results file, so that progress can be seen."""
    return record.levelno > logging.INFO or not _in_a_file.get()


for _routine in (record.log, send_once.log):
    _routine.addFilter(_is_news)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a contact.

    :param line: the line or number of the row.
    :param id: the contact's id as the row has it, or its masked address; ``None`` when the row has neither.
    :param outcome: how the contact ended.
    :param reason: why, in a sentence, where nobody was contacted.
    :param opened: the SIDs of the outreach.
    :param message_sid: the message, ``IM…``.
    :param lasting: whether another try would end the same way.
    :param held_until: when a held contact may be contacted, where that is known.
    """

    line: int
    id: str | float | None
    outcome: ContactOutcome
    reason: str | None = None
    opened: InteractionResult | ConversationResult | None = None
    message_sid: str | None = None
    lasting: bool = True
    held_until: datetime | None = None

    def as_json(self) -> str:
        """Write the line of the results file, without its end. It holds SIDs, no address and no text."""
        return durable.result_line(self)


@contextlib.contextmanager
def results_in(path: str | None) -> Iterator[Callable[[Result], None]]:
    """Open the results file; without one, the log says what became of each contact.

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
            lines.flush()  # the task may be killed at any time

        told = _in_a_file.set(True)
        try:
            yield write
        finally:
            _in_a_file.reset(told)


def _log_reason(result: Result) -> None:
    if result.reason:
        known = mask_text(str(result.id))  # the user's own id may be an address
        log.warning("Line %d (%s): %s: %s", result.line, known, result.outcome.value, result.reason)


def add_deliveries(
    path: str | None, found: Mapping[int, MessageDelivery], reasons: Mapping[int, str]
) -> None:
    """Add to the results what became of the messages; without a file, the log says which did not arrive.

    :param path: the results file, which is replaced as a whole.
    :param found: by line, what became of each message that was looked at.
    :param reasons: by line, why a message did not arrive.
    :raises InvalidInput: when the file is not there.
    """
    if not path:
        for line, reason in reasons.items():
            log.warning("Line %d: %s: %s", line, ContactOutcome.UNDELIVERED.value, reason)
        return
    file = storage_path(path)
    if not file.is_file():
        raise InvalidInput(
            "results",
            f"{mask_text(path)} is not there any more. A deferred task may resume on another worker: write "
            "to a storage that all workers reach, or set deferrable=False.",
        )
    with TemporaryDirectory() as folder:
        made = Path(folder) / file.name
        with (
            file.open("r", encoding="utf-8") as before,  # type: ignore[no-untyped-call]
            made.open("w", encoding="utf-8", newline="\n") as after,
        ):
            for text in iter(before.readline, ""):  # over the file itself, Airflow 3.1.3 cannot iterate
                line = json.loads(text)["line"]
                known = found.get(line)
                after.write(durable.add_delivery(text, known, reasons.get(line)) + "\n" if known else text)
        put_file(made, file)
