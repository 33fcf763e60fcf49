"""TaskRouter: tasks, their end, their list, and the workspace that is set up."""

from __future__ import annotations

import json

import pytest


def test_a_task_is_as_taskrouter_shows_it(tasks, open_one, extra):
    sids = open_one(routed={"attributes": {"mine": "abc"}, "priority": 7, "task_channel_unique_name": "sms"})
    task = tasks(sids["task"]).fetch()
    assert json.loads(task.attributes)["mine"] == "abc"
    assert (task.priority, task.task_channel_unique_name) == (7, "sms")
    assert task.routing_target == extra["worker_sid"]


def test_a_task_is_gone_five_minutes_after_its_end(sandbox, twilio, tasks, open_one, refused):
    sids = open_one()
    twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"]).update(status="closed")
    sandbox.clock.advance("299s")
    assert tasks(sids["task"]).fetch().assignment_status == "canceled"
    assert len(sandbox.tasks) == 1
    sandbox.clock.advance("1s")
    with refused(404, 20404):
        tasks(sids["task"]).fetch()
    assert tasks.list() == []
    assert sandbox.tasks == []


def test_a_task_that_nobody_takes_times_out(sandbox, tasks, open_one):
    sandbox.agent().away()
    sids = open_one(routed={"timeout": 60})
    sandbox.clock.advance("59s")
    assert tasks(sids["task"]).fetch().assignment_status == "pending"
    sandbox.clock.advance("1s")
    assert tasks(sids["task"]).fetch().assignment_status == "canceled"


def test_changes_need_the_current_version(http, tasks, open_one, extra):
    sids = open_one()
    path = f"/v1/Workspaces/{extra['workspace_sid']}/Tasks/{sids['task']}"
    read = http.get(path)
    assert {"etag", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-config"} <= set(
        read.headers
    )
    mine = {"If-Match": read.headers["etag"]}
    changed = http.post(path, data={"Attributes": '{"a": 1}'}, headers=mine)
    assert changed.status_code == 200
    stale = http.post(path, data={"Attributes": '{"a": 2}'}, headers=mine)
    assert (stale.status_code, stale.json()["code"]) == (412, 20412)
    assert json.loads(http.get(path).json()["attributes"]) == {"a": 1}
    assert http.post(path, data={"Priority": "3"}, headers={"If-Match": "*"}).json()["priority"] == 3


def test_ending_through_taskrouter(sandbox, twilio, tasks, open_one, refused):
    sids = open_one()
    task = tasks(sids["task"])
    for status in ("canceled", "completed", "wrapping", "pending"):
        with refused(400, 20001):
            task.update(assignment_status=status, reason="why not")
    sandbox.clock.advance("3s")
    assert task.update(assignment_status="wrapping").assignment_status == "wrapping"
    done = task.update(assignment_status="completed", reason="done")
    assert (done.assignment_status, done.reason) == ("completed", "done")
    assert sandbox.conversation(sids["conversation"]).state == "closed"
    assert sandbox.interactions[0].channel_status == "closed"


@pytest.mark.parametrize("attributes", ["{", "[]", '{"a": "' + "x" * 4096 + '"}'])
def test_wrong_attributes_are_refused(tasks, open_one, refused, attributes):
    sids = open_one()
    with refused(400, 20001):
        tasks(sids["task"]).update(attributes=attributes)


