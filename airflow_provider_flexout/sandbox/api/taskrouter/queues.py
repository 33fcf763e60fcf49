"""TaskRouter's queues with their statistics, workflows and activities."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.api.taskrouter.resources import (
    Shown,
    check_workspace,
    common,
    find_task_channel,
    found,
    is_named,
    resource,
)
from airflow_provider_flexout.sandbox.rules.taskrouter.tasks import LIVE
from airflow_provider_flexout.sandbox.rules.taskrouter.workers import activity_of
from airflow_provider_flexout.sandbox.state.expressions import ExpressionError
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, WORKSPACE
from airflow_provider_flexout.sandbox.state.workflow_configuration import read_configuration
from airflow_provider_flexout.sandbox.state.workspace import EVERYBODY, ActivityRecord, target_expression
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    boolean,
    enum,
    integer,
    json_text,
    sid,
    text,
)

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import QueueRecord, WorkerRecord, WorkflowRecord

__all__ = ["OPERATIONS"]

_LONGEST: Final = 65_536


def _show_queue(request: ApiRequest, root: str, row: QueueRecord) -> Shown:
    url = f"{root}/TaskQueues/{row.sid}"
    activities = request.store.workspace.activities

    def named(activity_sid: str | None) -> str | None:
        return activities[activity_sid].name if activity_sid in activities else None

    links = {
        "statistics": f"{url}/Statistics",
        "real_time_statistics": f"{url}/RealTimeStatistics",
        "cumulative_statistics": f"{url}/CumulativeStatistics",
        "workspace": root,
    }
    return {
        **common(row.sid, row.name, url, links, row.created),
        "workspace_sid": WORKSPACE.sid,
        "target_workers": row.target_workers,
        "task_order": row.task_order,
        "max_reserved_workers": row.max_reserved_workers,
        "assignment_activity_sid": row.assignment_activity_sid,
        "assignment_activity_name": named(row.assignment_activity_sid),
        "reservation_activity_sid": row.reservation_activity_sid,
        "reservation_activity_name": named(row.reservation_activity_sid),
    }


def _create_queue(request: ApiRequest) -> ApiResponse:
    root, form, store = check_workspace(request), request.form, request.store
    queue = store.workspace.add_queue(
        store.sids,
        form["FriendlyName"],
        store.clock.time(),
        target_workers=form.get("TargetWorkers", EVERYBODY),
        max_reserved_workers=form.get("MaxReservedWorkers", 1),
        task_order=form.get("TaskOrder", "FIFO"),
        reservation_activity_sid=form.get("ReservationActivitySid"),
        assignment_activity_sid=form.get("AssignmentActivitySid"),
    )
    return ApiResponse(_show_queue(request, root, queue), 201)


def _statistics(request: ApiRequest) -> ApiResponse:
    """Count a queue's workers and tasks; workers count whatever work they have already."""
    root, store = check_workspace(request), request.store
    queue = found(request, store.workspace.queues, "TaskQueueSid")
    channel_sid = request.query.get("TaskChannel")
    live = [
        task
        for task in store.tasks
        if task.queue_sid == queue.sid
        and task.status in LIVE
        and channel_sid in {None, task.task_channel_sid}
    ]
    pending = (task for task in live if task.status == "pending")
    oldest = min(pending, key=lambda task: task.n, default=None)
    age = int(store.clock.time() - oldest.created) if oldest else 0
    eligible = [worker for worker in store.workspace.workers.values() if queue.takes(worker)]
    doing = Counter(activity_of(store, worker).sid for worker in eligible)
    by_status = Counter(task.status for task in live)
    return ApiResponse(
        {
            "account_sid": ACCOUNT_SID,
            "workspace_sid": WORKSPACE.sid,
            "task_queue_sid": queue.sid,
            "activity_statistics": [
                {"sid": each.sid, "friendly_name": each.name, "workers": doing[each.sid]}
                for each in store.workspace.activities.values()
            ],
            "longest_task_waiting_age": age,
            "longest_task_waiting_sid": oldest.sid if oldest else None,
            "longest_relative_task_age_in_queue": age,
            "longest_relative_task_sid_in_queue": oldest.sid if oldest else None,
            "tasks_by_priority": {
                str(priority): count for priority, count in Counter(task.priority for task in live).items()
            },
            "tasks_by_status": {
                status: by_status[status] for status in ("reserved", "pending", "assigned", "wrapping")
            },
            "total_available_workers": sum(activity_of(store, worker).available for worker in eligible),
            "total_eligible_workers": len(eligible),
            "total_tasks": len(live),
            "url": f"{root}/TaskQueues/{queue.sid}/RealTimeStatistics",
        }
    )


