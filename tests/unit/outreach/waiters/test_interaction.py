"""The stages of an interaction, and the ends of a wait for them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InteractionFailed
from airflow_provider_flexout.outreach.waiters.interaction import InteractionWaiter
from airflow_provider_flexout.twilio.http.errors import ServiceUnavailable


@pytest.fixture
def waiter_until(attempt, sandbox):
    def make(until: str) -> InteractionWaiter:
        opened = attempt()
        workspace = sandbox.connection()["extra"]["workspace_sid"]
        return InteractionWaiter(
            workspace, opened.interaction_sid, opened.channel_sid, opened.task_sid, until
        )

    return make


@pytest.mark.parametrize(
    ("until", "status"),
    [("accepted", "accepted"), ("active", "active"), ("assigned", "assigned"), ("completed", "completed")],
)
def test_the_stages_of_an_interaction(wait, elapsed, sandbox, waiter_until, until, status):
    sandbox.settings.channel_setup = 8.0
    sandbox.agent().accepts(after="30s").finishes(after="5m")
    began = sandbox.clock.now()
    assert wait(waiter_until(until)) == status
    reached = {"accepted": 0, "active": 8, "assigned": 38, "completed": 338}[until]
    assert reached <= elapsed(began) <= reached * 1.1 + 15


def test_a_day_of_waiting_costs_few_reads(wait, sandbox, waiter_until):
    sandbox.agent().accepts(after="23h")
    waiter = waiter_until("assigned")
    sandbox.requests.clear()
    wait(waiter)
    assert len(sandbox.requests) <= 250


def test_a_task_that_has_ended_and_vanished(wait, sandbox, waiter_until):
    sandbox.agent().accepts(after=0).finishes(after="1m")
    waiter = waiter_until("completed")
    sandbox.clock.advance("1d")
    assert wait(waiter) == "completed"


def test_a_task_that_timed_out_and_vanished_ends_the_wait(wait, sandbox, waiter_until):
    sandbox.agent().away()
    waiter = waiter_until("assigned")
    sandbox.clock.advance("2d")
    with pytest.raises(InteractionFailed, match="is gone"):
        wait(waiter)


def test_a_failed_channel_ends_the_wait(wait, sandbox, waiter_until):
    sandbox.faults.fail_channel(45352)
    with pytest.raises(InteractionFailed, match="45352"):
        wait(waiter_until("active"))


def test_a_canceled_task_ends_the_wait(wait, sandbox, waiter_until):
    sandbox.agent().declines(after="1m")
    with pytest.raises(InteractionFailed, match="was canceled"):
        wait(waiter_until("assigned"))


def test_an_outage_in_the_middle_is_survived(wait, sandbox, waiter_until):
    sandbox.agent().accepts(after="10m")
    waiter = waiter_until("assigned")
    sandbox.faults.fail("FetchTask", 503, times=12)
    assert wait(waiter) == "assigned"


def test_an_outage_without_an_end_is_not(wait, sandbox, waiter_until):
    waiter = waiter_until("completed")
    sandbox.faults.fail("FetchTask", 503, times=None)
    with pytest.raises(ServiceUnavailable):
        wait(waiter)
