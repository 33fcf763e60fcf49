"""What the provider counts and times, as Airflow's metrics."""

from __future__ import annotations

import logging
from typing import Any

from airflow_provider_flexout.version_compat import load_stats

log = logging.getLogger(__name__)


class AirflowMetrics:
    """Hands counts and times on to Airflow's own metrics: StatsD or OpenTelemetry, or nowhere.

    No task fails because a metric could not be sent.
    """

    def __init__(self) -> None:
        self._stats: Any = load_stats()

    def incr(self, name: str) -> None:
        """Add one to a counter.

        :param name: the counter's.
        """
        try:
            self._stats.incr(name)
        except Exception as error:
            log.debug("The metric %s could not be sent: %s", name, error)

    def timing(self, name: str, seconds: float) -> None:
        """Record a time.

        :param name: the timer's.
        :param seconds: how long it was.
        """
        try:
            self._stats.timing(name, seconds * 1_000)  # Airflow's unit
        except Exception as error:
            log.debug("The metric %s could not be sent: %s", name, error)
