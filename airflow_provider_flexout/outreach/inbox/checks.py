"""Checks of what names a message and of whose mails count, made before anything is read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.email import LEVELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import whole_number
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.twilio.http.redaction import type_of

if TYPE_CHECKING:
    from collections.abc import Sequence

CUSTOMER: tuple[str, ...] = LEVELS[:1]
"""The level of the customer in a mail; somebody who got a copy is not the customer."""


def read_levels(given: str | Sequence[str]) -> tuple[str, ...]:
    """Read whose mails count as the customer's.

    :param given: a level, or several: ``to``, ``cc``, ``bcc``.
    :raises InvalidInput: for anything else, or none.
    """
    levels = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not levels or any(one not in LEVELS for one in levels):
        raise InvalidInput("levels", f"must be some of {', '.join(LEVELS)}.")
    return levels


def check_place(after: Any) -> str | int | datetime | None:
    """Refuse what names no message.

    :param after: as for :func:`reply_waiter`; an index may be written as text.
    :returns: it, an index as a number.
    :raises InvalidInput: when it is not one of these.
    """
    if isinstance(after, (str, int)) and (index := whole_number(after)) is not None:
        if index < -1:
            raise InvalidInput(
                "after", f"{index} is not a message's index; they begin at 0, and -1 is before all."
            )
        return index
    if isinstance(after, bool) or not isinstance(after, (str, datetime, type(None))):
        raise InvalidInput("after", f"got {type_of(after)}; pass a message's SID (IM…) or index.")
    if isinstance(after, str):
        check_sid("after", after, "IM")
    return after