def test_a_list_can_be_filtered(sandbox, twilio, tasks, open_one, extra):
    sandbox.settings.update({"rate_limits": False})
    sandbox.agent("ben").away()
    workers = twilio.taskrouter.v1.workspaces(extra["workspace_sid"]).workers
    [ben] = [each.sid for each in workers.list(friendly_name="ben")]
    first = open_one(routed={"priority": 5, "attributes": {"key": "fx1"}})
    sandbox.clock.advance("1m")
    people = [{"address": "+15005550011", "proxy_address": extra["sms_from"]}]
    second = open_one(
        participants=people, routed={"worker_sid": ben, "priority": 1, "attributes": {"key": "fx2"}}
    )

    def listed(**filters):
        return [each.sid for each in tasks.list(**filters)]

    both = [first["task"], second["task"]]
    assert listed() == both
    assert listed(ordering="DateCreated:desc") == both[::-1]
    assert listed(ordering="Priority:asc,DateCreated:asc") == both[::-1]
    assert listed(priority=5) == both[:1]
    assert listed(assignment_status=["assigned"]) == both[:1]
    assert listed(assignment_status=["assigned", "pending"]) == both
    assert listed(assignment_status=["assigned,pending"]) == both
    assert listed(routing_target=ben) == both[1:]
    assert listed(workflow_sid=extra["workflow_sid"], task_queue_sid=extra["queue_sid"]) == both
    assert listed(task_queue_name="Outreach") == []
    assert listed(has_addons=True) == []
    assert listed(evaluate_task_attributes='key == "fx2"') == both[1:]
    assert listed(evaluate_task_attributes=f"conversationSid == '{first['conversation']}'") == both[:1]
    assert listed(evaluate_task_attributes="key IN ['fx1', 'fx2'] AND channelType = 'sms'") == both
    assert listed(evaluate_task_attributes="key = 'fx1' OR key = 'fx2'") == both
    assert listed(evaluate_task_attributes="key = 'fx2' OR key = 'fx1' OR key == 'fx2'") == both
    assert listed(evaluate_task_attributes="key = 'fx2' OR channelType != 'sms'") == both[1:]
    assert (
        listed(evaluate_task_attributes="channelType != 'web' AND (key = 'fx2' OR key = 'fx3')") == both[1:]
    )
    assert listed(evaluate_task_attributes="key = 'fx3'") == []


def test_changed_attributes_are_found_under_their_new_values(sandbox, tasks, open_one):
    sandbox.settings.update({"rate_limits": False})
    sids = open_one(routed={"attributes": {"key": "old"}})

    def found(value):
        return [each.sid for each in tasks.list(evaluate_task_attributes=f"key == '{value}'")]

    assert (found("old"), found("new")) == ([sids["task"]], [])
    attributes = sids["attributes"] | {"key": "new"}
    tasks(sids["task"]).update(attributes=json.dumps(attributes))
    assert (found("old"), found("new")) == ([], [sids["task"]])


@pytest.mark.parametrize(
    "filters",
    [
        {"evaluate_task_attributes": "my-key == 'x'"},
        {"evaluate_task_attributes": "key =="},
        {"ordering": "Colour:asc"},
        {"ordering": "DateCreated"},
        {"ordering": "DateCreated:asc,VirtualStartTime:asc"},
        {"assignment_status": ["sleeping"]},
        {"workflow_sid": "WW1"},
        {"page_size": 1001},
    ],
)
def test_wrong_filters_are_refused(tasks, refused, filters):
    with refused(400, 20001):
        tasks.list(**filters)


def test_a_new_task_can_be_missing_from_the_list(sandbox, tasks, open_one):
    sandbox.task_list_lag = "5s"
    sids = open_one(routed={"attributes": {"key": "fx1"}})
    query = {"evaluate_task_attributes": "key == 'fx1'"}
    assert tasks(sids["task"]).fetch().sid == sids["task"]
    assert tasks.list(**query) == []
    sandbox.clock.advance("5s")
    assert [each.sid for each in tasks.list(**query)] == [sids["task"]]


def test_the_workspace_can_be_read(twilio, extra, refused):
    [workspace] = twilio.taskrouter.v1.workspaces.list()
    assert workspace.sid == extra["workspace_sid"]
    assert twilio.taskrouter.v1.workspaces.list(friendly_name="elsewhere") == []
    assert workspace.fetch().friendly_name == workspace.friendly_name
    assert [each.sid for each in workspace.workflows.list()] == [extra["workflow_sid"]]
    assert workspace.workflows(extra["workflow_sid"]).fetch().sid == extra["workflow_sid"]
    queues = workspace.task_queues.list()
    assert queues[0].sid == extra["queue_sid"]
    assert len(queues) == 2
    assert workspace.task_queues(queues[1].sid).fetch().friendly_name == "Outreach"
    assert [each.sid for each in workspace.workers.list(friendly_name="ana")] == [extra["worker_sid"]]
    assert workspace.workers(extra["worker_sid"]).fetch().available is True
    assert {"default", "sms", "chat", "email", "voice"} <= {
        each.unique_name for each in workspace.task_channels.list()
    }
    with refused(404, 20404):
        workspace.workers("WK" + "0" * 32).fetch()
    with refused(404, 20404):
        twilio.taskrouter.v1.workspaces("WS" + "0" * 32).tasks.list()


