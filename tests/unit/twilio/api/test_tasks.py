"""Tasks and their attributes."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.tasks import (
    Task,
    TaskPage,
    fetch_task,
    fetch_workspace,
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
