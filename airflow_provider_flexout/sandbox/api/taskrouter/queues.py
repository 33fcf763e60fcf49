"""TaskRouter's queues and activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.api.taskrouter.resources import (
    Shown,
    check_workspace,
    common,
    found,
    is_named,
    resource,
)
from airflow_provider_flexout.sandbox.rules.taskrouter.reservations import offer_waiting
from airflow_provider_flexout.sandbox.state.expressions import ExpressionError
from airflow_provider_flexout.sandbox.state.seed import ACTIVITIES, WORKSPACE
from airflow_provider_flexout.sandbox.state.workspace import EVERYBODY, ActivityRecord, target_expression
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, absent, boolean, only, sid, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import QueueRecord, WorkerRecord

__all__ = ["OPERATIONS"]

_LONGEST: Final = 65_536


def _show_queue(_: ApiRequest, root: str, row: QueueRecord) -> Shown:
    url = f"{root}/TaskQueues/{row.sid}"
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
        "task_order": "FIFO",
        "max_reserved_workers": 1,
        **dict.fromkeys(("assignment_activity_sid", "assignment_activity_name"), None),
        **dict.fromkeys(("reservation_activity_sid", "reservation_activity_name"), None),
    }


def _create_queue(request: ApiRequest) -> ApiResponse:
    root, form, store = check_workspace(request), request.form, request.store
    queue = store.workspace.add_queue(
        store.sids,
        form["FriendlyName"],
        store.clock.time(),
        target_workers=form.get("TargetWorkers", EVERYBODY),
    )
    return ApiResponse(_show_queue(request, root, queue), 201)


def _update_queue(request: ApiRequest) -> ApiResponse:
    root, form, store = check_workspace(request), request.form, request.store
    queue = found(request, store.workspace.queues)
    queue.name = form.get("FriendlyName", queue.name)
    queue.target_workers = form.get("TargetWorkers", queue.target_workers)
    offer_waiting(store)
    return ApiResponse(_show_queue(request, root, queue))


def _delete_queue(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    store = request.store
    queue = found(request, store.workspace.queues)
    if len(store.workspace.queues) == 1 or any(task.queue_sid == queue.sid for task in store.tasks):
        raise ApiError(
            400, 20001, f"The queue {queue.sid} can't be deleted: it has tasks, or is the only one"
        )
    del store.workspace.queues[queue.sid]
    return ApiResponse(None, 204)


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


def _update_activity(request: ApiRequest) -> ApiResponse:
    root = check_workspace(request)
    activity = found(request, request.store.workspace.activities)
    activity.name = request.form.get("FriendlyName", activity.name)
    return ApiResponse(_show_activity(request, root, activity))


def _delete_activity(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    workspace = request.store.workspace
    activity = found(request, workspace.activities)
    used = any(worker.activity_sid == activity.sid for worker in workspace.workers.values())
    if used or activity.sid in ACTIVITIES.values():
        raise ApiError(
            400, 20001, f"The activity {activity.sid} can't be deleted: a worker or the workspace has it"
        )
    del workspace.activities[activity.sid]
    return ApiResponse(None, 204)


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
_QUEUES: Final = _ONE + "/TaskQueues"
_QUEUE: Final = {
    "FriendlyName": _NAME,
    "TargetWorkers": Param(_expression),
    "MaxReservedWorkers": Param(only("1")),
    "TaskOrder": Param(only("FIFO")),
    "ReservationActivitySid": Param(absent),
    "AssignmentActivitySid": Param(absent),
}
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
        _QUEUES,
        _create_queue,
        form={**_QUEUE, "FriendlyName": Param(text(), required=True)},
    ),
    Operation("UpdateTaskQueue", "POST", _QUEUES + "/{Sid}", _update_queue, form=_QUEUE),
    Operation("DeleteTaskQueue", "DELETE", _QUEUES + "/{Sid}", _delete_queue),
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
    Operation(
        "UpdateActivity",
        "POST",
        _ONE + "/Activities/{Sid}",
        _update_activity,
        form={"FriendlyName": _NAME},
    ),
    Operation("DeleteActivity", "DELETE", _ONE + "/Activities/{Sid}", _delete_activity),
]
