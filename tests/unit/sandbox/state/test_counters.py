"""Counts by the hour."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.state.counters import MEASURES, Counters


def test_counts_are_kept_by_the_hour_oldest_first():
    counters = Counters()
    counters.count("delivered", 7200.5)
    counters.count("opened", 3600)
    counters.count("opened", 7199.9)
    assert counters.by_hour() == [
        {"hour": 3600, "opened": 2, "delivered": 0, "answered": 0},
        {"hour": 7200, "opened": 0, "delivered": 1, "answered": 0},
    ]
    assert MEASURES == ("opened", "delivered", "answered")
