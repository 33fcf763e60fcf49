"""TaskRouter's statistics of this moment: who is there, and which tasks wait for them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.api.taskrouter.resources import (
    check_workspace,
    find_task_channel,
    found,
)
from airflow_provider_flexout.sandbox.rules.taskrouter.tasks import LIVE
from airflow_provider_flexout.sandbox.rules.taskrouter.workers import activity_of
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, WORKSPACE
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord

__all__ = ["OPERATIONS"]


def _live(request: ApiRequest) -> list[TaskRecord]:
    channel_sid = request.query.get("TaskChannel")
    return [
        task
        for task in request.store.tasks
        if task.status in LIVE and channel_sid in {None, task.task_channel_sid}
    ]


def _of_tasks(request: ApiRequest, live: list[TaskRecord]) -> dict[str, Any]:
    pending = (task for task in live if task.status == "pending")
    oldest = min(pending, key=lambda task: task.n, default=None)
    by_status = Counter(task.status for task in live)
    return {
        "longest_task_waiting_age": int(request.store.clock.time() - oldest.created) if oldest else 0,
        "longest_task_waiting_sid": oldest.sid if oldest else None,
        "tasks_by_priority": {
            str(priority): count for priority, count in Counter(task.priority for task in live).items()
        },
        "tasks_by_status": {
            status: by_status[status] for status in ("reserved", "pending", "assigned", "wrapping")
        },
        "total_tasks": len(live),
    }


def _of_activities(request: ApiRequest, workers: Iterable[WorkerRecord]) -> list[dict[str, Any]]:
    """Count workers by what they do, whatever work they have already."""
    doing = Counter(activity_of(request.store, worker).sid for worker in workers)
    return [
        {"sid": each.sid, "friendly_name": each.name, "workers": doing[each.sid]}
        for each in request.store.workspace.activities.values()
    ]


def _respond(request: ApiRequest, **fields: Any) -> ApiResponse:
    url = f"{request.base}{request.path}"
    return ApiResponse({"account_sid": ACCOUNT_SID, "workspace_sid": WORKSPACE.sid, "url": url, **fields})


def _of_queue(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    store = request.store
    queue = found(request, store.workspace.queues, "TaskQueueSid")
    eligible = [worker for worker in store.workspace.workers.values() if queue.takes(worker)]
    tasks = _of_tasks(request, [task for task in _live(request) if task.queue_sid == queue.sid])
    return _respond(
        request,
        task_queue_sid=queue.sid,
        activity_statistics=_of_activities(request, eligible),
        longest_relative_task_age_in_queue=tasks["longest_task_waiting_age"],
        longest_relative_task_sid_in_queue=tasks["longest_task_waiting_sid"],
        total_available_workers=sum(activity_of(store, worker).available for worker in eligible),
        total_eligible_workers=len(eligible),
        **tasks,
    )


def _of_workflow(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    workflow = found(request, request.store.workspace.workflows, "WorkflowSid")
    tasks = [task for task in _live(request) if task.workflow_sid == workflow.sid]
    return _respond(request, workflow_sid=workflow.sid, **_of_tasks(request, tasks))


def _of_workers(request: ApiRequest) -> ApiResponse:
    """Count the workers; with a task channel, those who take its tasks."""
    check_workspace(request)
    workers, channel_sid = request.store.workspace.workers.values(), request.query.get("TaskChannel")
    counted = [worker for worker in workers if channel_sid not in worker.closed_channels]
    return _respond(request, activity_statistics=_of_activities(request, counted), total_workers=len(counted))


def _of_workspace(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    workers = request.store.workspace.workers
    return _respond(
        request,
        activity_statistics=_of_activities(request, workers.values()),
        total_workers=len(workers),
        **_of_tasks(request, _live(request)),
    )


_ONE: Final = "/v1/Workspaces/{WorkspaceSid}"
OPERATIONS: Final = [
    Operation(
        f"Fetch{name}RealTimeStatistics",
        "GET",
        f"{_ONE}{path}/RealTimeStatistics",
        handler,
        query={"TaskChannel": Param(find_task_channel)},
    )
    for name, path, handler in (
        ("TaskQueue", "/TaskQueues/{TaskQueueSid}", _of_queue),
        ("Workflow", "/Workflows/{WorkflowSid}", _of_workflow),
        ("Workers", "/Workers", _of_workers),
        ("Workspace", "", _of_workspace),
    )
]