def _show_workflow(_: ApiRequest, root: str, row: WorkflowRecord) -> Shown:
    url = f"{root}/Workflows/{row.sid}"
    links = {"statistics": f"{url}/Statistics", "workspace": root}
    return {
        **common(row.sid, row.name, url, links, row.created),
        "workspace_sid": WORKSPACE.sid,
        "configuration": row.configuration,
        "assignment_callback_url": row.assignment_callback_url,
        "fallback_assignment_callback_url": row.fallback_assignment_callback_url,
        "document_content_type": "application/json",
        "task_reservation_timeout": row.reservation_timeout,
    }


def _create_workflow(request: ApiRequest) -> ApiResponse:
    root, form, store = check_workspace(request), request.form, request.store
    workflow = store.workspace.add_workflow(
        store.sids,
        form["FriendlyName"],
        form["Configuration"],
        store.clock.time(),
        reservation_timeout=form.get("TaskReservationTimeout", 120),
        assignment_callback_url=form.get("AssignmentCallbackUrl"),
        fallback_assignment_callback_url=form.get("FallbackAssignmentCallbackUrl"),
    )
    return ApiResponse(_show_workflow(request, root, workflow), 201)


def _show_activity(_: ApiRequest, root: str, row: ActivityRecord) -> Shown:
    url = f"{root}/Activities/{row.sid}"
    return {
        **common(row.sid, row.name, url, {"workspace": root}, row.created),
        "workspace_sid": WORKSPACE.sid,
        "available": row.available,
    }


def _create_activity(request: ApiRequest) -> ApiResponse:
    root, form, store = check_workspace(request), request.form, request.store
    activity = ActivityRecord(
        store.sids.new("WA"), form["FriendlyName"], form.get("Available", False), store.clock.time()
    )
    store.workspace.activities[activity.sid] = activity
    return ApiResponse(_show_activity(request, root, activity), 201)


def _expression(value: str) -> str:
    try:
        target_expression(value)
    except ExpressionError as error:
        raise ValueError(f"no expression: {error}") from error
    return value


def _takes(store: Store, row: QueueRecord, worker_sid: str) -> bool:
    worker: WorkerRecord | None = store.workspace.workers.get(worker_sid)
    return worker is not None and row.takes(worker)


_NAME: Final = Param(text())
_ONE: Final = "/v1/Workspaces/{WorkspaceSid}"
OPERATIONS: Final = [
    *resource(
        "TaskQueue",
        "TaskQueues",
        "task_queues",
        lambda store: store.workspace.queues,
        _show_queue,
        {"FriendlyName": (_NAME, is_named), "WorkerSid": (Param(sid("WK")), _takes)},
    ),
    Operation(
        "CreateTaskQueue",
        "POST",
        _ONE + "/TaskQueues",
        _create_queue,
        form={
            "FriendlyName": Param(text(), required=True),
            "TargetWorkers": Param(_expression),
            "MaxReservedWorkers": Param(integer(1, 50)),
            "TaskOrder": Param(enum("FIFO", "LIFO")),
            "ReservationActivitySid": Param(sid("WA")),
            "AssignmentActivitySid": Param(sid("WA")),
        },
    ),
    Operation(
        "FetchTaskQueueRealTimeStatistics",
        "GET",
        _ONE + "/TaskQueues/{TaskQueueSid}/RealTimeStatistics",
        _statistics,
        query={"TaskChannel": Param(find_task_channel)},
    ),
    *resource("Workflow", "Workflows", "workflows", lambda store: store.workspace.workflows, _show_workflow),
    Operation(
        "CreateWorkflow",
        "POST",
        _ONE + "/Workflows",
        _create_workflow,
        form={
            "FriendlyName": Param(text(), required=True),
            "Configuration": Param(json_text(_LONGEST, read_configuration), required=True),
            "AssignmentCallbackUrl": Param(text()),
            "FallbackAssignmentCallbackUrl": Param(text()),
            "TaskReservationTimeout": Param(integer(1, 86_400)),
        },
    ),
    *resource(
        "Activity",
        "Activities",
        "activities",
        lambda store: store.workspace.activities,
        _show_activity,
        {
            "FriendlyName": (_NAME, is_named),
            "Available": (Param(boolean), lambda _, row, wanted: row.available == wanted),
        },
    ),
    Operation(
        "CreateActivity",
        "POST",
        _ONE + "/Activities",
        _create_activity,
        form={"FriendlyName": Param(text(), required=True), "Available": Param(boolean)},
    ),
]
