"""Contact policies before a contact: a held task is deferred and resumes, a refused one is skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.policies.decision import ContactPolicy, Decision, Go, Hold, Skip
from airflow_provider_flexout.twilio.http.call import Procedure
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"
EVENING = datetime(2026, 11, 22, 19, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Says:
    """A policy that decides as it was told to."""

    decision: Decision

    def check(self, now: datetime) -> Procedure[Decision]:
        yield from ()
        return self.decision


class Create(CreateInteractionOperator):
    """With the policies of a test."""

    policies: Sequence[ContactPolicy] = ()

    def _policies(self, request, spec):
        return self.policies


class Send(SendConversationMessageOperator):
    """With the policies of a test."""

    policies: Sequence[ContactPolicy] = ()

    def _policies(self, draft):
        return self.policies


def create(*decisions, **arguments):
    operator = Create(task_id="create", channel="sms", to=CUSTOMER, **arguments)
    operator.policies = [Says(one) for one in decisions]
    return operator


def send(conversation_sid, *decisions):
    operator = Send(task_id="send", conversation_sid=conversation_sid, body="Hello")
    operator.policies = [Says(one) for one in decisions]
    return operator


HOLD = Hold(EVENING, "it is night")
SKIP = Skip("frequency_cap", "was contacted yesterday")


def test_a_refused_outreach_is_a_skip_with_its_reason(run, served):
    operator = create(Go(), SKIP, HOLD)
    xcoms = {}
    with pytest.raises(AirflowSkipException, match="frequency_cap: was contacted yesterday"):
        run(operator, xcoms=xcoms)
    assert xcoms == {"skip_reason": "frequency_cap"}
    assert not served.conversations


def test_a_held_outreach_is_checked_again(run, served):
    operator = create(HOLD)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    assert not served.conversations
    assert deferred.value.trigger.serialize()[1]["until"] == EVENING.isoformat()
    operator.policies = [Says(Go())]
    opened = run(operator, resume=deferred.value).xcoms["return_value"]
    assert [one.sid for one in served.conversations] == [opened["conversation_sid"]]


def test_without_policies_nothing_more_is_asked_of_twilio_than_whether_somebody_is_there(run, served):
    run(CreateInteractionOperator(task_id="create", channel="sms", to=CUSTOMER))
    assert [one.operation for one in served.requests] == [
        "CreateConversation",
        "CreateConversationParticipant",
        "CreateInteraction",
        "UpdateConversation",
        "FetchWorker",
        "FetchTaskQueueRealTimeStatistics",
    ]


@pytest.mark.parametrize("decision", [HOLD, SKIP], ids=["hold", "skip"])
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_what_is_open_already_is_adopted_whatever_the_policies_say(run, served, decision, strategy):
    first = run(create(Go(), strategy=strategy)).xcoms["return_value"]
    again = run(create(decision, strategy=strategy), try_number=2).xcoms["return_value"]
    assert again == first | {"created": False}
    assert len(served.conversations) == 1


def test_a_conversation_that_is_open_does_not_let_a_message_through(run, served):
    conversation_sid = run(create(Go())).xcoms["conversation_sid"]
    with pytest.raises(TaskDeferred):
        run(send(conversation_sid, HOLD))
    assert not served.messages
    sent = run(send(conversation_sid, Go())).xcoms["return_value"]
    assert run(send(conversation_sid, HOLD)).xcoms["return_value"] == sent | {"created": False}
    assert len(served.messages) == 1


def test_a_hold_without_an_end_is_checked_ever_less_often_and_gives_up_after_a_week(run, served):
    operator = create(replace(HOLD, until=None))
    now = datetime.now(timezone.utc)
    for age, pause in ((0, 60), (100 * 60, 300), (10 * 86_400 // 20, 2160), (3 * 86_400, 3600)):
        operator._held_since = now - timedelta(seconds=age)
        with pytest.raises(TaskDeferred) as deferred:
            run(operator)
        assert (deferred.value.trigger.until - now).total_seconds() == pytest.approx(pause, abs=30)
    operator._held_since = now - timedelta(days=7, seconds=1)
    with pytest.raises(AirflowFailException, match="Held for 7 days, and nothing changed: it is night"):
        run(operator)
