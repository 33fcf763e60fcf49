"""TaskRouter: whether a task of an outreach gets to an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.diagnosis.finding import (
    CONSOLE,
    Check,
    Finding,
    doubtful,
    found_or_none,
    good,
    or_unread,
    wrong,
)
from airflow_provider_flexout.outreach.values.arguments import count_of, whole_number
from airflow_provider_flexout.twilio.api.tasks import fetch_workspace, list_tasks
from airflow_provider_flexout.twilio.api.workspace import (
    Workflow,
    fetch_queue_statistics,
    fetch_task_queue,
    fetch_worker,
    fetch_workflow,
    list_task_channels,
    list_task_queues,
    list_worker_channels,
    list_workers,
    list_workflows,
)
from airflow_provider_flexout.twilio.http.pagination import read_pages
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget
    from airflow_provider_flexout.twilio.api.configuration import FlexConfiguration
    from airflow_provider_flexout.twilio.api.tasks import Workspace
    from airflow_provider_flexout.twilio.api.workspace import Worker

_PAGE = f"{CONSOLE}/us1/develop/taskrouter/workspaces"
_TASK_CHANNELS = ("default", "chat")
"""The unique names that Flex's interactions take, unless routing names another."""
_NOBODY = "A task of CreateInteractionOperator, BulkOutreachOperator(agent='now') or InviteAgentOperator"


def check_taskrouter(target: DiagnosisTarget, flex: FlexConfiguration | None) -> Check[list[Finding]]:
    """Check workspace, task channels, workflow, queue, worker, and the limit of requests.

    :param target: the connection.
    :param flex: Flex's configuration, where it is known.
    """
    sid = target.defaults.workspace_sid
    if not sid:
        return [_missing("workspace", "workspace_sid")]
    workspace = yield from found_or_none(fetch_workspace(sid))
    if workspace is None:
        return [_not_there("workspace", "workspace_sid", sid, "This account")]
    found = [_judge_workspace(target, flex, workspace)]
    found += yield from or_unread("task channels", _check_task_channels(sid))
    found += yield from or_unread("workflow", _check_workflow(sid, target))
    found += yield from or_unread("queue", _check_queue(sid, target))
    found += yield from or_unread("worker", _check_worker(sid, target))
    found += yield from or_unread("rate limit", check_task_limit(sid))
    return found


def _missing(subject: str, field: str) -> Finding:
    return doubtful(
        subject,
        f"The connection has no {field}.",
        "Each CreateInteractionOperator, InviteAgentOperator and campaign must name one in its routing.",
        f"Set {field} in the extra of the connection.",
        _PAGE,
    )


def _not_there(subject: str, field: str, sid: str, place: str) -> Finding:
    return wrong(
        subject,
        f"{place} has no {subject} {sid}.",
        "Every operator that takes it from the connection fails.",
        f"Correct {field} in the extra of the connection.",
        _PAGE,
    )


def _judge_workspace(
    target: DiagnosisTarget, flex: FlexConfiguration | None, workspace: Workspace
) -> Finding:
    sid, owner = target.defaults.workspace_sid, workspace.account_sid
    if owner and target.account_sid and owner != target.account_sid:
        return wrong(
            "workspace",
            f"It belongs to the account {owner}, not to {target.account_sid}.",
            "Operators act in a different account than you expect.",
            "Take account_sid, login, password and the SIDs from the same account.",
            CONSOLE,
        )
    flexs = flex.taskrouter_workspace_sid if flex else None
    if flexs and flexs != sid:
        return wrong(
            "workspace",
            f"workspace_sid is {sid} ({workspace.friendly_name}), but Flex's workspace is {flexs}.",
            f"{_NOBODY} is made where no agent of Flex sees it.",
            f"Set workspace_sid to {flexs}, and the other SIDs to those in it.",
            _PAGE,
        )
    return good("workspace", f"{sid} ({workspace.friendly_name}).")


