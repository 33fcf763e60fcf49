"""How an outreach ended: the table, row by row."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.outreach.results import ending
from airflow_provider_flexout.outreach.results.ending import ENDINGS, ending_with_agent, ending_without_agent
from airflow_provider_flexout.outreach.results.messages import MessageSummary
from airflow_provider_flexout.outreach.waiters.outcome import Handling

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
FAILED, ARRIVED = SimpleNamespace(has_failed=True), SimpleNamespace(has_failed=False)
COMPLETED = Handling(accepted_at=NOW, ended_at=NOW)
CANCELED = Handling(ended_at=NOW, is_canceled=True)
ACCEPTED = Handling(accepted_at=NOW)


@pytest.mark.parametrize(
    ("first", "inbound", "opted_out", "is_closed", "handling", "ended"),
    [
        (ARRIVED, 1, True, True, COMPLETED, "opted_out"),
        (FAILED, 0, True, False, Handling(), "opted_out"),
        (FAILED, 0, False, True, COMPLETED, "undelivered"),
        (FAILED, 0, False, False, Handling(), "undelivered"),
        (FAILED, 1, False, True, COMPLETED, "completed"),
        (ARRIVED, 0, False, True, COMPLETED, "completed"),
        (ARRIVED, 1, False, False, COMPLETED, "completed"),
        (ARRIVED, 1, False, True, CANCELED, "canceled"),
        (ARRIVED, 0, False, False, CANCELED, "canceled"),
        (ARRIVED, 0, False, False, ACCEPTED, "open"),
        (ARRIVED, 1, False, False, Handling(), "open"),
        (ARRIVED, 1, False, True, Handling(), "replied"),
        (ARRIVED, 1, False, True, ACCEPTED, "replied"),
        (ARRIVED, 0, False, True, Handling(), "unanswered"),
        (None, 0, False, True, Handling(), "unsent"),
        (None, 0, False, False, Handling(), "open"),
    ],
)
def test_it_is_the_first_that_is_true(first, inbound, opted_out, is_closed, handling, ended):
    summary = MessageSummary(first, None, inbound, int(first is not None), NOW if opted_out else None)
    assert ending_with_agent(ending_without_agent(summary, is_closed=is_closed), handling) == ended


def test_the_table_has_them_in_their_order():
    lines = [line for line in ending.__doc__.splitlines() if line.startswith("``")]
    assert tuple(line.split("``")[1] for line in lines) == ENDINGS
