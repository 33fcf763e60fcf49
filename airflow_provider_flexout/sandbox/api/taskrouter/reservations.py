"""TaskRouter's reservations: which workers a task was offered to, and what became of each offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.api.taskrouter.resources import check_workspace, found, task_of
from airflow_provider_flexout.sandbox.rules import interaction_channels
from airflow_provider_flexout.sandbox.rules.taskrouter import reservations, tasks
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, WORKSPACE
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, absent, enum, invalid_parameter, only, sid

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
    owner = f"Workers/{row.worker_sid}" if "WorkerSid" in request.params else f"Tasks/{task.sid}"
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
        "url": f"{root}/{owner}/Reservations/{row.sid}",
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


def _of_worker(request: ApiRequest) -> dict[str, tuple[TaskRecord, ReservationRecord]]:
    """Return a worker's reservations by SID, those of the tasks that still exist, with their tasks."""
    check_workspace(request)
    worker = found(request, request.store.workspace.workers, "WorkerSid")
    return {
        row.sid: (task, row)
        for task in request.store.tasks
        for row in task.reservations
        if row.worker_sid == worker.sid
    }


def _one(request: ApiRequest) -> tuple[TaskRecord, ReservationRecord]:
    if "WorkerSid" in request.params:
        return found(request, _of_worker(request))
    task = task_of(request, "TaskSid")
    return task, found(request, {each.sid: each for each in task.reservations})


def _list_of_worker(request: ApiRequest) -> ApiResponse:
    status = request.query.get("ReservationStatus")
    rows = [row for row in _of_worker(request).values() if status in {None, row[1].status}]
    return page_of(request, "reservations", rows, lambda row: _show(request, *row))


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, *_one(request)))


def _update(request: ApiRequest) -> ApiResponse:
    store, (task, row) = request.store, _one(request)
    status = request.form.get("ReservationStatus") or _INSTRUCTED.get(request.form.get("Instruction", ""))
    if status is None:
        raise ApiError(400, 20001, "Missing required parameter ReservationStatus in the request")
    activity = request.form.get("WorkerActivitySid")
    if activity is not None and (status != "rejected" or activity not in store.workspace.activities):
        raise invalid_parameter(
            "WorkerActivitySid", "only an activity of the workspace, and only with a rejection"
        )
    if (row.status, status) not in _CHANGES or row.sid != task.reservation_sid:
        raise invalid_parameter("ReservationStatus", f"{row.status} can't become {status}")
    if status == "accepted":
        interaction_channels.join(store, task)
    elif status == "rejected":
        if activity is not None:
            reservations.set_activity(store, store.workspace.workers[row.worker_sid], activity)
        reservations.decline(store, task.sid, row.sid)
    elif status == "wrapping":
        tasks.set_status(store, task, status)
    else:
        tasks.end(store, task, status, None)
    return ApiResponse(_show(request, task, row))


_INSTRUCTED: Final = {"accept": "accepted", "reject": "rejected"}
_CHANGES: Final = {
    ("pending", "accepted"),
    ("pending", "rejected"),
    ("accepted", "wrapping"),
    ("accepted", "completed"),
    ("wrapping", "completed"),
}
_OF_CALLS: Final = (
    *("Beep", "BeepOnCustomerEntrance", "CallAccept", "CallFrom", "CallRecord", "CallStatusCallbackUrl"),
    *("CallTimeout", "CallTo", "CallUrl", "ConferenceRecord", "ConferenceRecordingStatusCallback"),
    *("ConferenceRecordingStatusCallbackMethod", "ConferenceStatusCallback", "ConferenceStatusCallbackEvent"),
    *("ConferenceStatusCallbackMethod", "ConferenceTrim", "DequeueFrom", "DequeuePostWorkActivitySid"),
    *("DequeueRecord", "DequeueStatusCallbackEvent", "DequeueStatusCallbackUrl", "DequeueTimeout"),
    *("DequeueTo", "EarlyMedia", "EndConferenceOnCustomerExit", "EndConferenceOnExit", "From"),
    *("JitterBufferSize", "MaxParticipants", "Muted", "PostWorkActivitySid", "Record", "RecordingChannels"),
    *("RecordingStatusCallback", "RecordingStatusCallbackMethod", "RedirectAccept", "RedirectCallSid"),
    *("RedirectUrl", "Region", "SipAuthPassword", "SipAuthUsername", "StartConferenceOnEnter"),
    *(
        "StatusCallback",
        "StatusCallbackEvent",
        "StatusCallbackMethod",
        "Timeout",
        "To",
        "WaitMethod",
        "WaitUrl",
    ),
)
_UPDATE: Final = {
    "ReservationStatus": Param(enum(*_STATUSES)),
    "WorkerActivitySid": Param(sid("WA")),
    "Instruction": Param(only(*_INSTRUCTED)),
    **dict.fromkeys(_OF_CALLS, Param(absent)),
}
_OF_TASK: Final = "/v1/Workspaces/{WorkspaceSid}/Tasks/{TaskSid}/Reservations"
_OF_WORKER: Final = "/v1/Workspaces/{WorkspaceSid}/Workers/{WorkerSid}/Reservations"
_STATUS: Final = {"ReservationStatus": Param(enum(*_STATUSES))}
OPERATIONS: Final = [
    Operation(
        "ListTaskReservation",
        "GET",
        _OF_TASK,
        _list,
        query={**_STATUS, "WorkerSid": Param(sid("WK")), **paging(1000)},
    ),
    Operation("FetchTaskReservation", "GET", _OF_TASK + "/{Sid}", _fetch),
    Operation(
        "UpdateTaskReservation",
        "POST",
        _OF_TASK + "/{Sid}",
        _update,
        form={**_UPDATE, **dict.fromkeys(("Supervisor", "SupervisorMode"), Param(absent))},
    ),
    Operation("ListWorkerReservation", "GET", _OF_WORKER, _list_of_worker, query={**_STATUS, **paging(1000)}),
    Operation("FetchWorkerReservation", "GET", _OF_WORKER + "/{Sid}", _fetch),
    Operation("UpdateWorkerReservation", "POST", _OF_WORKER + "/{Sid}", _update, form=_UPDATE),
]
