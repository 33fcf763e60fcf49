"""TaskRouter's events: what happened to a task, also when it is gone."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def events(twilio, extra):
    return twilio.taskrouter.v1.workspaces(extra["workspace_sid"]).events


def test_the_events_of_a_task_outlive_it(sandbox, events, tasks, open_one, extra, refused):
    sandbox.agent().accepts(after="20s").finishes(after="5m", outcome={"sold": True}, wrap_up="1m")
    sids = open_one()
    sandbox.clock.advance("1h")
    with refused(404, 20404):
        tasks(sids["task"]).fetch()
    assert events.list(task_sid=sids["task"]) == []  # only the last 15 minutes, unless asked for more
    found = events.list(task_sid=sids["task"], minutes=120)
    assert [one.event_type for one in found] == [
        "task.created",
        "reservation.created",
        "reservation.accepted",
        "task.updated",
        "task.wrapup",
        "task.completed",
    ]
    created, _, accepted, *_, completed = found
    assert (accepted.event_date - created.event_date).total_seconds() == 20
    assert (completed.event_date - accepted.event_date).total_seconds() == 360
    assert accepted.event_data["worker_sid"] == extra["worker_sid"]
    assert accepted.event_data["task_assignment_status"] == "assigned"
    assert "outcome" not in json.loads(accepted.event_data["task_attributes"])
    assert json.loads(completed.event_data["task_attributes"])["outcome"] == {"sold": True}
    assert events(completed.sid).fetch().event_type == "task.completed"


def test_a_decline_is_an_event_of_its_own(sandbox, events, open_one):
    sandbox.agent().declines(after="5s")
    sids = open_one()
    sandbox.clock.advance("1m")
    found = events.list(task_sid=sids["task"])
    assert [one.event_type for one in found][-2:] == ["reservation.rejected", "task.canceled"]
    assert found[-1].event_data["task_canceled_reason"] == "The worker rejected the invite"


def test_filters_and_pages(sandbox, events, open_one, extra, refused):
    mine, other = open_one(), open_one()
    sandbox.clock.advance("1m")
    assert {one.resource_sid for one in events.list(event_type="task.created")} == {
        mine["task"],
        other["task"],
    }
    assert {one.event_data["task_sid"] for one in events.list(task_sid=mine["task"])} == {mine["task"]}
    assert len(events.list(worker_sid=extra["worker_sid"], event_type="reservation.accepted")) == 2
    assert len(events.list(page_size=1)) == len(events.list())
    with refused(404, 20404):
        events("EV" + "0" * 32).fetch()
