"""Workflows: which queue and which agents a task comes to, and how a task ends that nobody takes."""

from __future__ import annotations

import json

import pytest

CANCELED = ("canceled", "Task canceled on Workflow timeout")


@pytest.fixture
def workspace(twilio, extra):
    return twilio.taskrouter.v1.workspaces(extra["workspace_sid"])


@pytest.fixture
def queues(workspace):
    """Three queues by name; each takes the agent of its name."""
    for name in ("ana", "ben", "chloe"):
        [worker] = workspace.workers.list(friendly_name=name)
        worker.update(attributes=json.dumps({"names": [name]}))
    return {
        name: workspace.task_queues.create(friendly_name=name, target_workers=f"names HAS '{name}'").sid
        for name in ("ana", "ben", "chloe")
    }


@pytest.fixture
def workflow(workspace):
    def make(*filters, **routing):
        configuration = json.dumps({"task_routing": {"filters": filters, **routing}})
        return workspace.workflows.create(friendly_name="Ours", configuration=configuration).sid

    return make


@pytest.fixture
def routed(open_one, extra):
    """Open an interaction that a workflow finds an agent for, each with a customer of its own."""
    numbers = iter(range(5010, 5099))

    def make(workflow_sid, **attributes):
        person = {"address": f"+1500555{next(numbers)}", "proxy_address": extra["sms_from"]}
        routing = {"workflow_sid": workflow_sid, "worker_sid": None, "queue_sid": None}
        routing["attributes"] = attributes
        return open_one(routing, initiated_by="api", participants=[person])["task"]

    return make


@pytest.fixture
def ended(tasks):
    def ask(task):
        shown = tasks(task).fetch()
        return shown.assignment_status, shown.reason

    return ask


def selected(expression, *targets):
    return {"filter_friendly_name": expression, "expression": expression, "targets": list(targets)}


def offers(workspace, task):
    return [(each.worker_name, each.reservation_status) for each in workspace.tasks(task).reservations.list()]


def test_the_first_filter_that_takes_a_task_chooses_its_queue(sandbox, workspace, queues, workflow, routed):
    sid = workflow(
        selected("type == 'sales'", {"queue": queues["ana"], "priority": 7}),
        selected("type IN ['sales', 'support']", {"queue": queues["ben"]}),
        default_filter={"queue": queues["chloe"]},
    )
    made = {type_: routed(sid, type=type_) for type_ in ("sales", "support", "other")}
    shown = {type_: workspace.tasks(task).fetch() for type_, task in made.items()}
    assert {type_: task.task_queue_friendly_name for type_, task in shown.items()} == {
        "sales": "ana",
        "support": "ben",
        "other": "chloe",
    }
    assert [task.priority for task in shown.values()] == [7, 0, 0]
    sandbox.clock.advance("3s")
    assert [offers(workspace, task) for task in made.values()] == [
        [("ana", "accepted")],
        [("ben", "accepted")],
        [("chloe", "accepted")],
    ]


def test_a_task_that_no_filter_takes_is_canceled(sandbox, twilio, queues, workflow, routed, ended, extra):
    task = routed(workflow(selected("type == 'sales'", {"queue": queues["ana"]})), type="slaes")
    sandbox.clock.advance("1s")
    assert ended(task) == CANCELED
    assert sandbox.conversations[0].state == "active"
    shown = twilio.taskrouter.v1.workspaces(extra["workspace_sid"]).tasks(task).fetch()
    assert (shown.task_queue_sid, shown.task_queue_friendly_name) == (None, None)


def test_a_task_that_no_filter_takes_may_wait(sandbox, queues, workflow, routed, ended):
    sandbox.settings.unmatched_task = "wait"
    task = routed(workflow(selected("type == 'sales'", {"queue": queues["ana"]})))
    sandbox.clock.advance("23h")
    sandbox.agent("ana").goes("Available")
    assert ended(task) == ("pending", None)
    sandbox.clock.advance("1h")
    assert ended(task) == ("canceled", "Task TTL Exceeded")


def test_a_task_for_one_worker_or_one_queue_asks_no_filter(sandbox, workspace, workflow, open_one, extra):
    sid = workflow()
    for_ana = open_one({"workflow_sid": sid})["task"]
    person = {"address": "+15005550199", "proxy_address": extra["sms_from"]}
    for_queue = open_one(
        {"workflow_sid": sid, "worker_sid": None}, initiated_by="api", participants=[person]
    )["task"]
    sandbox.clock.advance("3s")
    assert offers(workspace, for_ana) == [("ana", "accepted")]
    assert len(offers(workspace, for_queue)) == 1


def test_a_task_goes_from_target_to_target_and_then_ends(sandbox, workspace, queues, workflow, routed, ended):
    sandbox.agent().goes("Break")
    sid = workflow(
        selected(
            "1==1",
            {"queue": queues["ana"], "timeout": 30},
            {"queue": queues["ben"], "timeout": 30, "priority": 5},
        ),
        default_filter={"queue": queues["chloe"]},
    )
    task = routed(sid)
    seen = []
    for _ in range(3):
        shown = workspace.tasks(task).fetch()
        seen.append((shown.assignment_status, shown.task_queue_friendly_name, shown.priority))
        sandbox.clock.advance("29s")
    assert seen == [("pending", "ana", 0), ("pending", "ana", 0), ("pending", "ben", 5)]
    assert ended(task) == CANCELED


