"""Queues, workers and channels of a workspace."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api.workspace import (
    QueueStatistics,
    TaskChannelPage,
    TaskQueuePage,
    WorkerChannelPage,
    WorkerPage,
    WorkflowPage,
    fetch_queue_statistics,
    list_workers,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


@pytest.mark.parametrize(
    ("page", "key"),
    [
        (TaskQueuePage, "task_queues"),
        (WorkflowPage, "workflows"),
        (TaskChannelPage, "channels"),
        (WorkerPage, "workers"),
        (WorkerChannelPage, "channels"),
    ],
)
def test_each_list_names_its_items_after_the_resource(page, key):
    assert [one.sid for one in page.model_validate({key: [{"sid": "X1"}]}).items] == ["X1"]


@pytest.mark.parametrize(("available", "text"), [(True, "true"), (False, "false"), (None, None)])
def test_availability_is_asked_for_in_small_letters(available, text):
    assert list_workers("WS1", available=available).query.get("Available") == text


def test_statistics_may_leave_out_what_they_do_not_know():
    assert QueueStatistics.model_validate({"tasks_by_status": {}}).total_available_workers is None
    assert fetch_queue_statistics("WS1", "WQ1").retry_safety is RetrySafety.SAFE
