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


def list_events(
    workspace_sid: str, *, task_sid: str | None = None, start_date: str | None = None
) -> Call[TaskEventPage]:
    """List what happened in a workspace, to a task or to all of its tasks and workers.

    :param workspace_sid: the workspace, ``WS…``.
    :param task_sid: the one task, ``WT…``, which may be gone; all by default.
    :param start_date: how far back to look, for example ``2026-11-22T00:00:00Z``; by default as far as events
        are kept, which is 30 days.
    """
    place = path("/v1/Workspaces/{}/Events", workspace_sid)
    minutes = _KEPT_MINUTES if start_date is None else None
    query = {"TaskSid": task_sid, "StartDate": start_date, "Minutes": minutes, "PageSize": _MAX_PAGE_SIZE}
    return read("ListEvent", "taskrouter", place, TaskEventPage, **query)
