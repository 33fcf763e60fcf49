"""An outreach is held while nobody could take it, and not dropped."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.version_compat import TaskDeferred

STATISTICS, WORKER = "FetchTaskQueueRealTimeStatistics", "FetchWorker"


def create(**arguments):
    given = {"task_id": "create", "channel": "sms", "to": "+12025550117", "require_available_agents": True}
    return CreateInteractionOperator(**given | arguments)


def by_queue(**arguments):
    return create(**{"initiated_by": "api", "routing": {"queue": "Everyone"}} | arguments)


def asked(served):
    return [one.operation for one in served.requests]


@pytest.fixture
def busy(served, run):
    """Everybody has one conversation, which is all they may have, and one more waits."""
    served.agent().accepts(after=0).handles(1, "sms")
    for number in range(4):
        run(
            CreateInteractionOperator(
                task_id=f"other_{number}",
                channel="sms",
                to=f"+1202555012{number}",
                initiated_by="api",
                routing={"task_channel": "sms"},
            )
        )
        served.clock.advance("1s")
    assert sorted(one.status for one in served.tasks) == ["assigned"] * 3 + ["pending"]


@pytest.mark.parametrize(("make", "question"), [(by_queue, STATISTICS), (create, WORKER)])
def test_one_question_when_somebody_is_available(run, served, make, question):
    assert run(make()).xcoms["created"]
    steps = ["CreateConversation", "CreateConversationParticipant", "CreateInteraction", "UpdateConversation"]
    named = {"ListTaskQueue"}
    assert [one for one in asked(served) if one not in named] == ["FetchConversation", question, *steps]


@pytest.mark.parametrize("make", [by_queue, create])
def test_it_is_held_until_somebody_is_available(run, served, make):
    served.agent().goes("Break")
    operator = make()
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    assert not served.conversations
    until = deferred.value.trigger.until - datetime.now(timezone.utc)
    assert 20 < until.total_seconds() <= 30
    served.agent("ana").goes("Available")
    opened = run(make(), resume=deferred.value).xcoms["return_value"]
    assert [one.sid for one in served.tasks] == [opened["task_sid"]]


def test_a_conversation_for_one_worker_waits_for_that_one(run, served):
    served.agent("ben").goes("Break")
    assert run(create(routing={"worker": "ana"})).xcoms["created"]
    with pytest.raises(TaskDeferred):
        run(create(routing={"worker": "ben"}), run_id="another")


def test_agents_who_have_all_they_may_are_not_available(run, served, busy):
    operator = by_queue(routing={"queue": "Everyone", "task_channel": "sms"})
    with pytest.raises(TaskDeferred):
        run(operator)
    served.agent("chloe").handles(3, "sms")
    served.clock.advance("1s")
    assert run(operator).xcoms["created"]


def test_the_last_room_is_known_to_be_taken_before_anybody_waits(run, served):
    served.agent().accepts(after=0).handles(1, "sms")
    for number in range(3):
        opened = by_queue(
            task_id=f"open_{number}",
            to=f"+1202555012{number}",
            routing={"queue": "Everyone", "task_channel": "sms"},
        )
        assert run(opened).xcoms["created"]
        served.clock.advance("1s")
    with pytest.raises(TaskDeferred):
        run(by_queue(routing={"queue": "Everyone", "task_channel": "sms"}))
    assert [one.status for one in served.tasks] == ["assigned"] * 3


def test_another_kind_of_work_has_room_of_its_own(run, served, busy):
    assert run(by_queue(routing={"queue": "Everyone", "task_channel": "chat"})).xcoms["created"]


@pytest.mark.parametrize("limit", [timedelta(minutes=10), 600, "10m", "PT10M"])
def test_the_wait_has_a_limit(run, served, limit):
    served.agent().goes("Break")
    operator = by_queue(available_timeout=limit)
    now = datetime.now(timezone.utc)
    operator._held_by = "agents"
    operator._held_since = now - timedelta(minutes=9, seconds=58)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    assert deferred.value.trigger.until == operator._held_since + timedelta(minutes=10)
    operator._held_since = now - timedelta(minutes=10)
    with pytest.raises(AirflowFailException, match=r"for 10 minutes, .* has 3 agents; available now: 0"):
        run(operator)
    assert not served.conversations


def test_the_limit_counts_from_when_agents_were_first_lacking(run, served):
    served.agent().goes("Break")
    operator = by_queue(available_timeout="10m")
    operator._held_since = datetime.now(timezone.utc) - timedelta(hours=9)  # by the night
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    since = datetime.fromisoformat(deferred.value.trigger.resume_data["held_since"])
    assert datetime.now(timezone.utc) - since < timedelta(minutes=1)
    assert deferred.value.trigger.resume_data["held_by"] == "agents"


def test_what_is_open_already_is_not_held(run, served):
    first = run(by_queue()).xcoms["return_value"]
    served.agent().goes("Break")
    assert run(by_queue(), try_number=2).xcoms["return_value"] == first | {"created": False}


def test_it_has_to_know_whom_to_ask(run, served, use_connection):
    use_connection(queue_sid=None, worker_sid=None)
    with pytest.raises(AirflowFailException, match="require_available_agents"):
        run(create(initiated_by="api"))
    assert asked(served) == []


def test_the_connections_queue_is_asked_when_the_routing_names_none(run, served):
    assert run(create(initiated_by="api")).xcoms["created"]
    assert STATISTICS in asked(served)
