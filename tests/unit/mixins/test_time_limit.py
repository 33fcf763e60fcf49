"""``execution_timeout`` bounds a try with its deferrals: waits, holds, and one after the other."""

from __future__ import annotations

import json
import signal
import time
from contextlib import nullcontext
from datetime import datetime, timedelta

import pytest
import time_machine

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import AirflowTaskTimeout
from tests.unit.moments import at
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"
NIGHT, MORNING = "2026-11-23T03:00:00+00:00", "2026-11-23T14:00:00+00:00"


def create(**arguments):
    return CreateInteractionOperator(**{"task_id": "create", "channel": "sms", "to": CUSTOMER} | arguments)


@pytest.fixture
def conversation_sid(run):
    return run(create()).xcoms["conversation_sid"]


@pytest.fixture
def deferred(run, served):
    def execute(operator, moment=None, **how):
        with at(moment, served) if moment else nullcontext(), pytest.raises(TaskDeferred) as leaving:
            run(operator, **how)
        return leaving.value

    return execute


def timer_event(leaving):
    """What the timer's trigger yields when its time has come."""
    return json.loads(json.dumps(leaving.trigger.serialize()[1]))


@pytest.mark.parametrize("on_timeout", ["fail", "skip", "return"])
def test_it_bounds_the_sensor_in_the_triggerer(run, conversation_sid, on_timeout, deferred):
    sensor = ConversationReplySensor(
        task_id="wait",
        conversation_sid=conversation_sid,
        deferrable=True,
        on_timeout=on_timeout,
        execution_timeout=timedelta(seconds=1),
    )
    leaving = deferred(sensor)
    with pytest.raises(AirflowTaskTimeout, match=r"No reply in .* execution_timeout \(1 second\) is over"):
        run(sensor, resume=leaving, event=fire(leaving.trigger))


def test_a_timeout_of_the_sensor_that_is_over_first_counts(run, conversation_sid, deferred):
    sensor = ConversationReplySensor(
        task_id="wait",
        conversation_sid=conversation_sid,
        deferrable=True,
        timeout=1,
        on_timeout="return",
        execution_timeout=timedelta(hours=1),
    )
    leaving = deferred(sensor)
    assert run(sensor, resume=leaving, event=fire(leaving.trigger)).xcoms["replied"] is False


@pytest.mark.parametrize(
    "operator",
    [
        create(contact_window={}, execution_timeout=timedelta(hours=2)),
        BulkOutreachOperator(
            task_id="bulk",
            channel="sms",
            contacts=[{"to": CUSTOMER}],
            message="Hello",
            contact_window={},
            execution_timeout=timedelta(hours=2),
        ),
    ],
    ids=["one", "campaign"],
)
def test_it_bounds_what_a_contact_window_holds(run, served, operator, deferred):
    leaving = deferred(operator, NIGHT)
    event = timer_event(leaving)
    assert event["until"][:16] == "2026-11-23T05:00"
    with (
        at(event["until"], served),
        pytest.raises(AirflowTaskTimeout, match="Held by a contact policy"),
    ):
        run(operator, resume=leaving, event=event)
    assert not served.messages


def test_a_hold_and_the_wait_after_it_are_one_try(run, served, deferred):
    """The worker's clock may be behind the triggerer's: the event says that its time has come."""
    served.agent().away()
    operator = create(
        contact_window={}, wait_until="assigned", deferrable=True, execution_timeout=timedelta(hours=12)
    )
    held = deferred(operator, NIGHT)
    assert timer_event(held)["until"] == MORNING
    waiting = deferred(
        create(
            contact_window={}, wait_until="assigned", deferrable=True, execution_timeout=timedelta(hours=12)
        ),
        MORNING,
        resume=held,
        event=timer_event(held),
    )
    arguments = waiting.trigger.serialize()[1]
    assert arguments["deadline"] - arguments["started_at"] == pytest.approx(3600, abs=5)


