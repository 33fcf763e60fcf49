"""The contact centre: queues, workers with activities and capacities, and to whom tasks are offered."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def workspace(twilio, extra):
    return twilio.taskrouter.v1.workspaces(extra["workspace_sid"])


@pytest.fixture
def worker(workspace):
    def find(name):
        [found] = workspace.workers.list(friendly_name=name)
        return found

    return find


@pytest.fixture
def routed(open_one, extra):
    """Open an interaction that a workflow finds an agent for, each with a customer of its own."""
    numbers = iter(range(5010, 5099))

    def make(**routing):
        person = {"address": f"+1500555{next(numbers)}", "proxy_address": extra["sms_from"]}
        nobody = {"worker_sid": None, "queue_sid": None}
        return open_one(nobody | routing, initiated_by="api", participants=[person])["task"]

    return make


def offers(workspace, task):
    return [(each.worker_name, each.reservation_status) for each in workspace.tasks(task).reservations.list()]


def test_activities_make_workers_available_or_not(sandbox, workspace, worker):
    activities = {each.friendly_name: each.sid for each in workspace.activities.list()}
    assert {each.friendly_name for each in workspace.activities.list(available=True)} == {"Available"}
    worker("ana").update(activity_sid=activities["Break"])
    sandbox.agent("ben").goes("Unavailable")
    sandbox.agent("chloe").away()
    shown = {each.friendly_name: (each.activity_name, each.available) for each in workspace.workers.list()}
    assert shown == {
        "ana": ("Break", False),
        "ben": ("Unavailable", False),
        "chloe": ("Offline", False),
    }
    assert workspace.workers.list(available="1") == []
    worker("chloe").update(activity_sid=activities["Available"])
    assert [each.friendly_name for each in workspace.workers.list(available="true")] == ["chloe"]
    assert len(workspace.workers.list(activity_name="Break")) == 1


def test_a_task_waits_for_somebody_to_be_available(sandbox, workspace, routed, worker, extra):
    sandbox.agent().goes("Break")
    task = routed()
    sandbox.clock.advance("10m")
    statistics = workspace.task_queues(extra["queue_sid"]).real_time_statistics().fetch()
    assert (statistics.total_eligible_workers, statistics.total_available_workers) == (3, 0)
    assert statistics.tasks_by_status["pending"] == statistics.total_tasks == 1
    assert (statistics.longest_task_waiting_age, statistics.longest_task_waiting_sid) == (600, task)
    assert {each["friendly_name"]: each["workers"] for each in statistics.activity_statistics}["Break"] == 3
    sandbox.agent("ben").goes("Available")
    sandbox.clock.advance("3s")
    assert offers(workspace, task) == [("ben", "accepted")]


def test_capacity_bounds_what_a_worker_has_at_once(sandbox, workspace, routed, worker, extra):
    sandbox.agent("ana").goes("Offline")
    sandbox.agent("ben").goes("Offline")
    sandbox.agent("chloe").handles(1, "sms").finishes(after="10m")
    first, second = (routed(task_channel_unique_name="sms") for _ in range(2))
    other = routed(task_channel_unique_name="chat")
    sandbox.clock.advance("1m")
    assert offers(workspace, first) == offers(workspace, other) == [("chloe", "accepted")]
    assert offers(workspace, second) == []
    channels = {each.task_channel_unique_name: each for each in worker("chloe").worker_channels.list()}
    sms = channels["sms"]
    assert (sms.assigned_tasks, sms.configured_capacity, sms.available_capacity_percentage) == (1, 1, 0)
    assert channels["chat"].available_capacity_percentage > 90
    queue = workspace.task_queues(extra["queue_sid"]).real_time_statistics()
    assert queue.fetch(task_channel="sms").tasks_by_status["pending"] == 1
    assert queue.fetch(task_channel="chat").tasks_by_status["pending"] == 0
    sandbox.clock.advance("10m")
    assert offers(workspace, first) == [("chloe", "completed")]
    assert offers(workspace, second) == [("chloe", "accepted")]


def test_more_capacity_takes_what_waits(sandbox, workspace, routed, worker):
    for name in ("ana", "ben"):
        sandbox.agent(name).goes("Offline")
    sandbox.agent("chloe").handles(0)
    task = routed()
    sandbox.clock.advance("1m")
    assert offers(workspace, task) == []
    [default] = [
        each for each in worker("chloe").worker_channels.list() if each.task_channel_unique_name == "default"
    ]
    worker("chloe").worker_channels(default.sid).update(capacity=1)
    sandbox.clock.advance("1m")
    assert offers(workspace, task) == [("chloe", "accepted")]


def test_a_task_for_one_worker_ignores_capacity(sandbox, workspace, open_one):
    sandbox.agent().handles(0)
    task = open_one()["task"]
    sandbox.clock.advance("1m")
    assert offers(workspace, task) == [("ana", "accepted")]


def test_who_declines_or_does_not_answer_passes_it_on(sandbox, workspace, routed, worker):
    sandbox.agent("ana").declines(after="5s")
    sandbox.agent("ben").misses()
    sandbox.agent("chloe").declines(after="5s")
    task = routed()
    sandbox.clock.advance("1h")
    assert sorted(offers(workspace, task)) == [("ana", "rejected"), ("ben", "timeout"), ("chloe", "rejected")]
    assert workspace.tasks(task).fetch().assignment_status == "pending"
    assert worker("ben").activity_name == "Offline"
    workspace.workers.create(
        friendly_name="dora", activity_sid=worker("ana").activity_sid, attributes='{"roles": ["agent"]}'
    )
    sandbox.clock.advance("3s")
    assert offers(workspace, task)[-1] == ("dora", "accepted")
    assert {each.identity for each in sandbox.participants if each.identity} == {"dora"}


@pytest.mark.parametrize(("does", "status"), [("declines", "rejected"), ("misses", "timeout")])
def test_a_task_for_one_worker_ends_with_them(sandbox, workspace, open_one, does, status):
    getattr(sandbox.agent("ana"), does)()
    task = open_one()["task"]
    sandbox.clock.advance("2m")
    assert workspace.tasks(task).fetch().assignment_status == "canceled"
    assert offers(workspace, task) == [("ana", status)]


def test_a_queue_of_specialists(sandbox, workspace, routed):
    queue = workspace.task_queues.create(friendly_name="Specialists", target_workers="skills HAS 'billing'")
    configuration = json.dumps({"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}})
    workflow = workspace.workflows.create(friendly_name="To specialists", configuration=configuration)
    task = routed(workflow_sid=workflow.sid)
    sandbox.clock.advance("1m")
    shown = workspace.tasks(task).fetch()
    assert (shown.task_queue_friendly_name, shown.workflow_friendly_name) == ("Specialists", "To specialists")
    assert offers(workspace, task) == []
    [available] = workspace.activities.list(available=True)
    dora = workspace.workers.create(
        friendly_name="dora", activity_sid=available.sid, attributes='{"skills": ["billing"]}'
    )
    sandbox.clock.advance("3s")
    assert offers(workspace, task) == [("dora", "accepted")]
    assert [each.sid for each in workspace.workers.list(task_queue_sid=queue.sid)] == [dora.sid]
    assert [each.sid for each in workspace.task_queues.list(worker_sid=dora.sid)][-1] == queue.sid
    expression = "skills HAS 'billing'"
    assert [each.sid for each in workspace.workers.list(target_workers_expression=expression)] == [dora.sid]


def test_a_sandbox_forgets_who_was_taken_on(sandbox, workspace):
    workspace.workers.create(friendly_name="dora")
    sandbox.reset()
    assert len(workspace.workers.list()) == 3


def test_who_handled_a_task_and_how_it_ended(sandbox, workspace, open_one, tasks):
    sandbox.agent("ana").accepts(after="10s").finishes(after="5m", outcome={"sold": True}, wrap_up="1m")
    sids = open_one()
    sandbox.clock.advance("7m")
    [view] = sandbox.tasks
    assert (view.worker, view.status) == ("ana", "completed")
    assert view.attributes["outcome"] == {"sold": True}
    [offer] = view.reservations
    assert (offer.worker, offer.status) == ("ana", "completed")
    assert (offer.updated - offer.created).total_seconds() == 10 + 300 + 60
    assert json.loads(tasks(sids["task"]).fetch().attributes)["outcome"] == {"sold": True}


@pytest.mark.parametrize(
    "make",
    [
        lambda workspace: workspace.workers.create(friendly_name="ana"),
        lambda workspace: workspace.workers.create(friendly_name="dora", activity_sid="WA" + "0" * 32),
        lambda workspace: workspace.workers.create(friendly_name="dora", attributes="[]"),
        lambda workspace: workspace.task_queues.create(friendly_name="x", target_workers="=="),
        lambda workspace: workspace.workflows.create(friendly_name="x", configuration="{"),
    ],
)
def test_wrong_set_ups_are_refused(workspace, refused, make):
    with refused(400, 20001):
        make(workspace)


def test_wrong_scripts_are_refused(sandbox):
    with pytest.raises(ValueError, match="Lunch"):
        sandbox.agent().goes("Lunch")
    with pytest.raises(ValueError, match="fax"):
        sandbox.agent().handles(1, "fax")
    with pytest.raises(ValueError, match="zoe"):
        sandbox.agent("zoe")


@pytest.mark.parametrize(
    "make",
    [
        lambda workspace: workspace.task_queues.create(friendly_name="x", task_order="LIFO"),
        lambda workspace: workspace.task_queues.create(friendly_name="x", max_reserved_workers=2),
        lambda workspace: workspace.task_queues.create(friendly_name="x", assignment_activity_sid="WA1"),
        lambda workspace: workspace.workflows.create(
            friendly_name="x",
            configuration='{"task_routing": {}}',
            assignment_callback_url="https://x.example",
        ),
    ],
)
def test_what_would_have_no_effect_is_absent(workspace, refused, make):
    with refused(501, 20501):
        make(workspace)


def test_what_is_in_use_cannot_be_deleted(sandbox, workspace, routed, worker, extra, refused):
    sandbox.agent().accepts(after=0)
    routed()
    [available] = workspace.activities.list(available=True)
    for used in (
        workspace.workflows(extra["workflow_sid"]),
        workspace.task_queues(extra["queue_sid"]),
        workspace.activities(available.sid),
        next(
            each
            for each in workspace.workers.list()
            if each.friendly_name == offers(workspace, sandbox.tasks[0].sid)[0][0]
        ),
    ):
        with refused(400, 20001):
            used.delete()


def test_a_changed_workflow_leads_elsewhere(sandbox, workspace, routed, extra):
    sandbox.agent().goes("Break")
    task = routed()
    other = workspace.task_queues.create(friendly_name="Other")
    configuration = json.dumps({"task_routing": {"default_filter": {"queue": other.sid}}})
    workflow = workspace.workflows(extra["workflow_sid"])
    assert workflow.update(configuration=configuration).configuration == configuration
    assert workspace.tasks(task).fetch().task_queue_sid == extra["queue_sid"]
    workflow.update(re_evaluate_tasks="true", task_reservation_timeout=5)
    assert workspace.tasks(task).fetch().task_queue_sid == other.sid


def test_the_statistics_of_now(sandbox, workspace, routed, worker, extra):
    sandbox.agent("ana").goes("Break")
    sandbox.agent("ben").goes("Offline")
    sandbox.agent("chloe").handles(0, "sms")
    task = routed(task_channel_unique_name="sms", priority=4)
    sandbox.clock.advance("1m")
    whole = workspace.real_time_statistics().fetch()
    assert (whole.total_workers, whole.total_tasks, whole.longest_task_waiting_sid) == (3, 1, task)
    assert (whole.longest_task_waiting_age, whole.tasks_by_priority) == (60, {"4": 1})
    doing = {each["friendly_name"]: each["workers"] for each in whole.activity_statistics}
    assert (doing["Break"], doing["Offline"], doing["Available"]) == (1, 1, 1)
    flow = workspace.workflows(extra["workflow_sid"]).real_time_statistics()
    assert flow.fetch().tasks_by_status["pending"] == 1
    assert flow.fetch(task_channel="chat").total_tasks == 0
    assert workspace.workers.real_time_statistics().fetch().total_workers == 3


def test_a_worker_may_reject_all_that_was_offered(sandbox, workspace, worker, open_one):
    sandbox.agent().by_hand()
    task = open_one()["task"]
    worker("ana").update(reject_pending_reservations=True)
    assert offers(workspace, task) == [("ana", "rejected")]
