"""Campaigns beside each other in one process, each in a thread and an event loop of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.twilio.http.limits import adaptive_limit
from airflow_provider_flexout.twilio.http.limits.adaptive_limit import AdaptiveRateLimit

EACH = 60
"""Contacts of a campaign."""
LIMIT, BURST = 20, 12
"""Conversations per second, and at once after a rest."""


@pytest.fixture
def budgets(monkeypatch) -> set[AdaptiveRateLimit]:
    """All budgets that know a limit."""
    found: set[AdaptiveRateLimit] = set()
    refused = AdaptiveRateLimit.record_rate_limited

    def noted(one: AdaptiveRateLimit, *arguments: float | None) -> None:
        found.add(one)
        refused(one, *arguments)

    monkeypatch.setattr(adaptive_limit.AdaptiveRateLimit, "record_rate_limited", noted)
    return found


def test_two_tasks_share_what_twilio_takes_of_the_account(run, served, budgets):
    served.faults.throttle("CreateConversation", per_second=LIMIT, burst=BURST)

    def reach(name: str) -> dict[str, int]:
        contacts = [{"to": f"+1202555{number:04d}"} for number in range(100, 100 + EACH)]
        from_ = {"first": "+12025550198", "second": "+12025550199"}[name]
        operator = BulkOutreachOperator(
            task_id=name, contacts=contacts, message=name, channel="sms", from_=from_
        )
        return run(operator).xcoms["return_value"]

    with ThreadPoolExecutor(2) as threads:
        summaries = list(threads.map(reach, ("first", "second")))
    assert [one["opened"] for one in summaries] == [EACH, EACH]
    texts = [one.texts for one in served.conversations]
    assert sorted(texts) == [["first"]] * EACH + [["second"]] * EACH
    assert 0.35 * EACH <= texts[:EACH].count(["first"]) <= 0.65 * EACH
    assert len(budgets) == 1
