"""TaskRouter: what a workspace is set up with, and how many agents could take a task now.

https://www.twilio.com/docs/taskrouter/api
"""

from __future__ import annotations

from airflow_provider_flexout.twilio.http.call import Call, path, read
from airflow_provider_flexout.twilio.http.resource import Page, Resource

_WORKSPACE = "/v1/Workspaces/{}"


class NamedResource(Resource):
    """What task queues, workflows, workers and task channels have in common."""

    sid: str
    friendly_name: str | None = None
    unique_name: str | None = None


class Workflow(NamedResource):
    """A workflow; ``configuration`` holds its filters and the queues that they lead to, as JSON."""

    configuration: str | None = None


TaskQueuePage = Page[NamedResource]
WorkflowPage = Page[Workflow]
TaskChannelPage = Page[NamedResource]


class Worker(NamedResource):
    """An agent. ``available`` follows from the activity, for example Available, Break or Offline."""

    activity_name: str | None = None
    available: bool | None = None


WorkerPage = Page[Worker]


class QueueStatistics(Resource):
    """A queue at this moment; workers count whatever work they have already."""

    task_queue_sid: str | None = None
    total_available_workers: int | None = None
    total_eligible_workers: int | None = None
    tasks_by_status: dict[str, int] | None = None


class WorkerChannel(Resource):
    """How much of one kind of work an agent may have, and has."""

    sid: str
    task_channel_sid: str | None = None
    task_channel_unique_name: str | None = None
    available: bool | None = None
    configured_capacity: int | None = None
    available_capacity_percentage: int | None = None


WorkerChannelPage = Page[WorkerChannel]


def list_task_queues(
    workspace_sid: str, *, friendly_name: str | None = None, page_size: int = 50
) -> Call[TaskQueuePage]:
    """List task queues.

    :param workspace_sid: the workspace, ``WS…``.
    :param friendly_name: only those of this name; all by default.
    :param page_size: items of a page, 1 to 1,000.
    """
    place = path(_WORKSPACE + "/TaskQueues", workspace_sid)
    query = {"FriendlyName": friendly_name, "PageSize": page_size}
    return read("ListTaskQueue", "taskrouter", place, TaskQueuePage, **query)


def list_workflows(
    workspace_sid: str, *, friendly_name: str | None = None, page_size: int = 50
) -> Call[WorkflowPage]:
    """List workflows.

    :param workspace_sid: the workspace, ``WS…``.
    :param friendly_name: only those of this name; all by default.
    :param page_size: items of a page, 1 to 1,000.
    """
    place = path(_WORKSPACE + "/Workflows", workspace_sid)
    query = {"FriendlyName": friendly_name, "PageSize": page_size}
    return read("ListWorkflow", "taskrouter", place, WorkflowPage, **query)


def fetch_workflow(workspace_sid: str, workflow_sid: str) -> Call[Workflow]:
    """Fetch a workflow.

    :param workspace_sid: the workspace, ``WS…``.
    :param workflow_sid: the workflow, ``WW…``.
    """
    place = path(_WORKSPACE + "/Workflows/{}", workspace_sid, workflow_sid)
    return read("FetchWorkflow", "taskrouter", place, Workflow)


def fetch_task_queue(workspace_sid: str, queue_sid: str) -> Call[NamedResource]:
    """Fetch a task queue.

    :param workspace_sid: the workspace, ``WS…``.
    :param queue_sid: the task queue, ``WQ…``.
    """
    place = path(_WORKSPACE + "/TaskQueues/{}", workspace_sid, queue_sid)
    return read("FetchTaskQueue", "taskrouter", place, NamedResource)


def list_workers(
    workspace_sid: str,
    *,
    friendly_name: str | None = None,
    task_queue_sid: str | None = None,
    available: bool | None = None,
    page_size: int = 50,
) -> Call[WorkerPage]:
    """List agents.

    :param workspace_sid: the workspace, ``WS…``.
    :param friendly_name: only the one of this name; all by default.
    :param task_queue_sid: only those who may take this queue's tasks; all by default.
    :param available: only those who are available, or only those who are not; all by default.
    :param page_size: items of a page, 1 to 1,000.
    """
    place = path(_WORKSPACE + "/Workers", workspace_sid)
    query = {
        "FriendlyName": friendly_name,
        "TaskQueueSid": task_queue_sid,
        "Available": None if available is None else str(available).lower(),
        "PageSize": page_size,
    }
    return read("ListWorker", "taskrouter", place, WorkerPage, **query)


def list_task_channels(workspace_sid: str, *, page_size: int = 50) -> Call[TaskChannelPage]:
    """List task channels.

    :param workspace_sid: the workspace, ``WS…``.
    :param page_size: items of a page, 1 to 1,000.
    """
    place = path(_WORKSPACE + "/TaskChannels", workspace_sid)
    return read("ListTaskChannel", "taskrouter", place, TaskChannelPage, PageSize=page_size)


def fetch_worker(workspace_sid: str, worker_sid: str) -> Call[Worker]:
    """Fetch an agent, with their activity.

    :param workspace_sid: the workspace, ``WS…``.
    :param worker_sid: the agent, ``WK…``.
    """
    place = path(_WORKSPACE + "/Workers/{}", workspace_sid, worker_sid)
    return read("FetchWorker", "taskrouter", place, Worker)


def list_worker_channels(workspace_sid: str, worker_sid: str) -> Call[WorkerChannelPage]:
    """List how much of each kind of work an agent may have, and has.

    :param workspace_sid: the workspace, ``WS…``.
    :param worker_sid: the agent, ``WK…``.
    """
    place = path(_WORKSPACE + "/Workers/{}/Channels", workspace_sid, worker_sid)
    return read("ListWorkerChannel", "taskrouter", place, WorkerChannelPage)


def fetch_queue_statistics(
    workspace_sid: str, queue_sid: str, *, task_channel: str | None = None
) -> Call[QueueStatistics]:
    """Fetch a queue's statistics of this moment.

    https://www.twilio.com/docs/taskrouter/api/taskqueue-statistics

    :param workspace_sid: the workspace, ``WS…``.
    :param queue_sid: the task queue, ``WQ…``.
    :param task_channel: the SID or unique name of the one task channel whose workers and tasks count; all by
        default.
    """
    place = path(_WORKSPACE + "/TaskQueues/{}/RealTimeStatistics", workspace_sid, queue_sid)
    return read(
        "FetchTaskQueueRealTimeStatistics", "taskrouter", place, QueueStatistics, TaskChannel=task_channel
    )
