"""``execution_timeout`` bounds a try with its deferrals: waits, holds, and one after the other."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import timedelta

import pytest
import time_machine

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import AirflowTaskTimeout
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"
NIGHT, MORNING = "2026-11-23T03:00:00+00:00", "2026-11-23T14:00:00+00:00"


def create(**arguments):
    return CreateInteractionOperator(**{"task_id": "create", "channel": "sms", "to": CUSTOMER} | arguments)


@pytest.fixture
def conversation_sid(run):
    return run(create()).xcoms["conversation_sid"]


def deferred(run, operator, at=None, **how):
    clock = time_machine.travel(at, tick=False) if at else nullcontext()
    with clock, pytest.raises(TaskDeferred) as leaving:
        run(operator, **how)
    return leaving.value


def timer_event(leaving):
    """What the timer's trigger yields when its time has come."""
    return json.loads(json.dumps(leaving.trigger.serialize()[1]))


@pytest.mark.parametrize("on_timeout", ["fail", "skip", "return"])
def test_it_bounds_the_sensor_in_the_triggerer(run, conversation_sid, on_timeout):
    sensor = ConversationReplySensor(
        task_id="wait",
        conversation_sid=conversation_sid,
        deferrable=True,
        on_timeout=on_timeout,
        execution_timeout=timedelta(seconds=1),
    )
    leaving = deferred(run, sensor)
    with pytest.raises(AirflowTaskTimeout, match=r"No reply in conversation .* execution_timeout=0:00:01"):
        run(sensor, resume=leaving, event=fire(leaving.trigger))


def test_a_timeout_of_the_sensor_that_is_over_first_counts(run, conversation_sid):
    sensor = ConversationReplySensor(
        task_id="wait",
        conversation_sid=conversation_sid,
        deferrable=True,
        timeout=1,
        on_timeout="return",
        execution_timeout=timedelta(hours=1),
    )
    leaving = deferred(run, sensor)
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
def test_it_bounds_what_a_contact_window_holds(run, served, operator):
    leaving = deferred(run, operator, NIGHT)
    event = timer_event(leaving)
    assert event["until"][:16] == "2026-11-23T05:00"
    with (
        time_machine.travel(event["until"]),
        pytest.raises(AirflowTaskTimeout, match="Held by a contact policy"),
    ):
        run(operator, resume=leaving, event=event)
    assert not served.messages


def test_a_hold_and_the_wait_after_it_are_one_try(run, served):
    """The worker's clock may be behind the triggerer's: the event says that its time has come."""
    served.agent().away()
    operator = create(
        contact_window={}, wait_until="assigned", deferrable=True, execution_timeout=timedelta(hours=12)
    )
    held = deferred(run, operator, NIGHT)
    assert timer_event(held)["until"] == MORNING
    waiting = deferred(
        run,
        create(
            contact_window={}, wait_until="assigned", deferrable=True, execution_timeout=timedelta(hours=12)
        ),
        MORNING,
        resume=held,
        event=timer_event(held),
    )
    arguments = waiting.trigger.serialize()[1]
    assert arguments["deadline"] - arguments["started_at"] == pytest.approx(3600, abs=5)


def test_each_try_has_its_own_time(run):
    operator = create(contact_window={}, execution_timeout=timedelta(hours=2))
    deferred(run, operator, NIGHT)
    again = deferred(run, operator, "2026-11-23T06:00:00+00:00", try_number=2)
    assert timer_event(again)["until"][:16] == "2026-11-23T08:00"


def test_it_bounds_a_follow_up(run, served, conversation_sid):
    def follow_up():
        return FollowUpOperator(
            task_id="follow_up",
            conversation_sid=conversation_sid,
            steps=[{"after": "4h", "body": "One"}],
            execution_timeout=timedelta(seconds=1),
        )

    leaving = deferred(run, follow_up())
    event = fire(leaving.trigger)
    with pytest.raises(AirflowTaskTimeout, match="0 of 1 steps sent, no reply yet, and execution_timeout"):
        run(follow_up(), resume=leaving, event=event)
    served.customer(CUSTOMER).says("Yes")
    assert run(follow_up(), resume=leaving, event=event).xcoms["outcome"] == "replied"
    assert not [one for one in served.messages if one.role == "system"]


def test_a_triggerer_whose_clock_is_ahead_costs_one_deferral_more(run):
    """Not one every five seconds until the time has come by the worker's clock."""
    first = deferred(run, create(contact_window={}), NIGHT)
    early = "2026-11-23T13:59:20+00:00"
    second = deferred(run, create(contact_window={}), early, resume=first, event=timer_event(first))
    assert timer_event(second)["until"] == "2026-11-23T14:00:40+00:00"
    with time_machine.travel("2026-11-23T14:00:00+00:00"):
        run(create(contact_window={}), resume=second, event=timer_event(second))
