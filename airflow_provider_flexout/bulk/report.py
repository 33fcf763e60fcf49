"""What a campaign says while it runs: a line for each contact, and how far it has got."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.bulk.sources.file import storage_path
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.interaction import record
from airflow_provider_flexout.outreach.message import send_once
from airflow_provider_flexout.twilio.http.redaction import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_flexout.bulk.result import Result
    from airflow_provider_flexout.bulk.runner import CampaignRunner
    from airflow_provider_flexout.bulk.sources.row import Rows
    from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter

PROGRESS_EVERY = 5.0
"""Seconds."""

log = logging.getLogger(__name__)

_in_a_file: ContextVar[bool] = ContextVar("in_a_file", default=False)


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what the file of results has, as progress would be lost among it."""
    return record.levelno > logging.INFO or not _in_a_file.get()


for _routine in (record.log, send_once.log):
    _routine.addFilter(_is_news)


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


async def report_progress(ti: Any, run: CampaignRunner, rows: Rows, limiter: RateLimiter) -> None:
    """Say now and then how far it has got: in the log, and as the XCom ``progress``.

    :param ti: the task instance.
    :param run: knows the counts so far.
    :param rows: knows how much of it has been read.
    :param limiter: knows how often it was too fast for Twilio.
    """
    while True:
        await asyncio.sleep(PROGRESS_EVERY)
        progress = run.progress.progress(run.share_of(rows))
        line = f"{progress}; refused as too many (429): {limiter.rate_limited:,}."
        log.info(line)
        try:
            ti.xcom_push(key=durable.XCOM_PROGRESS, value=line)
        except Exception as error:  # which is Airflow's affair, and stops nobody
            log.warning("The XCom progress could not be written: %s", error)


def _log_reason(result: Result) -> None:
    if result.reason:
        known = mask_text(str(result.id))  # an id of the user's own may be an address
        log.warning("Line %d (%s): %s: %s", result.line, known, result.outcome.value, result.reason)
