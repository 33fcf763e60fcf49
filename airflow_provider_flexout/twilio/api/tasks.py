"""TaskRouter: the tasks that stand for conversations in the agents' queues, and what happened to them.

* tasks: https://www.twilio.com/docs/taskrouter/api
* events, kept for 30 days, when the task itself is long gone: https://www.twilio.com/docs/taskrouter/api/event
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import Page, Resource, ResourceWithAttributes

_WORKSPACE = "/v1/Workspaces/{}"
_KEPT_MINUTES = 30 * 24 * 60
_MAX_PAGE_SIZE = 1000


class Workspace(Resource):
    """A workspace."""

    sid: str
    account_sid: str | None = None
    friendly_name: str | None = None


class Task(ResourceWithAttributes):
    """A task.

    ``assignment_status`` is pending, reserved, assigned, wrapping, completed or canceled. Twilio
    deletes a task five minutes after it is completed or canceled.
    """

    sid: str
    workspace_sid: str | None = None
    assignment_status: str | None = None
    reason: str | None = None
    task_queue_sid: str | None = None
    workflow_sid: str | None = None
    task_channel_unique_name: str | None = None
    date_created: datetime | None = None


TaskPage = Page[Task]


def fetch_workspace(workspace_sid: str) -> Call[Workspace]:
    """Fetch a workspace.

    :param workspace_sid: the workspace, ``WS…``.
    """
    return read("FetchWorkspace", "taskrouter", path(_WORKSPACE, workspace_sid), Workspace)


def fetch_task(workspace_sid: str, task_sid: str) -> Call[Task]:
    """Fetch a task; gone (404) five minutes after its end.

    :param workspace_sid: the workspace, ``WS…``.
    :param task_sid: the task, ``WT…``.
    """
    return read("FetchTask", "taskrouter", path(_WORKSPACE + "/Tasks/{}", workspace_sid, task_sid), Task)


def update_task(workspace_sid: str, task_sid: str, *, attributes: str) -> Call[Task]:
    """Replace all attributes of a task.

    Send it with ``if_match`` and the version that was read, so that nobody else's change is lost. A task that
    belongs to an interaction must not be canceled or completed here; its channel does that.

    :param workspace_sid: the workspace, ``WS…``.
    :param task_sid: the task, ``WT…``.
    :param attributes: all of the task's attributes, as JSON.
    """
    place = path(_WORKSPACE + "/Tasks/{}", workspace_sid, task_sid)
    return write("UpdateTask", "taskrouter", place, Task, {"Attributes": attributes}, RetrySafety.IDEMPOTENT)


def cancel_task(workspace_sid: str, task_sid: str, reason: str) -> Call[Task]:
    """Cancel a task that nobody has accepted.

    Twilio does not support it for the task of an interaction, and has not published what it does then.

    :param workspace_sid: the workspace, ``WS…``.
    :param task_sid: the task, ``WT…``.
    :param reason: why, for people.
    """
    place = path(_WORKSPACE + "/Tasks/{}", workspace_sid, task_sid)
    form = {"AssignmentStatus": "canceled", "Reason": reason}
    return write("UpdateTask", "taskrouter", place, Task, form, RetrySafety.IDEMPOTENT)


def list_tasks(
    workspace_sid: str, *, attributes_match: str | None = None, page_size: int = 50
) -> Call[TaskPage]:
    """List tasks.

    A new task may take a while to show up here, so an empty list proves nothing.

    :param workspace_sid: the workspace, ``WS…``.
    :param attributes_match: an expression over task attributes without hyphens, for example
        ``conversationSid == "CH…"``. https://www.twilio.com/docs/taskrouter/expression-syntax
    :param page_size: items of a page, 1 to 1,000.
    """
    return read(
        "ListTask",
        "taskrouter",
        path(_WORKSPACE + "/Tasks", workspace_sid),
        TaskPage,
        EvaluateTaskAttributes=attributes_match,
        PageSize=page_size,
    )


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
