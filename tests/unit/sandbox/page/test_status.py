"""The status line: clock, agents, queues, faults, counts."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.page.status import queues, status
from airflow_provider_flexout.sandbox.state.seed import QUEUES


def test_the_status_tells_of_agents_and_faults(sandbox):
    sandbox.agent("ben").away()
    sandbox.faults.fail("CreateInteraction", 503, times=2)
    shown = status(sandbox._store)
    assert [(each["name"], each["available"]) for each in shown["agents"]] == [
        ("ana", True),
        ("ben", False),
        ("chloe", True),
    ]
    assert [(each["kind"], each["times"]) for each in shown["faults"]] == [("fail", 2)]
    assert shown["clock"]["frozen"]


def test_queues_count_their_tasks(sandbox, opened):
    first, second = queues(sandbox._store)
    assert first["sid"] == next(iter(QUEUES))
    assert (first["pending"] + first["reserved"], second["pending"]) == (1, 0)
