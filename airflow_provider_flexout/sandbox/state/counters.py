"""How many outreaches were opened, delivered and replied to, by the hour."""

from __future__ import annotations

from typing import Final

__all__ = ["MEASURES", "Counters"]

MEASURES: Final = ("opened", "delivered", "answered")
_HOUR: Final = 3600


class Counters:
    """Counts by hour, each conversation once per measure.

    ``opened`` counts conversations that have got a customer with an address, or an interaction, ``delivered``
    those in which a message has arrived at a customer, ``answered`` those in which a customer has written.
    """

    __slots__ = ("_hours",)

    def __init__(self) -> None:
        self._hours: dict[int, dict[str, int]] = {}

    def count(self, measure: str, at: float) -> None:
        """Count one.

        :param measure: one of :data:`MEASURES`.
        :param at: when, in seconds since the epoch.
        """
        hour = int(at) // _HOUR * _HOUR
        counts = self._hours.get(hour)
        if counts is None:
            counts = self._hours[hour] = dict.fromkeys(MEASURES, 0)
        counts[measure] += 1

    def by_hour(self) -> list[dict[str, int]]:
        """Return the counts of each hour with something in it, oldest first; ``hour`` is its start."""
        return [{"hour": hour, **self._hours[hour]} for hour in sorted(self._hours)]
