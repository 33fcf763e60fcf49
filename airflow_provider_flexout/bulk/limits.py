"""The numbers that bound a campaign, which a template may have rendered to text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a campaign.

    :param concurrency: contacts at work at once.
    :param rate: requests per second at most, if any.
    :param max_failures: a number, or a share below 1, of contacts that may fail, if any.
    """

    concurrency: int
    rate: float | None
    max_failures: float | None


def read_limits(concurrency: Any, rate: Any, max_failures: Any) -> Limits:
    """Read the numbers as they were given to the operator.

    :param concurrency: see :class:`Limits`, and so for the others.
    :raises InvalidInput: naming the first that is none.
    """
    at_once = _number(concurrency)
    if not (at_once >= 1 and at_once.is_integer()):
        raise InvalidInput("concurrency", f"{concurrency!r} is no number of contacts; 1 or more.")
    per_second = None if rate is None else _number(rate)
    if per_second is not None and not per_second > 0:
        raise InvalidInput("rate", f"{rate!r} is no number of requests per second; above 0, or None.")
    most = None if max_failures is None else _number(max_failures)
    if most is not None and not most >= 0:
        raise InvalidInput("max_failures", f"{max_failures!r} is no number or share of contacts; 0 or more.")
    return Limits(int(at_once), per_second, most)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan
