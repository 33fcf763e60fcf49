"""TaskRouter's events: what happened to a task, kept for 30 days, when the task itself is long gone.

https://www.twilio.com/docs/taskrouter/api/event
"""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.twilio.http.call import Call, path, read
from airflow_provider_flexout.twilio.http.resource import Page, Resource

_KEPT_MINUTES = 30 * 24 * 60
_MAX_PAGE_SIZE = 1000


class TaskEvent(Resource):
    """An event of TaskRouter's.

    ``event_type`` is for example ``task.created``, ``reservation.accepted`` or ``task.completed``;
    ``event_data`` holds among others ``task_attributes`` (as they were then, JSON in a string) and
    ``worker_sid``.
    """

    sid: str
    event_type: str | None = None
    event_date_ms: int | None = None
    event_data: dict[str, Any] | None = None


TaskEventPage = Page[TaskEvent]


def list_workspace_events(workspace_sid: str, start_date: str) -> Call[TaskEventPage]:
    """List what happened in a workspace, to all its tasks and workers.

    :param workspace_sid: the workspace, ``WS…``.
    :param start_date: how far back to look, for example ``2026-11-22T00:00:00Z``; 30 days at most.
    """
    return read(
        "ListEvent",
        "taskrouter",
        path("/v1/Workspaces/{}/Events", workspace_sid),
        TaskEventPage,
        StartDate=start_date,
        PageSize=_MAX_PAGE_SIZE,
    )


def list_task_events(workspace_sid: str, task_sid: str, minutes: int = _KEPT_MINUTES) -> Call[TaskEventPage]:
    """List what happened to a task.

    :param workspace_sid: the workspace, ``WS…``.
    :param task_sid: the task, ``WT…``. It may be gone.
    :param minutes: how far back to look, in minutes; 30 days by default, which is as long as events are kept.
    """
    return read(
        "ListEvent",
        "taskrouter",
        path("/v1/Workspaces/{}/Events", workspace_sid),
        TaskEventPage,
        TaskSid=task_sid,
        Minutes=minutes,
        PageSize=_MAX_PAGE_SIZE,
    )