def _check_task_channels(workspace_sid: str) -> Check[list[Finding]]:
    subject = "task channels"
    channels = yield from read_pages(list_task_channels(workspace_sid))
    names = {one.unique_name for one in channels}
    lacking = [name for name in _TASK_CHANNELS if name not in names]
    if lacking:
        return [
            wrong(
                subject,
                f"The workspace has no task channel {' and no '.join(lacking)}.",
                f"{_NOBODY} is refused unless its routing names another task channel.",
                "Add it to the workspace, or name one in routing (task_channel).",
                _PAGE,
            )
        ]
    return [good(subject, f"{', '.join(sorted(name for name in names if name))}.")]


def _check_workflow(workspace_sid: str, target: DiagnosisTarget) -> Check[list[Finding]]:
    sid = target.defaults.workflow_sid
    if sid:
        workflow = yield from found_or_none(fetch_workflow(workspace_sid, sid))
        if workflow is None:
            return [_not_there("workflow", "workflow_sid", sid, "The workspace")]
    else:
        workflows = yield from read_pages(list_workflows(workspace_sid))
        if len(workflows) != 1:
            return [_many(len(workflows))]
        workflow = workflows[0]
    queues = {one.sid for one in (yield from read_pages(list_task_queues(workspace_sid)))}
    return [_judge_workflow(workflow, queues, target.defaults.queue_sid)]


def _many(count: int) -> Finding:
    return wrong(
        "workflow",
        f"The workspace has {count} workflows, and the connection names none.",
        f"{_NOBODY} is refused unless its routing names a workflow.",
        "Set workflow_sid in the extra of the connection.",
        _PAGE,
    )


def _judge_workflow(workflow: Workflow, queues: set[str], queue_sid: str | None) -> Finding:
    named = f"{workflow.sid} ({workflow.friendly_name})"
    targets = queues_of(workflow)
    if not targets & queues:
        return wrong(
            "workflow",
            f"{named} leads to no queue that exists.",
            f"{_NOBODY} is canceled as soon as it is made.",
            "Give the workflow a default queue.",
            _PAGE,
        )
    if queue_sid and queue_sid in queues and queue_sid not in targets:
        return doubtful(
            "workflow",
            f"{named} does not lead to the queue {queue_sid} of the connection.",
            "Replies that Studio routes (agent='on_reply'), and every routing that names no queue, go to "
            "other agents.",
            "Add a filter with this queue to the workflow, or set queue_sid to a queue that it leads to.",
            _PAGE,
        )
    gone = targets - queues
    if gone:
        return doubtful(
            "workflow",
            f"{named} leads to queues that do not exist: {', '.join(sorted(gone))}.",
            "Tasks that its filters send there are not routed.",
            "Correct the filters of the workflow.",
            _PAGE,
        )
    reaches = f" and leads to the queue {queue_sid}" if queue_sid else ""
    return good("workflow", f"{named} exists{reaches}.")


def queues_of(workflow: Workflow) -> set[str]:
    """Say which queues a workflow leads to, by its filters and by default.

    https://www.twilio.com/docs/taskrouter/workflow-configuration

    :param workflow: the workflow.
    """
    routing = json_object(workflow.configuration).get("task_routing")
    if not isinstance(routing, dict):
        return set()
    default, filters = routing.get("default_filter"), routing.get("filters")
    targets: list[Any] = [default] if isinstance(default, dict) else []
    for one in filters if isinstance(filters, list) else []:
        inside = one.get("targets") if isinstance(one, dict) else None
        targets += inside if isinstance(inside, list) else []
    return {str(one["queue"]) for one in targets if isinstance(one, dict) and one.get("queue")}


