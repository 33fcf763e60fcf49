"""A finding: one line of a diagnosis."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from airflow_provider_flexout.twilio.http.call import Call, ResourceT
from airflow_provider_flexout.twilio.http.errors import AuthenticationFailed, NotFound, TwilioError

T = TypeVar("T")

CONSOLE = "https://console.twilio.com"
_KEYS = f"{CONSOLE}/us1/account/keys-credentials/api-keys"


class Level(str, Enum):
    """How well something stands."""

    GOOD = "good"
    """It is set up correctly."""

    DOUBTFUL = "doubtful"
    """It may be wrong, works only in part, or could not be read."""

    WRONG = "wrong"
    """What needs it fails, or reaches nobody."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a diagnosis. It names our own senders, and no customer, no text and no secret.

    :param subject: what was looked at, such as ``workflow``.
    :param level: how it stands.
    :param seen: what was seen of it.
    :param meaning: what follows from it, and for which operator; empty where all is well.
    :param action: what to do; empty where nothing needs to be done.
    :param page: the Console page on which that is done; empty where there is none.
    """

    subject: str
    level: Level
    seen: str
    meaning: str = ""
    action: str = ""
    page: str = ""


def good(subject: str, seen: str) -> Finding:
    """Make a finding that all is well.

    :param subject: what was looked at.
    :param seen: what was seen of it.
    """
    return Finding(subject, Level.GOOD, seen)


def doubtful(subject: str, seen: str, meaning: str, action: str, page: str = "") -> Finding:
    """Make a finding that something may be wrong; the parameters are those of :class:`Finding`."""
    return Finding(subject, Level.DOUBTFUL, seen, meaning, action, page)


def wrong(subject: str, seen: str, meaning: str, action: str, page: str = "") -> Finding:
    """Make a finding that something is wrong; the parameters are those of :class:`Finding`."""
    return Finding(subject, Level.WRONG, seen, meaning, action, page)


Check: TypeAlias = Generator[Call[Any], Any, T]
"""A procedure that only reads, and so never sleeps."""


def unread(subject: str, error: TwilioError, needed_for: str = "") -> Finding:
    """Make a finding that something could not be read, and so is not known.

    :param subject: what was to be looked at.
    :param error: what came instead.
    :param needed_for: what is not known now, in a sentence.
    """
    if isinstance(error, AuthenticationFailed):
        return doubtful(
            subject,
            f"The credentials are not allowed to read it ({error.call}, HTTP {error.status}).",
            needed_for or "It is not known whether it is set up correctly.",
            "Allow the key to read it, or check it in the Console.",
            _KEYS,
        )
    return doubtful(
        subject,
        f"It could not be read: {str(error).rstrip('.')}.",
        needed_for or "It is not known whether it is set up correctly.",
        "Try again later; if it still fails, check it in the Console.",
        CONSOLE,
    )


def found_or_none(call: Call[ResourceT]) -> Check[ResourceT | None]:
    """Fetch one resource; give ``None`` where it does not exist.

    It is not for lists. Twilio gives an empty list where there is nothing in it; a 404 means that the
    resource that the list belongs to does not exist, or that the list could not be read.

    :param call: reads it.
    """
    try:
        resource: ResourceT = yield call
    except NotFound:
        return None
    return resource


def or_unread(subject: str, check: Check[list[Finding]]) -> Check[list[Finding]]:
    """Give what a check finds, or the one finding that something could not be read for it.

    :param subject: what is looked at.
    :param check: looks at it.
    """
    try:
        return (yield from check)
    except TwilioError as error:
        return [unread(subject, error)]


def in_short(findings: list[Finding], command: str) -> str:
    """Say in a few sentences what is wrong; nothing where nothing is.

    :param findings: the diagnosis.
    :param command: the command that shows the rest.
    """
    failed = [one for one in findings if one.level is Level.WRONG]
    if not failed:
        return ""
    first, others = failed[0], len(failed) - 1
    also = f" {others} more {'is' if others == 1 else 'are'} wrong." if others else ""
    return f"But {first.subject}: {first.seen} {first.action}{also} To see all of it: {command}"
