"""The polling that every wait shares, on a moved clock."""

from __future__ import annotations

import itertools

import pytest

from airflow_provider_flexout.outreach.errors import WaitTimedOut
from airflow_provider_flexout.outreach.waiters import (
    PollSchedule,
    ReplyWaiter,
    SafetyNetSchedule,
    deserialize,
    serialize,
    wait_for,
)
from airflow_provider_flexout.outreach.waiters.reply import _POLLS_PER_STATE
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import NotFound, RateLimited, ServiceUnavailable

DAY = 86_400.0
OUTAGE = ServiceUnavailable("FetchTask", "HTTP 503", status=503)


class Waiter:
    """Finds something at a moment; until then a look fails as often as it is told."""

    def __init__(self, at: float, failures=()) -> None:
        self.at, self.failures, self.looks = at, iter(failures), []
        self.now = 0.0

    def poll(self):
        self.looks.append(self.now)
        if (error := next(self.failures, None)) is not None:
            raise error
        return "done" if self.now >= self.at else None
        yield


def wait(watch: Waiter, polling: PollSchedule | None = None) -> str:
    """Carry a wait to its end; only pauses take time."""
    procedure = wait_for(watch, polling or PollSchedule(watch.now), clock=lambda: watch.now)
    try:
        while True:
            step = next(procedure)
            assert isinstance(step, Sleep)
            watch.now += step.seconds
    except StopIteration as ended:
        return ended.value


@pytest.mark.parametrize("_", range(20))
def test_a_day_costs_at_most_250_looks(_):
    watch = Waiter(at=DAY)
    assert wait(watch) == "done"
    assert 200 <= len(watch.looks) <= 250


def test_the_pause_is_a_twentieth_of_the_age_between_five_seconds_and_ten_minutes():
    watch = Waiter(at=DAY)
    wait(watch)
    assert 5 <= watch.looks[0] <= 10
    for earlier, later in itertools.pairwise(watch.looks):
        base = min(600, max(5, earlier / 20))
        assert base <= later - earlier + 1e-6
        assert later - earlier <= base * 1.2 + 1e-6


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_a_day_of_the_safety_net_costs_at_most_24_requests(monkeypatch, spread):
    monkeypatch.setattr("random.uniform", lambda low, high: low + spread * (high - low))
    watch = Waiter(at=DAY)
    wait(watch, SafetyNetSchedule(began=0.0))
    state_reads = -(-len(watch.looks) // _POLLS_PER_STATE)  # a reply's waiter asks for it beside the messages
    assert 15 < len(watch.looks) + state_reads <= 24
    assert 600 <= watch.looks[0] <= 1200
    assert max(later - earlier for earlier, later in itertools.pairwise(watch.looks)) <= 4800 * 1.2


def test_an_old_wait_of_the_safety_net_goes_on_where_it_was():
    watch = Waiter(at=DAY + 7200)
    watch.now = DAY
    wait(watch, SafetyNetSchedule(began=0.0))
    assert 600 <= watch.looks[0] - DAY <= 4800 * 1.2


def test_the_safety_net_is_on_time_for_a_deadline_and_close_after_an_outage():
    watch = Waiter(at=DAY)
    with pytest.raises(WaitTimedOut):
        wait(watch, SafetyNetSchedule(began=0.0, deadline=300.0))
    assert watch.looks == [300.0]
    watch = Waiter(at=0.0, failures=[OUTAGE] * 3)
    assert wait(watch, SafetyNetSchedule(began=0.0)) == "done"
    assert watch.looks[-1] - watch.looks[0] < 300


def test_two_waits_are_not_in_step():
    one, other = Waiter(at=DAY), Waiter(at=DAY)
    wait(one)
    wait(other)
    assert not set(one.looks) & set(other.looks)


def test_an_old_wait_goes_on_where_it_was():
    watch = Waiter(at=DAY + 3600)
    watch.now = DAY
    wait(watch, PollSchedule(began=0.0))
    assert 5 <= len(watch.looks) <= 8


def test_old_waits_that_start_together_do_not_look_together():
    firsts = [PollSchedule(began=0.0).first_pause(DAY) for _ in range(1000)]
    assert min(firsts) >= 5
    assert sum(first < 65 for first in firsts) < 200


@pytest.mark.parametrize("began", [0.0, -DAY])
def test_never_before_five_seconds(began):
    for deadline in (None, 0.0, 1.0, -DAY):
        assert PollSchedule(began, deadline).first_pause(0.0) >= 5


def test_the_deadline_is_met():
    watch = Waiter(at=2 * DAY)
    # The last look may come up to 5 s late: two looks are never nearer to each other.
    with pytest.raises(WaitTimedOut, match=r"Waited for 1 day( [1-5] seconds?)?, and"):
        wait(watch, PollSchedule(0.0, deadline=DAY))
    assert DAY <= watch.looks[-1] <= DAY + 5


def test_what_happens_at_the_deadline_is_found():
    watch = Waiter(at=DAY)
    assert wait(watch, PollSchedule(0.0, deadline=DAY)) == "done"


def test_a_wait_taken_over_after_its_deadline_looks_once_more():
    watch = Waiter(at=DAY + 1)
    watch.now = DAY + 600
    assert wait(watch, PollSchedule(0.0, deadline=DAY)) == "done"


def test_no_deadline_ends_a_wait_before_a_look_has_succeeded():
    watch = Waiter(at=0.0, failures=[OUTAGE] * 8)
    assert wait(watch, PollSchedule(0.0, deadline=20.0)) == "done"
    assert watch.now > 60


@pytest.mark.parametrize(("age", "survived"), [(0.0, 15 * 60), (DAY, 3 * 3600)])
def test_an_outage_is_survived(age, survived):
    watch = Waiter(at=age, failures=[OUTAGE] * 19)
    watch.now = age
    assert wait(watch, PollSchedule(0.0)) == "done"
    assert watch.now - age >= survived


def test_failures_count_only_in_a_row():
    watch = Waiter(at=DAY, failures=([OUTAGE] * 19 + [None]) * 5)
    assert wait(watch) == "done"


def test_an_outage_without_an_end_ends_the_wait():
    watch = Waiter(at=0.0, failures=itertools.repeat(OUTAGE))
    with pytest.raises(ServiceUnavailable):
        wait(watch)
    assert len(watch.looks) == 20


def test_what_twilio_refuses_for_good_ends_the_wait_at_once():
    watch = Waiter(at=0.0, failures=[NotFound("FetchTask", "gone", status=404)])
    with pytest.raises(NotFound):
        wait(watch)


def test_retry_after_is_obeyed_even_past_the_deadline():
    watch = Waiter(at=0.0, failures=[RateLimited("FetchTask", "slower", status=429, retry_after=900.0)])
    assert wait(watch, PollSchedule(0.0, deadline=60.0)) == "done"
    assert watch.looks[1] - watch.looks[0] >= 900


def test_a_watch_survives_the_database():
    watch = ReplyWaiter("CH" + "0" * 32, 3, 1_790_000_000.0)
    assert serialize(watch) == {
        "kind": "reply",
        "conversation_sid": "CH" + "0" * 32,
        "after": 3,
        "asked_at": 1_790_000_000.0,
    }
    assert deserialize(serialize(watch)) == watch
