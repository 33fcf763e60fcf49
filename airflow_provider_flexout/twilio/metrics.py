"""What is counted and timed while the provider works, for those who ask for it.

The rules and the client know no Airflow, so they report here what happens, as they do to the log.
``connection/metrics.py`` hands it on to Airflow. The names are listed in ``docs/metrics.md``; they hold no
address, no text and no SID.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Metrics(Protocol):
    """Something that takes counts and times."""

    def incr(self, name: str) -> None:
        """Add one to a counter.

        :param name: the counter's.
        """

    def timing(self, name: str, seconds: float) -> None:
        """Take a time.

        :param name: the timer's.
        :param seconds: how long it was.
        """


_PREFIX = "flexout"
_load: Callable[[], Metrics] | None = None
_metrics: Metrics | None = None


def send_to(load: Callable[[], Metrics] | None) -> None:
    """Hand on what happens from now on.

    :param load: gives what takes it, and is called when the first thing happens; ``None`` for nobody.
    """
    global _load, _metrics
    _load, _metrics = load, None


def count(*name: object) -> None:
    """Count one.

    :param name: the parts of the counter's name.
    """
    if metrics := _taker():
        metrics.incr(_joined(name))


def count_outreach(channel: str, *, created: bool) -> None:
    """Count an outreach that was opened, or one that an earlier attempt had opened already.

    :param channel: its channel.
    :param created: whether this attempt opened it.
    """
    count(*(("outreaches", "opened", channel) if created else ("repeats_prevented", "outreach")))


def record_time(seconds: float, *name: object) -> None:
    """Record how long something took.

    :param seconds: how long.
    :param name: the parts of the timer's name.
    """
    if metrics := _taker():
        metrics.timing(_joined(name), seconds)


def _taker() -> Metrics | None:
    global _metrics
    if _metrics is None and _load is not None:
        _metrics = _load()
    return _metrics


@lru_cache(maxsize=256)
def _joined(name: tuple[object, ...]) -> str:
    return ".".join((_PREFIX, *map(str, name)))
