"""TaskRouter's events: what happened to tasks, kept when the tasks are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import (
    ApiRequest,
    Operation,
    is_between,
    page,
    paging,
    token_number,
)
from airflow_provider_flexout.sandbox.api.taskrouter.resources import check_workspace
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, WORKSPACE
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, integer, moment, sid, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.task_event_log import TaskEventRecord

__all__ = ["OPERATIONS"]

_MINUTES: Final = 15
_WORKSPACE_EVENTS: Final = "/v1/Workspaces/{WorkspaceSid}/Events"
_EQUAL: Final[dict[str, tuple[Param, Callable[[TaskEventRecord], Any]]]] = {
    "EventType": (Param(text()), lambda event: event.type),
    "ReservationSid": (Param(sid("WR")), lambda event: event.reservation_sid),
    "TaskQueueSid": (Param(sid("WQ")), lambda event: event.task.queue_sid),
    "TaskSid": (Param(sid("WT")), lambda event: event.task.sid),
    "WorkerSid": (Param(sid("WK")), lambda event: event.worker_sid),
    "WorkflowSid": (Param(sid("WW")), lambda event: event.task.workflow_sid),
}


def _show(request: ApiRequest, event: TaskEventRecord) -> dict[str, Any]:
    root, task = f"{request.base}/v1/Workspaces/{WORKSPACE.sid}", event.task
    is_task = event.type.startswith("task.")
    resource_sid = task.sid if is_task else event.reservation_sid
    url = f"{root}/Tasks/{task.sid}" + ("" if is_task else f"/Reservations/{resource_sid}")
    return {
        "sid": event.sid,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "event_type": event.type,
        "event_date": iso(event.at),
        "event_date_ms": int(event.at * 1000),
        "event_data": _data(request, event),
        "description": f"Task {task.sid}: {event.type}",
        "actor_sid": WORKSPACE.sid,
        "actor_type": "workspace",
        "actor_url": root,
        "resource_sid": resource_sid,
        "resource_type": event.type.partition(".")[0],
        "resource_url": url,
        "source": "twilio",
        "source_ip_address": None,
        "url": f"{root}/Events/{event.sid}",
    }


def _data(request: ApiRequest, event: TaskEventRecord) -> dict[str, Any]:
    task = event.task
    data = {
        "workspace_sid": WORKSPACE.sid,
        "workspace_name": WORKSPACE.name,
        "task_sid": task.sid,
        "task_attributes": event.attributes,
        "task_age": str(int(event.at - task.created)),
        "task_priority": str(task.priority),
        "task_assignment_status": event.status,
        "task_queue_sid": task.queue_sid,
        "workflow_sid": task.workflow_sid,
        "task_channel_sid": task.task_channel_sid,
    }
    worker = request.store.workspace.workers.get(event.worker_sid or "")
    if worker is not None:
        data |= {
            "worker_sid": worker.sid,
            "worker_name": worker.name,
            "reservation_sid": event.reservation_sid or "",
        }
    if event.reason:
        data[f"task_{event.status}_reason"] = event.reason
    return data


def _list(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    query, now = request.query, request.store.clock.time()
    began = query.get("StartDate", now - 60 * query.get("Minutes", _MINUTES))
    asked = [(_EQUAL[name][1], value) for name, value in query.items() if name in _EQUAL]
    after, log = token_number(request) or 0, request.store.task_events
    rows = (
        event
        for event in (log.of_task(query["TaskSid"]) if "TaskSid" in query else log)
        if event.n > after
        and is_between(event.at, began, query.get("EndDate"))
        and all(value_of(event) == value for value_of, value in asked)
    )
    return page(request, "events", rows, lambda event: _show(request, event), lambda event: f"PT{event.n}")


def _fetch(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    for event in request.store.task_events:
        if event.sid == request.params["Sid"]:
            return ApiResponse(_show(request, event))
    raise request.not_found()


OPERATIONS: Final = [
    Operation(
        "ListEvent",
        "GET",
        _WORKSPACE_EVENTS,
        _list,
        query={
            "EndDate": Param(moment),
            "Minutes": Param(integer(1)),
            "StartDate": Param(moment),
            **{name: param for name, (param, _) in _EQUAL.items()},
            **paging(1000),
        },
    ),
    Operation("FetchEvent", "GET", _WORKSPACE_EVENTS + "/{Sid}", _fetch),
]
