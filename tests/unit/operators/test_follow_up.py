"""``FollowUpOperator`` against a served sandbox whose clock is moved, as on its page."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred


@pytest.fixture
def conversation_sid(run):
    create = CreateInteractionOperator(task_id="create", channel="sms", to="+12025550117")
    return run(create).xcoms["conversation_sid"]


@pytest.fixture
def follow_up(run, conversation_sid):
    """Execute or resume the task until it is deferred again; give what defers it."""

    def execute(resume=None, event=None, **arguments):
        arguments = {"steps": [{"after": "4h", "body": "One"}]} | arguments
        operator = FollowUpOperator(task_id="follow_up", conversation_sid=conversation_sid, **arguments)
        with pytest.raises(TaskDeferred) as deferred:
            run(operator, resume=resume, event=event)
        return deferred.value

    return execute


def test_an_hour_that_the_page_adds_counts(served, follow_up):
    leaving = follow_up()
    for _ in range(4):
        assert not served.messages
        served.clock.advance("1h")
    follow_up(leaving, fire(leaving.trigger))
    assert [one.body for one in served.messages] == ["One"]


def test_a_clock_that_runs_sixty_times_as_fast(served, follow_up):
    served.clock.freeze()
    served.clock.resume(speed=60)
    steps = [{"after": "1m", "body": "One"}]
    asked_at = served.clock.now()
    leaving = follow_up(steps=steps)
    follow_up(leaving, fire(leaving.trigger), steps=steps)
    (message,) = served.messages
    assert message.at - asked_at > timedelta(minutes=1) - timedelta(seconds=5)


def test_a_trigger_of_an_older_version_has_its_deadline_alone(served, follow_up):
    leaving = follow_up()
    del leaving.trigger.resume_data["due"]
    leaving.trigger.deadline = leaving.trigger.started_at + 1
    assert "timed_out" in fire(leaving.trigger)
    _, arguments = follow_up().trigger.serialize()
    assert arguments["deadline"] == pytest.approx(arguments["started_at"] + 4 * 3600, abs=5)
    assert set(json.loads(json.dumps(arguments))["resume_data"]) == {"anchor", "hold", "due"}
