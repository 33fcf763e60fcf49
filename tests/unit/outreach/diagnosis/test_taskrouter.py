"""Whether a task gets to an agent."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach.diagnosis.finding import Level
from airflow_provider_flexout.outreach.diagnosis.taskrouter import check_task_limit, queues_of
from airflow_provider_flexout.twilio.api.tasks import TaskPage
from airflow_provider_flexout.twilio.api.workspace import Workflow
from airflow_provider_flexout.twilio.http.resource import ResponseInfo
from tests.unit.outreach.diagnosis.conftest import SID


@pytest.mark.parametrize(
    ("field", "subject"),
    [("workspace_sid", "workspace"), ("queue_sid", "queue"), ("worker_sid", "worker")],
)
def test_a_sid_that_the_connection_lacks(diagnosed, field, subject):
    doubts = {one.subject: one.level for one in diagnosed(**{field: None}) if one.level is not Level.GOOD}
    assert doubts == {subject: Level.DOUBTFUL}


@pytest.mark.parametrize(
    ("field", "prefix", "subject"),
    [
        ("workspace_sid", "WS", "workspace"),
        ("workflow_sid", "WW", "workflow"),
        ("queue_sid", "WQ", "queue"),
        ("worker_sid", "WK", "worker"),
    ],
)
def test_a_sid_that_is_not_there(diagnosed, field, prefix, subject):
    wrong = {one.subject: one for one in diagnosed(**{field: prefix + SID}) if one.level is Level.WRONG}
    assert wrong.keys() == {subject}
    assert field in wrong[subject].action


def test_a_single_workflow_needs_no_name_and_one_of_two_does(diagnosed, complaint, send, defaults):
    assert all(one.level is Level.GOOD for one in diagnosed(workflow_sid=None))
    routing = json.dumps({"task_routing": {"default_filter": {"queue": defaults.queue_sid}}})
    form = f"FriendlyName=Second&Configuration={routing}"
    send("POST", f"/v1/Workspaces/{defaults.workspace_sid}/Workflows", form)
    found = complaint(workflow_sid=None)
    assert (found.subject, found.level) == ("workflow", Level.WRONG)


def workflow(send, defaults, *queues: str | None) -> str:
    filters = [{"expression": "1==1", "targets": [{"queue": queue}]} for queue in queues]
    configuration = json.dumps({"task_routing": {"filters": filters}}).replace("=", "%3D")
    form = f"FriendlyName=Ours&Configuration={configuration}"
    return str(send("POST", f"/v1/Workspaces/{defaults.workspace_sid}/Workflows", form)["sid"])


def test_a_workflow_that_does_not_lead_to_the_queue(complaint, sandbox, send, defaults):
    other = [sid for sid in sandbox._store.workspace.queues if sid != defaults.queue_sid]
    found = complaint(workflow_sid=workflow(send, defaults, *other))
    assert (found.subject, found.level) == ("workflow", Level.DOUBTFUL)
    assert str(defaults.queue_sid) in found.seen


def test_a_workflow_that_leads_to_queues_that_are_gone(complaint, send, defaults):
    found = complaint(workflow_sid=workflow(send, defaults, "WQ" + SID))
    assert (found.subject, found.level) == ("workflow", Level.WRONG)
    found = complaint(workflow_sid=workflow(send, defaults, defaults.queue_sid, "WQ" + SID))
    assert (found.subject, found.level) == ("workflow", Level.DOUBTFUL)


@pytest.mark.parametrize(
    "configuration",
    [
        None,
        "",
        "no JSON",
        "[]",
        "{}",
        '{"task_routing": []}',
        '{"task_routing": {"filters": {}, "default_filter": "x"}}',
        '{"task_routing": {"filters": ["x", {"targets": "x"}, {"targets": ["x", {"queue": null}]}]}}',
    ],
)
def test_a_configuration_of_any_form_can_be_read(configuration):
    assert queues_of(Workflow(sid="WW1", configuration=configuration)) == set()


def test_a_queue_that_matches_nobody(diagnosed, send, defaults):
    queues = f"/v1/Workspaces/{defaults.workspace_sid}/TaskQueues"
    queue = send("POST", queues, 'FriendlyName=VIP&TargetWorkers=roles HAS "vip"')["sid"]
    found = {one.subject: one for one in diagnosed(queue_sid=queue) if one.level is not Level.GOOD}
    assert found.keys() == {"queue", "worker", "workflow"}
    assert found["queue"].level is Level.WRONG
    assert "is not among the workers of the queue" in found["worker"].seen


def test_nobody_is_available(diagnosed, sandbox):
    for worker in sandbox._store.workspace.workers.values():
        sandbox.agent(worker.name).goes("Offline")
    found = {one.subject: one for one in diagnosed() if one.level is not Level.GOOD}
    assert {one.level for one in found.values()} == {Level.DOUBTFUL}
    assert "available now: 0" in found["queue"].seen
    assert found["worker"].seen.endswith("is Offline.")


def test_a_worker_who_takes_no_chats(complaint, sandbox, defaults):
    worker = sandbox._store.workspace.workers[defaults.worker_sid]
    chat = next(one for one in sandbox._store.workspace.task_channels.values() if one.unique_name == "chat")
    worker.capacities[chat.sid] = 0
    found = complaint()
    assert (found.subject, found.level) == ("worker", Level.DOUBTFUL)
    assert "takes no tasks of the task channel chat" in found.seen


@pytest.mark.parametrize(
    ("left", "level"),
    [("999", Level.GOOD), ("100", Level.GOOD), ("99", Level.DOUBTFUL), ("0", Level.DOUBTFUL)],
)
def test_how_many_requests_about_tasks_are_left(left, level):
    check = check_task_limit("WS0")
    assert next(check).name == "ListTask"
    page = TaskPage(items=[])
    page.attach(ResponseInfo(rate_limit=("Tasks", "1000", left)))
    with pytest.raises(StopIteration) as done:
        check.send(page)
    [found] = done.value.value
    assert (found.subject, found.level) == ("rate limit", level)
    assert found.seen == f"Requests left: {left} of 1000 (Tasks)."


def test_a_limit_that_twilio_does_not_show_is_no_line():
    check = check_task_limit("WS0")
    next(check)
    with pytest.raises(StopIteration) as done:
        check.send(TaskPage(items=[]))
    assert done.value.value == []


def test_the_limit_is_shown_without_a_worker_too(diagnosed):
    limits = [one.seen for one in diagnosed(worker_sid=None) if one.subject == "rate limit"]
    assert limits == ["Requests left: 999 of 1000 (Tasks)."]