def _check_queue(workspace_sid: str, target: DiagnosisTarget) -> Check[list[Finding]]:
    sid = target.defaults.queue_sid
    if not sid:
        return [_missing("queue", "queue_sid")]
    queue = yield from found_or_none(fetch_task_queue(workspace_sid, sid))
    if queue is None:
        return [_not_there("queue", "queue_sid", sid, "The workspace")]
    statistics = yield fetch_queue_statistics(workspace_sid, sid)
    eligible = statistics.total_eligible_workers or 0
    available = statistics.total_available_workers or 0
    named = f"{sid} ({queue.friendly_name})"
    if not eligible:
        meaning = f"{_NOBODY} waits until it is canceled."
        action = "Let the queue's expression match the attributes of agents."
        return [wrong("queue", f"{named} matches no worker.", meaning, action, _PAGE)]
    if not available:
        return [
            doubtful(
                "queue",
                f"{named} matches {count_of(eligible, 'worker')}; available now: 0.",
                f"{_NOBODY} waits; require_available_agents=True holds the outreach until somebody is there.",
                "Let agents become available before outreaches with agent='now' begin.",
                _PAGE,
            )
        ]
    return [good("queue", f"{named} matches {count_of(eligible, 'worker')}; available now: {available}.")]


def _check_worker(workspace_sid: str, target: DiagnosisTarget) -> Check[list[Finding]]:
    sid = target.defaults.worker_sid
    if not sid:
        return [_missing("worker", "worker_sid")]
    worker = yield from found_or_none(fetch_worker(workspace_sid, sid))
    if worker is None:
        return [_not_there("worker", "worker_sid", sid, "The workspace")]
    found = [(yield from _judge_worker(workspace_sid, worker, target.defaults.queue_sid))]
    if worker.rate_limit:
        found.append(_judge_limit(*worker.rate_limit))
    return found


def _judge_worker(workspace_sid: str, worker: Worker, queue_sid: str | None) -> Check[Finding]:
    meaning = "Interactions that an agent initiates wait for this worker alone."
    if queue_sid:
        listed = list_workers(workspace_sid, friendly_name=worker.friendly_name, task_queue_sid=queue_sid)
        matching = yield listed
        if all(one.sid != worker.sid for one in matching.items):
            seen = f"{worker.sid} is not among the workers of the queue {queue_sid}."
            action = "Give the worker the attributes that the queue asks for, or name another worker."
            return doubtful("worker", seen, f"{meaning} The queue does not match them.", action, _PAGE)
    if not worker.available:
        seen = f"{worker.sid} is {worker.activity_name or 'not available'}."
        action = "Let the worker become available, or name another one in routing."
        return doubtful("worker", seen, meaning, action, _PAGE)
    channels = yield list_worker_channels(workspace_sid, worker.sid)
    shut = [
        str(one.task_channel_unique_name)
        for one in channels.items
        if one.task_channel_unique_name in _TASK_CHANNELS
        and (one.available is False or one.configured_capacity == 0)
    ]
    if shut:
        seen = f"{worker.sid} takes no tasks of the task channel {' and '.join(shut)}."
        action = "Raise the worker's capacity for it."
        return doubtful("worker", seen, meaning, action, _PAGE)
    return good("worker", f"{worker.sid} is {worker.activity_name}.")


def check_task_limit(workspace_sid: str) -> Check[list[Finding]]:
    """Read the headers in which Twilio says how many requests about tasks are left.

    :param workspace_sid: the workspace, ``WS…``.
    """
    page = yield list_tasks(workspace_sid, page_size=1)
    return [_judge_limit(*page.rate_limit)] if page.rate_limit else []


def _judge_limit(what: str, most: str, left: str) -> Finding:
    seen = f"Requests left: {left} of {most} ({what})."
    rest, limit = whole_number(left), whole_number(most)
    if rest is not None and limit is not None and rest * 10 < limit:
        return doubtful(
            "rate limit",
            seen,
            "Other programs use the same limit; operators wait and try again, and campaigns become slower.",
            "Look for what else asks TaskRouter this often, or ask Twilio for a higher limit.",
            f"{_PAGE}",
        )
    return good("rate limit", seen)
