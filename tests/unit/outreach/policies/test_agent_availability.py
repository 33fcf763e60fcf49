"""An outreach is held while no agent could take it, and ever less often checked."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput, NobodyAvailable
from airflow_provider_flexout.outreach.policies.agent_availability import (
    agent_availability_policy,
    warn_of_nobody,
    who_is_missing,
)
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.sandbox.state.seed import WORKSPACE
from airflow_provider_flexout.twilio.api.workspace import (
    QueueStatistics,
    Worker,
    WorkerChannelPage,
    WorkerPage,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def check(ask, defaults, sandbox):
    """Check whether an agent could take a conversation that has been held for so long."""

    def run(held_for=None, **properties):
        routing = {"properties": {"workspace_sid": WORKSPACE.sid} | properties}
        since = None if held_for is None else sandbox.clock.now() - held_for
        return ask(agent_availability_policy(routing, defaults.queue_sid, HOUR, since))

    return run


@pytest.mark.parametrize("routing", [{}, {"queue": "Everyone"}, {"worker": "ana"}])
def test_it_goes_while_somebody_is_available(check, routing):
    assert check(**routing) == Go()


@pytest.mark.parametrize(
    ("held_for", "pause"),
    [(None, 30), (timedelta(minutes=1), 30), (timedelta(minutes=20), 60), (HOUR - timedelta(seconds=10), 10)],
)
def test_it_is_held_for_a_twentieth_of_its_age(check, sandbox, held_for, pause):
    sandbox.agent().goes("Break")
    decision = check(held_for)
    assert isinstance(decision, Hold)
    assert decision.by == "agents"
    assert decision.until - sandbox.clock.now() == timedelta(seconds=pause)


def test_it_is_not_held_for_longer_than_allowed(check, sandbox):
    sandbox.agent().goes("Break")
    with pytest.raises(NobodyAvailable, match="Nobody could take the conversation for 1 hour, so"):
        check(HOUR)


def test_one_worker_is_waited_for_alone(check, sandbox):
    sandbox.agent("ana").goes("Break")
    assert check() == Go()
    assert "is Break." in check(worker="ana").why


def test_nobody_to_ask_is_refused():
    with pytest.raises(InvalidInput, match="require_available_agents: needs to know which agents"):
        agent_availability_policy({"properties": {"workspace_sid": WORKSPACE.sid}}, None, HOUR, None)


def checked(properties, *responses, default_queue=None):
    """Carry the check out with these responses, and give the decision and the calls."""
    routing = {"properties": {"workspace_sid": "WS1"} | properties}
    procedure = agent_availability_policy(routing, default_queue, HOUR, None).check(NOW)
    calls, remaining = [next(procedure)], list(responses)
    try:
        while True:
            calls.append(procedure.send(remaining.pop(0)))
    except StopIteration as done:
        assert not remaining
        return done.value, calls


NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def worker(**of):
    return Worker.model_validate({"sid": "WK1", "friendly_name": "ana"} | of)


def queue(**of):
    return QueueStatistics.model_validate(of)


def workers(*sids):
    return WorkerPage.model_validate({"workers": [{"sid": sid, "friendly_name": sid} for sid in sids]})


def channels(*of):
    rows = [{"sid": "WC1", "available": True, "available_capacity_percentage": 100} | one for one in of]
    return WorkerChannelPage.model_validate({"channels": rows})


def test_a_worker_is_named_with_what_they_do():
    for_one = {"worker_sid": "WK1"}
    assert checked(for_one, worker(available=True))[0] == Go()
    assert checked(for_one, worker(activity_name="Break"))[0].why == "Worker WK1 is Break."
    assert checked(for_one, worker())[0].why == "Worker WK1 is not available."


def test_a_queue_without_available_agents():
    decision, (call,) = checked({"queue_sid": "WQ1"}, queue(total_eligible_workers=3))
    assert decision.why == "Queue WQ1 has 3 agents; available now: 0."
    assert "/WS1/TaskQueues/WQ1/" in call.path
    decision, (call,) = checked({}, queue(total_available_workers=0), default_queue="WQ2")
    assert decision.why == "Queue WQ2 has 0 agents; available now: 0."
    assert "/WQ2/" in call.path


@pytest.mark.parametrize(
    ("available", "tasks", "asks"),
    [
        (2, None, False),
        (2, {"reserved": 1}, False),
        (2, {"reserved": 1, "assigned": 1}, True),
        (2, {"wrapping": 2}, True),
        (2, {"assigned": 2}, True),
        (2, {"pending": 1}, True),
        (2, {"completed": 5}, False),
    ],
)
def test_capacity_is_looked_up_where_every_available_agent_may_have_a_task(available, tasks, asks):
    statistics = queue(total_available_workers=available, tasks_by_status=tasks)
    responses = [statistics, *([workers()] if asks else [])]
    decision, calls = checked({"queue_sid": "WQ1"}, *responses)
    assert len(calls) == 1 + asks
    assert isinstance(decision, Hold) == asks
    if asks:
        waiting = (tasks or {}).get("pending", 0)
        conversations = "1 conversation" if waiting == 1 else f"{waiting} conversations"
        assert decision.why == f"All available agents of queue WQ1 are busy, with {conversations} waiting."
        assert calls[1].query == {"TaskQueueSid": "WQ1", "Available": "true", "PageSize": "20"}


@pytest.mark.parametrize(
    ("target", "of", "room"),
    [
        ({}, {"task_channel_unique_name": "default"}, True),
        ({}, {"task_channel_unique_name": "sms"}, False),
        ({"task_channel_unique_name": "sms"}, {"task_channel_unique_name": "sms"}, True),
        ({"task_channel_sid": "TC1"}, {"task_channel_sid": "TC1"}, True),
        ({"task_channel_sid": "TC1", "task_channel_unique_name": "sms"}, {"task_channel_sid": "TC2"}, False),
        ({}, {"task_channel_unique_name": "default", "available": False}, False),
        ({}, {"task_channel_unique_name": "default", "available_capacity_percentage": 0}, False),
        ({}, {"task_channel_unique_name": "default", "available_capacity_percentage": None}, False),
    ],
)
def test_an_agent_has_room_for_this_kind_of_work(target, of, room):
    full = queue(total_available_workers=1, tasks_by_status={"pending": 1})
    others = [workers("WK1", "WK2"), channels(), channels({"task_channel_unique_name": "other"}, of)]
    decision, calls = checked({"queue_sid": "WQ1"} | target, full, *others)
    assert isinstance(decision, Go) == room
    assert [call.path.split("/")[5] for call in calls[2:]] == ["WK1", "WK2"]


@pytest.mark.parametrize("name", ["worker", "worker_sid", "queue", "queue_sid"])
def test_the_connections_queue_stands_in_for_nobody_who_is_named(name):
    routing = {"properties": {"workspace_sid": "WS1", name: "ana"}}
    assert agent_availability_policy(routing, "WQ1", HOUR, None).routing == routing
    unnamed = {"properties": {"workspace_sid": "WS1", name: None}}
    made = agent_availability_policy(unnamed, "WQ1", HOUR, None).routing["properties"]
    assert made["queue_sid"] == "WQ1"


def missing(properties, *responses, queue_sid=None):
    """Ask who is missing with these responses, and give the answer and the paths that were asked."""
    procedure = who_is_missing({"properties": {"workspace_sid": "WS1"} | properties}, queue_sid)
    paths, remaining = [], list(responses)
    try:
        call = next(procedure)
        while True:
            paths.append(call.path)
            call = procedure.send(remaining.pop(0))
    except StopIteration as done:
        assert not remaining
        return done.value, paths


@pytest.mark.parametrize(("activity", "is_what"), [("Break", "Break"), (None, "not available")])
def test_the_worker_for_whom_it_is_may_be_missing(activity, is_what):
    why, paths = missing({"worker_sid": "WK1"}, worker(activity_name=activity))
    assert why == f"it is for worker WK1, who is {is_what}"
    assert paths == ["/v1/Workspaces/WS1/Workers/WK1"]


def test_a_queue_without_agents_may_be_why_nobody_comes():
    here = {"worker_sid": "WK1", "queue_sid": "WQ1"}
    why, paths = missing(here, worker(available=True), queue(total_eligible_workers=0), queue_sid="WQ2")
    assert why == "queue WQ1 has no agents"
    assert "/TaskQueues/WQ1/" in paths[1]
    why, (path,) = missing({}, queue(), queue_sid="WQ2")
    assert why == "queue WQ2 has no agents"
    assert "/TaskQueues/WQ2/" in path
    assert missing({}, queue(total_eligible_workers=1), queue_sid="WQ2")[0] is None
    assert missing({}) == (None, [])


@pytest.mark.parametrize(("own", "asked"), [({}, "1"), ({"queue_sid": "WQ" + 32 * "2"}, "2")])
def test_the_connections_queue_is_asked_for_agents_where_the_routing_names_none(own, asked):
    routing = {"properties": {"workspace_sid": WORKSPACE.sid} | own}
    call = next(warn_of_nobody(routing, "WQ" + 32 * "1"))
    assert f"/Workspaces/{WORKSPACE.sid}/TaskQueues/WQ{32 * asked}/" in call.path
