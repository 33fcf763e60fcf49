"""TaskRouter's tasks: reading, filtering, changing."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.pagination import page, token_number
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.rules import interaction_channels, tasks
from airflow_provider_flexout.sandbox.state.expressions import (
    Comparison,
    Expression,
    ExpressionError,
    Junction,
    parse,
)
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    TASK_CHANNELS,
    WORKSPACE,
)
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import Answer, TwilioError
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    boolean,
    enum,
    integer,
    moment,
    refused,
    sid,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_provider_flexout.sandbox.state.records import Task
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["OPERATIONS", "check_workspace", "etag", "find_task_channel", "match_version", "one_task", "rates"]

_STATUSES: Final = ("pending", "reserved", "assigned", "canceled", "completed", "wrapping")
_STEPS: Final = {
    ("assigned", "wrapping"),
    ("assigned", "completed"),
    ("wrapping", "completed"),
}
_SORTS: Final[dict[str, Callable[[Task], float]]] = {
    "DateCreated": lambda task: task.created,
    "Priority": lambda task: task.priority,
    "VirtualStartTime": lambda task: task.virtual_start or task.created,
}


def check_workspace(call: Call) -> str:
    """Check the workspace that a path names; sample SIDs pass if the sandbox accepts any routing.

    :param call: the request.
    :return: the workspace's URL.
    :raises TwilioError: 404/20404.
    """
    asked = call.params["WorkspaceSid"]
    if asked != WORKSPACE.sid and not (call.world.settings.accept_any_routing and asked.startswith("WS")):
        raise call.not_found()
    return f"{call.base}/v1/Workspaces/{WORKSPACE.sid}"


def _show(call: Call, task: Task) -> dict[str, Any]:
    center = call.world.center
    root = f"{call.base}/v1/Workspaces/{WORKSPACE.sid}"
    url = f"{root}/Tasks/{task.sid}"
    return {
        "sid": task.sid,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "workflow_sid": task.workflow_sid,
        "workflow_friendly_name": center.workflows[task.workflow_sid].name,
        "task_queue_sid": task.queue_sid,
        "task_queue_friendly_name": center.queues[task.queue_sid].name,
        "task_channel_sid": task.task_channel_sid,
        "task_channel_unique_name": TASK_CHANNELS[task.task_channel_sid].unique_name,
        "assignment_status": task.status,
        "attributes": task.attributes,
        "addons": "{}",
        "age": int(call.world.clock.time() - task.created),
        "date_created": iso(task.created),
        "date_updated": iso(task.updated),
        "task_queue_entered_date": iso(task.created),
        "virtual_start_time": iso(task.virtual_start or task.created),
        "priority": task.priority,
        "reason": task.reason,
        "timeout": task.timeout,
        "ignore_capacity": task.target_sid is not None,
        "routing_target": task.target_sid,
        "url": url,
        "links": {
            "workspace": root,
            "workflow": f"{root}/Workflows/{task.workflow_sid}",
            "task_queue": f"{root}/TaskQueues/{task.queue_sid}",
            "reservations": f"{url}/Reservations",
        },
    }


def etag(version: int) -> str:
    """Return the ``ETag`` of a version.

    :param version: how often something has changed.
    """
    return f'"{version}"'


def match_version(call: Call, version: int) -> None:
    """Check ``If-Match``, where a request has it.

    :param call: the request.
    :param version: how often the thing has changed.
    :raises TwilioError: 412/20412 if it has changed since it was read.
    """
    wanted = call.headers.get("if-match")
    if wanted is not None and wanted not in {etag(version), "*"}:
        raise TwilioError(412, 20412, "Precondition failed: it has changed since it was read")


def _answer(call: Call, task: Task) -> Answer:
    return Answer(_show(call, task), headers={"ETag": etag(task.version), **rates("Tasks")})


def rates(what: str) -> dict[str, str]:
    """Return the header fields that tell how many requests are left.

    :param what: of which kind.
    """
    return {"X-Rate-Limit-Limit": "1000", "X-Rate-Limit-Remaining": "999", "X-Rate-Limit-Config": what}


def one_task(call: Call, name: str = "Sid") -> Task:
    """Return the task that a path names.

    :param call: the request.
    :param name: the part of the path.
    :raises TwilioError: 404/20404.
    """
    check_workspace(call)
    task = call.world.tasks.get(call.params[name])
    if task is None:
        raise call.not_found()
    return task


def _fetch(call: Call) -> Answer:
    return _answer(call, one_task(call))


def _update(call: Call) -> Answer:
    task, form = one_task(call), call.form
    match_version(call, task.version)
    status = form.get("AssignmentStatus")
    if status is not None:
        _check_step(call.world, task, status)
    if "Attributes" in form:
        tasks.replace_attributes(call.world, task, form["Attributes"])
    task.priority = form.get("Priority", task.priority)
    task.virtual_start = form.get("VirtualStartTime", task.virtual_start)
    task.task_channel_sid = form.get("TaskChannel", task.task_channel_sid)
    if status is not None:
        _step(call.world, task, status, form.get("Reason"))
    elif form.keys() - {"Attributes"}:
        tasks.touch(call.world, task)
    return _answer(call, task)


def _check_step(world: World, task: Task, status: str) -> None:
    if status == "canceled":
        if world.settings.cancel_task == "accept" and task.status in tasks.LIVE:
            return
        raise refused("AssignmentStatus", "a task made by an interaction is ended through its channel")
    if (task.status, status) not in _STEPS:
        raise refused("AssignmentStatus", f"a task that is {task.status} can't become {status}")


def _step(world: World, task: Task, status: str, reason: str | None) -> None:
    if status == "wrapping":
        tasks.set_status(world, task, status)
    else:
        tasks.end(world, task, status, reason)
        interaction_channels.close(world, world.channels[task.channel_sid])


def find_task_channel(value: str) -> str:
    """Check a field that names a kind of work.

    :param value: SID or unique name of a task channel.
    :return: its SID.
    """
    for channel in TASK_CHANNELS.values():
        if value in {channel.sid, channel.unique_name}:
            return channel.sid
    raise ValueError("no such task channel")


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


def _candidates(world: World, expression: Expression | None) -> Iterable[Task]:
    """Return the tasks that an expression could be true for: all, or those an index can name."""
    parts = (
        expression.parts if isinstance(expression, Junction) and expression.word == "AND" else (expression,)
    )
    for part in parts:
        if isinstance(part, Comparison) and part.operator == "==" and isinstance(part.value, str):
            return world.task_index.find(part.path, part.value, world.tasks)
    return world.tasks


def _filters(world: World, query: Any) -> list[Callable[[Task], bool]]:
    wanted = {status for group in query.get("AssignmentStatus", ()) for status in group}
    filters: list[Callable[[Task], bool]] = []
    if wanted:
        filters.append(lambda task: task.status in wanted)
    for name, value_of in _EQUAL.items():
        if name in query:
            filters.append(lambda task, value_of=value_of, name=name: value_of(world, task) == query[name])  # type: ignore[misc]
    expression: Expression | None = query.get("EvaluateTaskAttributes")
    if expression is not None:
        filters.append(lambda task: expression.matches(json.loads(task.attributes)))
    return filters


_EQUAL: Final[dict[str, Callable[[World, Task], Any]]] = {
    "Priority": lambda _, task: task.priority,
    "WorkflowSid": lambda _, task: task.workflow_sid,
    "WorkflowName": lambda world, task: world.center.workflows[task.workflow_sid].name,
    "TaskQueueSid": lambda _, task: task.queue_sid,
    "TaskQueueName": lambda world, task: world.center.queues[task.queue_sid].name,
    "RoutingTarget": lambda _, task: task.target_sid,
    "HasAddons": lambda _, __: False,
}


def _list(call: Call) -> Answer:
    check_workspace(call)
    world, query = call.world, call.query
    filters = _filters(world, query)
    rows: Iterable[Task] = (
        task
        for task in _candidates(world, query.get("EvaluateTaskAttributes"))
        if all(fits(task) for fits in filters) and tasks.listed(world, task)
    )
    ordering = query.get("Ordering")
    if ordering is not None:
        rows = list(rows)
        for name, descending in reversed(ordering):
            rows.sort(key=_SORTS[name], reverse=descending)
    start = token_number(call) or 0
    numbered = enumerate(islice(rows, start, None), start + 1)
    answer = page(call, "tasks", numbered, lambda row: _show(call, row[1]), lambda row: f"PT{row[0]}")
    answer.headers.update(rates("Tasks"))
    return answer


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
    Operation("FetchTask", "GET", _ALL + "/{Sid}", _fetch),
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
