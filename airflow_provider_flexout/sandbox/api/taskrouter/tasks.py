"""TaskRouter's tasks: reading, filtering, changing."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page, paging, token_number
from airflow_provider_flexout.sandbox.api.taskrouter.resources import (
    check_workspace,
    etag,
    find_task_channel,
    match_version,
    rates,
    task_of,
)
from airflow_provider_flexout.sandbox.rules import interaction_channels
from airflow_provider_flexout.sandbox.rules.interaction_request import RoutingRequest
from airflow_provider_flexout.sandbox.rules.taskrouter import tasks, workflows
from airflow_provider_flexout.sandbox.state.expressions import (
    Comparison,
    Constant,
    Expression,
    ExpressionError,
    Path,
    parse,
)
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    TASK_CHANNELS,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    absent,
    boolean,
    enum,
    integer,
    invalid_parameter,
    json_text,
    moment,
    sid,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["OPERATIONS"]

_STATUSES: Final = ("pending", "reserved", "assigned", "canceled", "completed", "wrapping")
_DAY: Final = 86_400
_STEPS: Final = {
    ("assigned", "wrapping"),
    ("assigned", "completed"),
    ("wrapping", "completed"),
}
_SORTS: Final[dict[str, Callable[[TaskRecord], float]]] = {
    "DateCreated": lambda task: task.created,
    "Priority": lambda task: task.priority,
    "VirtualStartTime": lambda task: task.virtual_start or task.created,
}


def _show(request: ApiRequest, task: TaskRecord) -> dict[str, Any]:
    workspace = request.store.workspace
    root = f"{request.base}/v1/Workspaces/{WORKSPACE.sid}"
    url = f"{root}/Tasks/{task.sid}"
    return {
        "sid": task.sid,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "workflow_sid": task.workflow_sid,
        "workflow_friendly_name": workspace.workflows[task.workflow_sid].name,
        "task_queue_sid": task.queue_sid,
        "task_queue_friendly_name": workspace.queue_name(task.queue_sid),
        "task_channel_sid": task.task_channel_sid,
        "task_channel_unique_name": TASK_CHANNELS[task.task_channel_sid].unique_name,
        "assignment_status": task.status,
        "attributes": task.attributes,
        "addons": "{}",
        "age": int(request.store.clock.time() - task.created),
        "date_created": iso(task.created),
        "date_updated": iso(task.updated),
        "task_queue_entered_date": iso(task.entered or task.created),
        "virtual_start_time": iso(task.virtual_start or task.created),
        "priority": task.priority,
        "reason": task.reason,
        "timeout": task.timeout,
        "ignore_capacity": task.target_sid is not None and task.ignore_capacity,
        "routing_target": task.target_sid,
        "url": url,
        "links": {
            "workspace": root,
            "workflow": f"{root}/Workflows/{task.workflow_sid}",
            "task_queue": f"{root}/TaskQueues/{task.queue_sid}",
            "reservations": f"{url}/Reservations",
        },
    }


def _respond(request: ApiRequest, task: TaskRecord) -> ApiResponse:
    return ApiResponse(_show(request, task), headers={"ETag": etag(task.version), **rates("Tasks")})


def _fetch(request: ApiRequest) -> ApiResponse:
    return _respond(request, task_of(request))


def _update(request: ApiRequest) -> ApiResponse:
    task, form = task_of(request), request.form
    match_version(request, task.version)
    status = form.get("AssignmentStatus")
    if status is not None:
        _check_step(request.store, task, status)
    if "Attributes" in form:
        tasks.replace_attributes(request.store, task, form["Attributes"])
    task.priority = form.get("Priority", task.priority)
    task.virtual_start = form.get("VirtualStartTime", task.virtual_start)
    task.task_channel_sid = form.get("TaskChannel", task.task_channel_sid)
    if status is not None:
        _step(request.store, task, status, form.get("Reason"))
    elif form.keys() - {"Attributes"}:
        tasks.touch(request.store, task)
    return _respond(request, task)


def _create(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    store, form, workspace = request.store, request.form, request.store.workspace
    target = form.get("RoutingTarget", "")
    known = workspace.workers.keys() | workspace.queues.keys() | workspace.workflows.keys()
    if target and target not in known:
        raise invalid_parameter("RoutingTarget", "there is no such worker, queue or workflow")
    workflow = form.get("WorkflowSid", target if target[:2] == "WW" else None)
    if workflow is None and len(workspace.workflows) > 1:
        raise ApiError(400, 20001, "Missing required parameter WorkflowSid in the request")
    workflow = workflow or next(iter(workspace.workflows))
    if workflow not in workspace.workflows:
        raise invalid_parameter("WorkflowSid", "there is no such workflow")
    routing = RoutingRequest(
        workflow,
        target if target[:2] == "WQ" else None,
        target if target[:2] == "WK" else None,
        form.get("TaskChannel", find_task_channel("default")),
        form.get("Priority", 0),
        form.get("Timeout", _DAY),
        ignore_capacity=form.get("IgnoreCapacity", True),
    )
    attributes = json.loads(form.get("Attributes", "{}"))
    task = tasks.new(store, None, routing, store.sids.new("WT"), attributes)
    task.virtual_start = form.get("VirtualStartTime")
    workflows.route(store, task, attributes)
    tasks.keep(store, task, attributes)
    store.clock.schedule(0, "offer_task", task.sid)
    response = _respond(request, task)
    response.status = 201
    return response


def _delete(request: ApiRequest) -> ApiResponse:
    task = task_of(request)
    match_version(request, task.version)
    if task.interaction_sid and request.store.settings.cancel_task == "refuse":
        raise ApiError(400, 20001, "A task made by an interaction is ended through its channel")
    tasks.delete(request.store, task)
    return ApiResponse(None, 204)


def _check_step(store: Store, task: TaskRecord, status: str) -> None:
    if status == "canceled":
        if not task.interaction_sid and task.status in {"pending", "reserved"}:
            return
        if store.settings.cancel_task == "accept" and task.status in tasks.LIVE:
            return
        raise invalid_parameter(
            "AssignmentStatus", "a task made by an interaction is ended through its channel"
        )
    if (task.status, status) not in _STEPS:
        raise invalid_parameter("AssignmentStatus", f"a task that is {task.status} can't become {status}")


def _step(store: Store, task: TaskRecord, status: str, reason: str | None) -> None:
    if status == "wrapping":
        tasks.set_status(store, task, status)
    else:
        tasks.end(store, task, status, reason)
        if task.channel_sid:
            interaction_channels.close(store, store.channels[task.channel_sid])


def _statuses(value: str) -> tuple[str, ...]:
    return tuple(enum(*_STATUSES)(each.strip()) for each in value.split(","))


def _ordering(value: str) -> list[tuple[str, bool]]:
    keys = []
    for part in value.split(","):
        name, _, direction = part.strip().partition(":")
        if name not in _SORTS or direction not in {"asc", "desc"}:
            raise ValueError("write DateCreated, Priority or VirtualStartTime, a colon, and asc or desc")
        keys.append((name, direction == "desc"))
    if {"DateCreated", "VirtualStartTime"} <= {name for name, _ in keys}:
        raise ValueError("DateCreated and VirtualStartTime don't go together")
    return keys


def _expression(value: str) -> Expression:
    try:
        return parse(value)
    except ExpressionError as error:
        raise ValueError(f"no expression: {error}") from error


def _candidates(store: Store, expression: Expression | None) -> Iterable[TaskRecord]:
    """Return the tasks that an expression could be true for: all, or those an index can name."""
    named = _named(store, expression)
    return store.tasks if named is None else named


def _named(store: Store, expression: Expression | None) -> list[TaskRecord] | None:
    """Return the tasks that an index names for an expression, oldest first; None where it names none."""
    if isinstance(expression, Comparison):
        path, constant = expression.left, expression.right
        if expression.operator != "==" or not (isinstance(path, Path) and isinstance(constant, Constant)):
            return None
        if not isinstance(constant.value, str):
            return None
        return store.task_index.find(path.parts, constant.value, store.tasks)
    if expression is None:
        return None
    named = (_named(store, part) for part in expression.parts)
    if expression.word == "AND":
        return next((part for part in named if part is not None), None)
    found: dict[str, TaskRecord] = {}
    for part in named:
        if part is None:
            return None
        found |= {task.sid: task for task in part}
    return sorted(found.values(), key=lambda task: task.n)


def _filters(store: Store, query: Any) -> list[Callable[[TaskRecord], bool]]:
    wanted = {status for group in query.get("AssignmentStatus", ()) for status in group}
    filters: list[Callable[[TaskRecord], bool]] = []
    if wanted:
        filters.append(lambda task: task.status in wanted)
    for name, value_of in _EQUAL.items():
        if name in query:
            filters.append(lambda task, value_of=value_of, name=name: value_of(store, task) == query[name])  # type: ignore[misc]
    expression: Expression | None = query.get("EvaluateTaskAttributes")
    if expression is not None:
        filters.append(lambda task: expression.matches(json.loads(task.attributes)))
    return filters


_EQUAL: Final[dict[str, Callable[[Store, TaskRecord], Any]]] = {
    "Priority": lambda _, task: task.priority,
    "WorkflowSid": lambda _, task: task.workflow_sid,
    "WorkflowName": lambda store, task: store.workspace.workflows[task.workflow_sid].name,
    "TaskQueueSid": lambda _, task: task.queue_sid,
    "TaskQueueName": lambda store, task: store.workspace.queue_name(task.queue_sid),
    "RoutingTarget": lambda _, task: task.target_sid,
    "HasAddons": lambda _, __: False,
}


def _list(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    store, query = request.store, request.query
    filters = _filters(store, query)
    rows: Iterable[TaskRecord] = (
        task
        for task in _candidates(store, query.get("EvaluateTaskAttributes"))
        if all(fits(task) for fits in filters) and tasks.listed(store, task)
    )
    ordering = query.get("Ordering")
    if ordering is not None:
        rows = list(rows)
        for name, descending in reversed(ordering):
            rows.sort(key=_SORTS[name], reverse=descending)
    start = token_number(request) or 0
    numbered = enumerate(islice(rows, start, None), start + 1)
    response = page(request, "tasks", numbered, lambda row: _show(request, row[1]), lambda row: f"PT{row[0]}")
    response.headers.update(rates("Tasks"))
    return response


_ALL: Final = "/v1/Workspaces/{WorkspaceSid}/Tasks"
OPERATIONS: Final = [
    Operation(
        "ListTask",
        "GET",
        _ALL,
        _list,
        query={
            "Priority": Param(integer()),
            "AssignmentStatus": Param(_statuses, many=True),
            "WorkflowSid": Param(sid("WW")),
            "WorkflowName": Param(text()),
            "TaskQueueSid": Param(sid("WQ")),
            "TaskQueueName": Param(text()),
            "EvaluateTaskAttributes": Param(_expression),
            "RoutingTarget": Param(text()),
            "Ordering": Param(_ordering),
            "HasAddons": Param(boolean),
            **paging(1000),
        },
    ),
    Operation(
        "CreateTask",
        "POST",
        _ALL,
        _create,
        form={
            "Timeout": Param(integer(1, 1_209_600)),
            "Priority": Param(integer(0, 2**31 - 1)),
            "TaskChannel": Param(find_task_channel),
            "WorkflowSid": Param(sid("WW")),
            "Attributes": Param(json_text(tasks.LONGEST_ATTRIBUTES)),
            "VirtualStartTime": Param(moment),
            "RoutingTarget": Param(text()),
            "IgnoreCapacity": Param(boolean),
            "TaskQueueSid": Param(absent),
        },
    ),
    Operation("FetchTask", "GET", _ALL + "/{Sid}", _fetch),
    Operation("DeleteTask", "DELETE", _ALL + "/{Sid}", _delete),
    Operation(
        "UpdateTask",
        "POST",
        _ALL + "/{Sid}",
        _update,
        form={
            "Attributes": Param(text()),
            "AssignmentStatus": Param(enum(*_STATUSES)),
            "Reason": Param(text()),
            "Priority": Param(integer(0)),
            "TaskChannel": Param(find_task_channel),
            "VirtualStartTime": Param(moment),
        },
    ),
]
