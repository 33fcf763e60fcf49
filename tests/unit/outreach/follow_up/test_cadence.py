"""The steps of a follow-up, checked before anything is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.durable import step_key
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence

SID = "CH" + 32 * "0"
STEP = {"after": "1h", "body": "One"}


def plan(steps, **more):
    return plan_cadence(key="fx0", conversation_sid=SID, steps=steps, **more)


def test_each_step_has_a_key_of_its_own():
    cadence = plan([STEP, {"after": 7200, "content_sid": "HX" + 32 * "0"}])
    assert cadence.keys == {step_key("fx0", 0): 0, step_key("fx0", 1): 1}
    assert [step.after for step in cadence.steps] == [timedelta(hours=1), timedelta(hours=2)]


@pytest.mark.parametrize(("last_wait", "waits"), [(None, timedelta(hours=1)), ("3d", timedelta(days=3))])
def test_the_wait_after_the_last_step(last_wait, waits):
    assert plan([STEP], last_wait=last_wait).last_wait == waits


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "a list of at least one"),
        ("1h", "a list of at least one"),
        ([{"body": "One"}], r"steps\[0\]: needs \"after\""),
        ([STEP, {"after": "1h"}], r"steps\[1\]: body: missing"),
        ([{**STEP, "test": "One"}], r"steps\[0\]: has no 'test'"),
        ([{**STEP, "after": "soon"}], r"steps\[0\]"),
        ([{**STEP, "on_closed_window": "skip"}], "a step is not skipped"),
    ],
)
def test_what_cannot_be_followed(steps, problem):
    with pytest.raises(InvalidInput, match=problem):
        plan(steps)
