"""Finding the tasks that Studio flows made, in the list of all events of a workspace."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from airflow_provider_flexout.outreach.results.flow_tasks import EVENTS_KEPT, find_flow_tasks
from airflow_provider_flexout.twilio.api.tasks import TaskEvent, TaskEventPage
from airflow_provider_flexout.twilio.http.resource import ResponseInfo

WORKSPACE = "WS" + "1" * 32


def event(minute, kind, task, conversation, worker=None):
    attributes = json.dumps({"conversationSid": conversation} if conversation else {})
    data = {"task_sid": task, "task_attributes": attributes, "worker_sid": worker}
    return TaskEvent(sid=f"EV{minute}", event_type=kind, event_date_ms=minute * 60_000, event_data=data)


def find(pages, sids, since):
    procedure, calls, page = find_flow_tasks(WORKSPACE, sids, since), [], None
    pages = iter(pages)
    while True:
        try:
            calls.append(procedure.send(page))
        except StopIteration as done:
            return done.value, calls
        page = next(pages)


def page_of(*events, following=None):
    page = TaskEventPage(items=list(events))
    page.attach(ResponseInfo(next_page_path=following))
    return page


def test_the_task_that_an_agent_accepted_last_counts():
    pages = [
        page_of(
            event(1, "task.created", "WT1", "CH1"),
            event(2, "reservation.accepted", "WT1", "CH1", "WK1"),
            event(3, "task.created", "WT9", "CH9"),
            event(4, "task.created", "WT8", None),
            following="/v1/Workspaces/WS/Events?Page=1",
        ),
        page_of(
            event(5, "task.created", "WT2", "CH1"),
            event(6, "reservation.accepted", "WT2", "CH1", "WK2"),
            event(7, "task.created", "WT3", "CH1"),
            event(8, "task.created", "WT4", "CH2"),
        ),
    ]
    found, calls = find(pages, {"CH1", "CH2", "CH3"}, datetime.now(timezone.utc) - timedelta(days=2))
    assert {sid: (one.task_sid, one.worker_sid) for sid, one in found.items()} == {
        "CH1": ("WT2", "WK2"),
        "CH2": ("WT4", None),
    }
    assert len(calls) == 2


def test_no_more_is_asked_for_than_twilio_keeps():
    now = datetime.now(timezone.utc)
    _, (call,) = find([page_of()], {"CH1"}, now - timedelta(days=400))
    started = datetime.fromisoformat(call.query["StartDate"].replace("Z", "+00:00"))
    assert timedelta(0) <= started - (now - EVENTS_KEPT) + timedelta(seconds=1) < timedelta(minutes=1)
    _, (call,) = find([page_of()], {"CH1"}, now - timedelta(days=1))
    assert call.query["StartDate"] == f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
