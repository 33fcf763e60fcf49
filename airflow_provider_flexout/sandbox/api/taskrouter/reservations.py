"""TaskRouter's reservations: to whom a task was offered, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.api.taskrouter.resources import found, task_of
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, WORKSPACE
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum, sid

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ReservationRecord, TaskRecord

__all__ = ["OPERATIONS"]

_STATUSES: Final = (
    "pending",
    "accepted",
    "rejected",
    "timeout",
    "canceled",
    "rescinded",
    "wrapping",
    "completed",
)


def _show(request: ApiRequest, task: TaskRecord, row: ReservationRecord) -> dict[str, Any]:
    root = f"{request.base}/v1/Workspaces/{WORKSPACE.sid}"
    return {
        "sid": row.sid,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "task_sid": task.sid,
        "worker_sid": row.worker_sid,
        "worker_name": row.worker_name,
        "reservation_status": row.status,
        "date_created": iso(row.created),
        "date_updated": iso(row.updated),
        "url": f"{root}/Tasks/{task.sid}/Reservations/{row.sid}",
        "links": {
            "task": f"{root}/Tasks/{task.sid}",
            "worker": f"{root}/Workers/{row.worker_sid}",
            "workspace": root,
        },
    }


def _list(request: ApiRequest) -> ApiResponse:
    task, query = task_of(request, "TaskSid"), request.query
    rows = [
        row
        for row in task.reservations
        if query.get("ReservationStatus") in {None, row.status}
        and query.get("WorkerSid") in {None, row.worker_sid}
    ]
    return page_of(request, "reservations", rows, lambda row: _show(request, task, row))


def _fetch(request: ApiRequest) -> ApiResponse:
    task = task_of(request, "TaskSid")
    row = found(request, {each.sid: each for each in task.reservations})
    return ApiResponse(_show(request, task, row))


OPERATIONS: Final = [
    Operation(
        "ListTaskReservation",
        "GET",
        "/v1/Workspaces/{WorkspaceSid}/Tasks/{TaskSid}/Reservations",
        _list,
        query={
            "ReservationStatus": Param(enum(*_STATUSES)),
            "WorkerSid": Param(sid("WK")),
            **paging(1000),
        },
    ),
    Operation(
        "FetchTaskReservation",
        "GET",
        "/v1/Workspaces/{WorkspaceSid}/Tasks/{TaskSid}/Reservations/{Sid}",
        _fetch,
    ),
]
