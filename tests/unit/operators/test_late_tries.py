"""A first try that began long ago sends under a lock: Airflow may have given it up, and begun another."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from airflow.sdk.execution_time.context import set_current_context

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.agents import InviteAgentOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.timing import SEND_WITHIN
from tests.crash.outreaches import is_lock
from tests.unit.conftest import TaskInstance
from tests.version_compat import TaskDeferred

BOB = "+12025550118"
STEPS = [{"after": "1s", "body": "Are you there?"}, {"after": "1d", "body": "Hello?"}]


def message(opened):
    sid = opened["conversation_sid"]
    return SendConversationMessageOperator(task_id="say", conversation_sid=sid, body="Hello")


def follow_up(opened):
    return FollowUpOperator(task_id="remind", conversation_sid=opened["conversation_sid"], steps=STEPS)


def invite(opened):
    sid = opened["interaction_sid"]
    return InviteAgentOperator(task_id="invite", interaction_sid=sid, routing={"worker": "ben"})


def one_call(_opened):
    return CreateInteractionOperator(task_id="open", channel="sms", to=BOB, strategy="one_call")


@pytest.fixture
def locks(served):
    """Count the locks that were taken, by what was asked of Twilio."""
    return lambda: sum(
        one.operation == "CreateConversation" and str(one.form["UniqueName"]).startswith("flexout_lock_")
        for one in served.requests
    )


LATE, IN_TIME = SEND_WITHIN, -60.0
"""Seconds ago. A busy machine may take its time."""


def started(seconds):
    return datetime.now(timezone.utc) - timedelta(seconds=seconds)


@pytest.mark.parametrize("make", [message, follow_up, invite, one_call])
@pytest.mark.parametrize("seconds", [IN_TIME, LATE])
def test_an_operator(run, served, opened, locks, make, seconds):
    if make is follow_up:
        run(message(opened))
        served.clock.advance("1m")
    try:
        run(make(opened), start_date=started(seconds))
    except TaskDeferred:
        assert make is follow_up
        assert [one.body for one in served.messages] == ["Hello", "Are you there?"]
    assert locks() == (seconds == LATE)
    assert not [one for one in served.conversations if is_lock(one)], "it is given back"


@pytest.mark.parametrize("seconds", [IN_TIME, LATE])
def test_the_hook_in_a_task(served, opened, locks, seconds):
    with set_current_context({"ti": TaskInstance(start_date=started(seconds))}):
        assert FlexHook().send_once(conversation_sid=opened["conversation_sid"], body="Hello")["created"]
    assert locks() == (seconds == LATE)