def test_who_becomes_free_in_time_gets_it(sandbox, workspace, queues, workflow, routed):
    sandbox.agent().goes("Break")
    sid = workflow(
        selected("1==1", {"queue": queues["ana"], "timeout": 30}, {"queue": queues["ben"], "timeout": 30})
    )
    task = routed(sid)
    sandbox.clock.advance("40s")
    sandbox.agent("ana").goes("Available")
    sandbox.clock.advance("3s")
    assert offers(workspace, task) == []
    sandbox.agent("ben").goes("Available")
    sandbox.clock.advance("3s")
    assert offers(workspace, task) == [("ben", "accepted")]


def test_a_reservation_outlasts_the_timeout_of_its_target(sandbox, workspace, queues, workflow, routed):
    sandbox.agent("ana").declines(after="60s")
    sid = workflow(
        selected("1==1", {"queue": queues["ana"], "timeout": 30}, {"queue": queues["ben"], "timeout": 90})
    )
    task = routed(sid)
    sandbox.clock.advance("59s")
    assert offers(workspace, task) == [("ana", "pending")]
    sandbox.clock.advance("10s")
    assert offers(workspace, task) == [("ana", "rejected"), ("ben", "accepted")]


def test_a_target_may_be_skipped_when_nobody_is_there(sandbox, workspace, queues, workflow, routed, ended):
    sandbox.agent("ana").goes("Break")
    sandbox.agent("ben").goes("Break")
    nobody = {"skip_if": "workers.available == 0", "timeout": 60}
    sid = workflow(
        selected("1==1", {"queue": queues["ana"], **nobody}, {"queue": queues["ben"], **nobody}),
        selected("vip == true", {"queue": queues["chloe"]}),
    )
    first, second = routed(sid, vip=True), routed(sid)
    sandbox.clock.advance("3s")
    assert offers(workspace, first) == [("chloe", "accepted")]
    assert ended(second) == CANCELED
    [ana] = workspace.workers.list(friendly_name="ana")
    counted = workflow(
        selected(
            "1==1",
            {
                "queue": queues["ana"],
                "skip_if": f"workers.{ana.activity_sid} > 0 AND workers.unavailable > 0",
            },
            {"queue": queues["chloe"]},
        )
    )
    third = routed(counted)
    sandbox.clock.advance("3s")
    assert offers(workspace, third) == [("chloe", "accepted")]


def test_a_target_may_want_some_workers_only(sandbox, workspace, workflow, routed, extra):
    for name, level in (("ana", 1), ("ben", 3), ("chloe", 2)):
        [worker] = workspace.workers.list(friendly_name=name)
        worker.update(attributes=json.dumps({"level": level, "contact": name}))
    everyone = {"queue": extra["queue_sid"]}

    def taken(**target):
        task = routed(
            workflow(selected("1==1", everyone | target)), wants=2, agent="chloe", person=worker.sid
        )
        sandbox.clock.advance("3s")
        return [name for name, _ in offers(workspace, task)]

    assert taken(expression="worker.level == task.wants") == ["chloe"]
    assert taken(
        expression="worker.activity_name == 'Available' AND worker.sid != task.person",
        order_by="worker.level",
    ) == ["ana"]
    assert taken(order_by="worker.level DESC") == ["ben"]
    assert taken(known_worker_sid="task.person") == ["chloe"]
    assert taken(known_worker_sid=worker.sid) == ["chloe"]
    assert taken(known_worker_friendly_name="task.agent") == ["chloe"]
    assert taken(expression="worker.channel.default.assigned_tasks == 99") == []


def test_tasks_that_want_different_workers_do_not_hold_each_other_up(
    sandbox, workspace, workflow, routed, extra
):
    sandbox.agent().goes("Break")
    target = {"queue": extra["queue_sid"], "expression": "worker.friendly_name == task.agent"}
    sid = workflow(selected("1==1", target))
    first, second = routed(sid, agent="ana"), routed(sid, agent="ben")
    sandbox.agent("ben").goes("Available")
    sandbox.clock.advance("3s")
    assert (offers(workspace, first), offers(workspace, second)) == ([], [("ben", "accepted")])


def test_targets_whose_queue_is_gone_are_passed_over(sandbox, workspace, queues, workflow, routed):
    task = routed(workflow(selected("1==1", {"queue": "WQ" + "0" * 32}, {"queue": queues["ben"]})))
    sandbox.clock.advance("3s")
    assert offers(workspace, task) == [("ben", "accepted")]


def test_a_configuration_that_cannot_be_understood_is_refused(workflow, refused, queues):
    with refused(400, 20001) as error:
        workflow(selected("type ==", {"queue": queues["ana"]}))
    assert "filters[0].expression can't be read" in error.message
    with refused(400, 20001) as error:
        workflow(selected("1==1", {"queue": queues["ana"], "colour": "red"}))
    assert "colour" in error.message


def test_the_connections_workflow_can_be_given_a_configuration(sandbox, workspace, extra, routed, ended):
    queue = "WQ" + "7" * 32
    sandbox.workflow({"task_routing": {"filters": [selected("topic == 'delivery'", {"queue": queue})]}})
    task, other = routed(extra["workflow_sid"], topic="delivery"), routed(extra["workflow_sid"], topic="x")
    assert workspace.tasks(task).fetch().task_queue_sid == queue
    sandbox.clock.advance("3s")
    assert [status for _, status in offers(workspace, task)] == ["accepted"]
    assert ended(other) == CANCELED
    with pytest.raises(ValueError, match="colour"):
        sandbox.workflow({"task_routing": {"colour": 1}})
    sandbox.reset()
    assert json.loads(workspace.workflows(extra["workflow_sid"]).fetch().configuration) == {
        "task_routing": {"filters": [], "default_filter": {"queue": extra["queue_sid"]}}
    }
