"""Passing several policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

import pytest

from airflow_provider_flexout.outreach.policies.decision import Go, Hold, Skip, check_policies

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Fixed:
    decision: object
    asked: list[datetime]

    def check(self, now):
        yield from ()
        self.asked.append(now)
        return self.decision


@pytest.mark.parametrize("decision", [Hold(NOW, "night"), Skip("cap", "often enough"), Go()])
def test_the_first_policy_that_does_not_say_go_decides(client, decision):
    asked = []
    policies = [Fixed(Go(), asked), Fixed(decision, asked), Fixed(Skip("last", ""), asked)]
    passed = client.run(check_policies(policies, NOW))
    assert passed == (policies[2].decision if decision == Go() else decision)
    assert asked == [NOW] * (3 if decision == Go() else 2)
