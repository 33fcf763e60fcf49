"""What happened to a task is asked for as far back as it is kept."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.task_events import TaskEventPage, list_events
from airflow_provider_flexout.twilio.http.call import RetrySafety


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
