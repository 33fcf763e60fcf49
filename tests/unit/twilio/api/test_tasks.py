"""Tasks with their attributes, and how far back their events are asked for."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.tasks import (
    Task,
    TaskEventPage,
    TaskPage,
    fetch_task,
    fetch_workspace,
    list_events,
    list_tasks,
    update_task,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_attributes_are_replaced_and_only_if_nobody_has_changed_them():
    call = update_task("WS1", "WT1", attributes="{}").if_match('"7"')
    assert (call.form, call.headers) == ({"Attributes": "{}"}, {"If-Match": '"7"'})
    assert call.retry_safety is RetrySafety.IDEMPOTENT


def test_reading_is_safe():
    for call in (fetch_workspace("WS1"), fetch_task("WS1", "WT1"), list_tasks("WS1")):
        assert call.retry_safety is RetrySafety.SAFE


def test_a_task_has_attributes_and_a_list_has_tasks():
    page = TaskPage.model_validate({"tasks": [{"sid": "WT1", "attributes": '{"a": 1}'}]})
    assert page.items[0].attribute_object == {"a": 1}
    assert Task(sid="WT1", attributes="no").attribute_object == {}


def test_events_are_asked_for_as_far_back_as_they_are_kept():
    call = list_events("WS1", task_sid="WT1")
    assert call.query == {"TaskSid": "WT1", "Minutes": str(30 * 24 * 60), "PageSize": "1000"}
    assert call.retry_safety is RetrySafety.SAFE
    since = list_events("WS1", start_date="2026-11-22T00:00:00Z")
    assert since.query == {"StartDate": "2026-11-22T00:00:00Z", "PageSize": "1000"}


def test_an_event_keeps_its_data():
    page = TaskEventPage.model_validate(
        {"events": [{"sid": "EV1", "event_type": "task.created", "event_data": {"worker_sid": "WK1"}}]}
    )
    assert page.items[0].event_data == {"worker_sid": "WK1"}