def test_a_task_of_no_interaction(sandbox, twilio, tasks, extra, refused):
    """A program's own task, which an agent accepts as Flex UI does it, and completes."""
    workspace = twilio.taskrouter.v1.workspaces(extra["workspace_sid"])
    sandbox.agent().by_hand()
    made = tasks.create(
        attributes='{"type": "callback"}',
        priority=3,
        timeout=600,
        task_channel="voice",
        routing_target=extra["worker_sid"],
    )
    assert (made.assignment_status, made.ignore_capacity, made.task_channel_unique_name) == (
        "pending",
        True,
        "voice",
    )
    ana = workspace.workers(extra["worker_sid"])
    [reservation] = ana.reservations.list(reservation_status="pending")
    accepted = ana.reservations(reservation.sid).update(reservation_status="accepted")
    assert (accepted.reservation_status, accepted.task_sid) == ("accepted", made.sid)
    assert made.fetch().assignment_status == "assigned"
    with refused(400, 20001):
        ana.reservations(reservation.sid).update(reservation_status="rejected")
    workspace.tasks(made.sid).reservations(reservation.sid).update(reservation_status="wrapping")
    ana.reservations(reservation.sid).update(reservation_status="completed")
    assert made.fetch().assignment_status == "completed"
    assert (sandbox.conversations, [view.interaction_sid for view in sandbox.tasks]) == ([], [""])
    sandbox.clock.advance("5m")
    assert sandbox.tasks == []


def test_an_interactions_task_that_is_accepted_by_rest_brings_the_agent(
    sandbox, twilio, tasks, open_one, extra
):
    sandbox.agent().by_hand()
    sids = open_one()
    [reservation] = tasks(sids["task"]).reservations.list()
    reservation.update(instruction="accept")
    assert {each.identity for each in sandbox.participants if each.identity} == {"ana"}
    channel = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"])
    assert sorted(each.type for each in channel.participants.list()) == ["agent", "customer"]


def test_a_rejection_may_change_what_the_worker_does(sandbox, twilio, tasks, open_one, extra):
    workspace = twilio.taskrouter.v1.workspaces(extra["workspace_sid"])
    [pause] = workspace.activities.list(friendly_name="Break")
    sandbox.agent().by_hand()
    [reservation] = tasks(open_one()["task"]).reservations.list()
    reservation.update(reservation_status="rejected", worker_activity_sid=pause.sid)
    assert workspace.workers(extra["worker_sid"]).fetch().activity_name == "Break"


def test_tasks_of_programs_end_and_vanish(sandbox, twilio, tasks, open_one, extra, refused):
    workspace = twilio.taskrouter.v1.workspaces(extra["workspace_sid"])
    sandbox.agent().handles(1)
    sandbox.agent("ben").goes("Offline")
    sandbox.agent("chloe").goes("Offline")
    full = tasks.create(routing_target=extra["queue_sid"])
    sandbox.clock.advance("3s")
    waits = tasks.create(routing_target=extra["worker_sid"], ignore_capacity="false")
    sandbox.clock.advance("3s")
    assert [full.fetch().assignment_status, waits.fetch().assignment_status] == ["assigned", "pending"]
    assert full.delete()
    sandbox.clock.advance("3s")
    assert waits.fetch().assignment_status == "assigned"
    canceled = tasks.create(routing_target=extra["worker_sid"], ignore_capacity="false")
    assert canceled.update(assignment_status="canceled", reason="no need").reason == "no need"
    with refused(404, 20404):
        full.fetch()
    with refused(400, 20001):
        tasks(open_one()["task"]).delete()
    with refused(400, 20001):
        tasks.create(routing_target="WK" + "0" * 32)
    with refused(501, 20501):
        tasks.create(task_queue_sid=extra["queue_sid"])
    workspace.workflows.create(friendly_name="Second", configuration='{"task_routing": {}}')
    with refused(400, 20001):
        tasks.create(attributes="{}")