def test_a_hold_and_a_wait_on_the_worker_are_one_try(run, served, deferred):
    """Airflow's timer starts anew when the task resumes."""
    served.agent().away()
    arguments = {"contact_window": {}, "wait_until": "assigned", "deferrable": False}
    limit = timedelta(hours=11)
    held = deferred(create(**arguments, execution_timeout=limit), NIGHT)
    event = timer_event(held)
    left = 1.0
    event["resume_data"]["time_limit"] = time.time() + left
    previous = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        with at(MORNING, served):
            pass  # Twilio's clock alone: the wait is a real one
        with pytest.raises(
            AirflowTaskTimeout, match=r"wait_until='assigned': Waited for .* execution_timeout"
        ):
            run(create(**arguments, execution_timeout=limit), resume=held, event=event)
        assert 0 <= signal.getitimer(signal.ITIMER_REAL)[0] < 2 * left
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert len(served.conversations) == 1


def test_a_task_that_resumes_when_its_time_is_over_contacts_nobody(run, served, deferred):
    held = deferred(create(contact_window={}, execution_timeout=timedelta(hours=12)), NIGHT)
    with (
        at("2026-11-23T15:00:01+00:00", served),
        pytest.raises(AirflowTaskTimeout, match="Held by a contact policy"),
    ):
        run(create(contact_window={}), resume=held, event=timer_event(held))
    assert not served.conversations


def test_each_try_has_its_own_time(run, deferred):
    operator = create(contact_window={}, execution_timeout=timedelta(hours=2))
    deferred(operator, NIGHT)
    again = deferred(operator, "2026-11-23T06:00:00+00:00", try_number=2)
    assert timer_event(again)["until"][:16] == "2026-11-23T08:00"


def test_it_bounds_a_follow_up(run, served, conversation_sid, deferred):
    def follow_up():
        return FollowUpOperator(
            task_id="follow_up",
            conversation_sid=conversation_sid,
            steps=[{"after": "4h", "body": "One"}],
            execution_timeout=timedelta(seconds=1),
        )

    leaving = deferred(follow_up())
    event = fire(leaving.trigger)
    with pytest.raises(AirflowTaskTimeout, match="0 of 1 steps sent, no reply yet, and execution_timeout"):
        run(follow_up(), resume=leaving, event=event)
    served.customer(CUSTOMER).says("Yes")
    assert run(follow_up(), resume=leaving, event=event).xcoms["outcome"] == "replied"
    assert not [one for one in served.messages if one.role == "system"]


def test_a_triggerer_whose_clock_is_ahead_costs_one_deferral_more(run, served, deferred):
    """Not one every five seconds until the time has come by the worker's clock."""
    first = deferred(create(contact_window={}), NIGHT)
    early = "2026-11-23T13:59:20+00:00"
    second = deferred(create(contact_window={}), early, resume=first, event=timer_event(first))
    assert timer_event(second)["until"] == "2026-11-23T14:00:40+00:00"
    with at("2026-11-23T14:00:00+00:00", served):
        run(create(contact_window={}), resume=second, event=timer_event(second))


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(hours=-1)])
def test_a_window_is_judged_by_twilios_clock(run, served, ahead):
    """Whatever this machine's clock says; the timer goes by the triggerer's, which is taken to be like it."""
    closed, opens = (datetime.fromisoformat(one) for one in ("2026-11-23T13:55:00+00:00", MORNING))
    with (
        at(closed.isoformat(), served),
        time_machine.travel(closed + ahead, tick=False),
        pytest.raises(TaskDeferred) as leaving,
    ):
        run(create(contact_window={}))
    until = datetime.fromisoformat(timer_event(leaving.value)["until"])
    assert abs(until - opens - ahead) < timedelta(seconds=5)
    with at(opens.isoformat(), served), time_machine.travel(opens + ahead, tick=False):
        run(create(contact_window={}), resume=leaving.value, event=timer_event(leaving.value))
    assert len(served.conversations) == 1


def test_a_campaigns_window_is_judged_by_twilios_clock(run, served):
    def campaign():
        contacts = [{"to": CUSTOMER}]
        return BulkOutreachOperator(
            task_id="bulk", channel="sms", contacts=contacts, message="Hello", contact_window={}
        )

    with at(NIGHT, served), time_machine.travel(MORNING, tick=False), pytest.raises(TaskDeferred):
        run(campaign())
    assert not served.messages
    with at(MORNING, served), time_machine.travel(NIGHT, tick=False):
        run(campaign())
    assert len(served.messages) == 1
