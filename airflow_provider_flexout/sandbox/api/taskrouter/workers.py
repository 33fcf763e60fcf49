"""TaskRouter's workers, and how much of each kind of work they may have."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.api.taskrouter.resources import (
    Shown,
    check_workspace,
    common,
    etag,
    found,
    match_version,
    rates,
    resource,
)
from airflow_provider_flexout.sandbox.rules.taskrouter.reservations import (
    offer_waiting,
    reject_pending,
    set_activity,
)
from airflow_provider_flexout.sandbox.rules.taskrouter.workers import activity_of, is_available
from airflow_provider_flexout.sandbox.state.expressions import ExpressionError
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, ACTIVITIES, WORKSPACE
from airflow_provider_flexout.sandbox.state.workspace import target_expression
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    boolean,
    integer,
    invalid_parameter,
    json_text,
    sid,
    text,
)

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.seed import SeedResource
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord

__all__ = ["OPERATIONS"]

_LONGEST: Final = 4096


def _show(request: ApiRequest, root: str, row: WorkerRecord) -> Shown:
    url = f"{root}/Workers/{row.sid}"
    activity = activity_of(request.store, row)
    links = {
        "channels": f"{url}/Channels",
        "worker_channels": f"{url}/Channels",
        "activity": f"{root}/Activities/{activity.sid}",
        "reservations": f"{url}/Reservations",
        "workspace": root,
    }
    return {
        **common(row.sid, row.name, url, links, row.created),
        "date_updated": iso(row.updated),
        "workspace_sid": WORKSPACE.sid,
        "attributes": row.attributes,
        "activity_name": activity.name,
        "activity_sid": activity.sid,
        "available": activity.available,
        "date_status_changed": iso(row.status_changed),
    }


def _respond(request: ApiRequest, root: str, row: WorkerRecord, status: int = 200) -> ApiResponse:
    return ApiResponse(_show(request, root, row), status, {"ETag": etag(row.version), **rates("Workers")})


def _fetch(request: ApiRequest) -> ApiResponse:
    root = check_workspace(request)
    return _respond(request, root, found(request, request.store.workspace.workers))


def _create(request: ApiRequest) -> ApiResponse:
    root, store, form = check_workspace(request), request.store, request.form
    _check_name(store, form["FriendlyName"], None)
    activity_sid = form.get("ActivitySid", ACTIVITIES["Offline"])
    _check_activity(store, activity_sid)
    now = store.clock.time()
    worker = store.workspace.add_worker(
        store.sids, form["FriendlyName"], form.get("Attributes", "{}"), activity_sid, now
    )
    offer_waiting(store)
    return _respond(request, root, worker, 201)


def _update(request: ApiRequest) -> ApiResponse:
    root, store, form = check_workspace(request), request.store, request.form
    worker = found(request, store.workspace.workers)
    match_version(request, worker.version)
    if "ActivitySid" in form:
        _check_activity(store, form["ActivitySid"])
    if "FriendlyName" in form:
        _check_name(store, form["FriendlyName"], worker)
    worker.attributes = form.get("Attributes", worker.attributes)
    worker.name = form.get("FriendlyName", worker.name)
    worker.version, worker.updated = worker.version + 1, store.clock.time()
    set_activity(store, worker, form.get("ActivitySid", worker.activity_sid))
    if form.get("RejectPendingReservations"):
        reject_pending(store, worker)
    return _respond(request, root, worker)


def _delete(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    store = request.store
    worker = found(request, store.workspace.workers)
    match_version(request, worker.version)
    if any(worker.sid in (task.reserved_by, task.target_sid) for task in store.tasks):
        raise ApiError(400, 20001, f"The worker {worker.sid} can't be deleted: there are tasks of theirs")
    del store.workspace.workers[worker.sid]
    return ApiResponse(None, 204)


def _check_name(store: Store, name: str, owner: WorkerRecord | None) -> None:
    holder = store.workspace.worker_named(name)
    if holder is not None and holder is not owner:
        raise ApiError(400, 20001, f"A worker with the friendly name {name!r} exists already")


def _check_activity(store: Store, activity_sid: str) -> None:
    if activity_sid not in store.workspace.activities:
        raise invalid_parameter("ActivitySid", "there is no such activity")


def _channel_sid(worker: WorkerRecord, channel: SeedResource) -> str:
    return "WC" + sha256(f"{worker.sid} {channel.sid}".encode()).hexdigest()[:32]


def _show_channel(root: str, worker: WorkerRecord, channel: SeedResource) -> Shown:
    own = _channel_sid(worker, channel)
    return {
        "sid": own,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "worker_sid": worker.sid,
        "task_channel_sid": channel.sid,
        "task_channel_unique_name": channel.unique_name,
        "assigned_tasks": worker.load.get(channel.sid, 0),
        "available": channel.sid not in worker.closed_channels,
        "configured_capacity": worker.capacity(channel.sid),
        "available_capacity_percentage": worker.free_capacity(channel.sid),
        "date_created": iso(worker.created),
        "date_updated": iso(worker.updated),
        "url": f"{root}/Workers/{worker.sid}/Channels/{own}",
    }


def _list_channels(request: ApiRequest) -> ApiResponse:
    root, store = check_workspace(request), request.store
    worker = found(request, store.workspace.workers, "WorkerSid")
    rows = store.workspace.task_channels.values()
    return page_of(request, "channels", rows, lambda row: _show_channel(root, worker, row))


def _one_channel(request: ApiRequest) -> tuple[str, WorkerRecord, SeedResource]:
    root = check_workspace(request)
    worker = found(request, request.store.workspace.workers, "WorkerSid")
    asked = request.params["Sid"]
    for channel in request.store.workspace.task_channels.values():
        if asked in {_channel_sid(worker, channel), channel.sid, channel.unique_name}:
            return root, worker, channel
    raise request.not_found()


def _fetch_channel(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show_channel(*_one_channel(request)))


def _update_channel(request: ApiRequest) -> ApiResponse:
    root, worker, channel = _one_channel(request)
    worker.capacities[channel.sid] = request.form.get("Capacity", worker.capacity(channel.sid))
    if "Available" in request.form:
        change = worker.closed_channels.discard if request.form["Available"] else worker.closed_channels.add
        change(channel.sid)
    offer_waiting(request.store)
    return ApiResponse(_show_channel(root, worker, channel))


def _expression(value: str) -> Any:
    try:
        return target_expression(value)
    except ExpressionError as error:
        raise ValueError(f"no expression: {error}") from error


def _truth(value: str) -> bool:
    return boolean({"1": "true", "0": "false"}.get(value, value))


def _in_queue(store: Store, row: WorkerRecord, wanted: str) -> bool:
    return any(
        wanted in {queue.sid, queue.name} and queue.takes(row) for queue in store.workspace.queues.values()
    )


_ONE: Final = "/v1/Workspaces/{WorkspaceSid}/Workers"
_FORM: Final = {"ActivitySid": Param(sid("WA")), "Attributes": Param(json_text(_LONGEST))}
_READ: Final = resource(
    "Worker",
    "Workers",
    "workers",
    lambda store: store.workspace.workers,
    _show,
    {
        "FriendlyName": (Param(text()), lambda _, row, name: row.name == name),
        "ActivityName": (Param(text()), lambda store, row, name: activity_of(store, row).name == name),
        "ActivitySid": (Param(sid("WA")), lambda store, row, asked: activity_of(store, row).sid == asked),
        "Available": (Param(_truth), lambda store, row, wanted: is_available(store, row) == wanted),
        "TargetWorkersExpression": (
            Param(_expression),
            lambda _, row, wanted: wanted is None or wanted.matches(json.loads(row.attributes)),
        ),
        "TaskQueueSid": (Param(sid("WQ")), _in_queue),
        "TaskQueueName": (Param(text()), _in_queue),
    },
)
OPERATIONS: Final = [
    _READ[0],
    Operation("FetchWorker", "GET", _ONE + "/{Sid}", _fetch),
    Operation(
        "CreateWorker", "POST", _ONE, _create, form={"FriendlyName": Param(text(), required=True), **_FORM}
    ),
    Operation(
        "UpdateWorker",
        "POST",
        _ONE + "/{Sid}",
        _update,
        form={**_FORM, "FriendlyName": Param(text()), "RejectPendingReservations": Param(boolean)},
    ),
    Operation("DeleteWorker", "DELETE", _ONE + "/{Sid}", _delete),
    Operation("ListWorkerChannel", "GET", _ONE + "/{WorkerSid}/Channels", _list_channels, query=paging(1000)),
    Operation("FetchWorkerChannel", "GET", _ONE + "/{WorkerSid}/Channels/{Sid}", _fetch_channel),
    Operation(
        "UpdateWorkerChannel",
        "POST",
        _ONE + "/{WorkerSid}/Channels/{Sid}",
        _update_channel,
        form={"Capacity": Param(integer(0)), "Available": Param(boolean)},
    ),
]
