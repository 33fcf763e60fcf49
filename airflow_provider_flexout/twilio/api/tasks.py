"""TaskRouter: the tasks that stand for conversations in the agents' queues.

https://www.twilio.com/docs/taskrouter/api
"""

from __future__ import annotations

from datetime import datetime

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path, read, write
from airflow_provider_flexout.twilio.http.resource import Page, Resource, ResourceWithAttributes

_WORKSPACE = "/v1/Workspaces/{}"


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
