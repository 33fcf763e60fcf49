"""TaskRouter's workspace and what is set up in it: workflows, queues, workers, task channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.tasks import check_workspace
from airflow_provider_flexout.sandbox.clock import iso
from airflow_provider_flexout.sandbox.fields import Param, text
from airflow_provider_flexout.sandbox.pages import page, token_number
from airflow_provider_flexout.sandbox.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.wire import Answer, compact
from airflow_provider_flexout.sandbox.workspace import (
    ACCOUNT_SID,
    ACTIVITIES,
    BORN,
    QUEUES,
    TASK_CHANNELS,
    WORKERS,
    WORKFLOW,
    WORKSPACE,
    Named,
    Worker,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["OPERATIONS"]

_Show = dict[str, Any]


def _common(sid: str, name: str, url: str, links: dict[str, str]) -> _Show:
    return {
        "sid": sid,
        "account_sid": ACCOUNT_SID,
        "friendly_name": name,
        "date_created": iso(BORN),
        "date_updated": iso(BORN),
        "url": url,
        "links": links,
    }


def _workspace(root: str) -> _Show:
    links = {
        name: f"{root}/{part}"
        for name, part in (
            ("activities", "Activities"),
            ("statistics", "Statistics"),
            ("real_time_statistics", "RealTimeStatistics"),
            ("cumulative_statistics", "CumulativeStatistics"),
            ("task_queues", "TaskQueues"),
            ("tasks", "Tasks"),
            ("workers", "Workers"),
            ("workflows", "Workflows"),
            ("task_channels", "TaskChannels"),
            ("events", "Events"),
        )
    }
    return {
        **_common(WORKSPACE.sid, WORKSPACE.name, root, links),
        "default_activity_name": "Offline",
        "default_activity_sid": ACTIVITIES["Offline"],
        "timeout_activity_name": "Offline",
        "timeout_activity_sid": ACTIVITIES["Offline"],
        "event_callback_url": None,
        "events_filter": None,
        "multi_task_enabled": True,
        "prioritize_queue_order": "FIFO",
    }


def _workflow(root: str, row: Named) -> _Show:
    url = f"{root}/Workflows/{row.sid}"
    return {
        **_common(row.sid, row.name, url, {"statistics": f"{url}/Statistics", "workspace": root}),
        "workspace_sid": WORKSPACE.sid,
        "configuration": compact(
            {"task_routing": {"filters": [], "default_filter": {"queue": next(iter(QUEUES))}}}
        ),
        "assignment_callback_url": None,
        "fallback_assignment_callback_url": None,
        "document_content_type": "application/json",
        "task_reservation_timeout": 120,
    }


def _queue(root: str, row: Named) -> _Show:
    url = f"{root}/TaskQueues/{row.sid}"
    return {
        **_common(row.sid, row.name, url, {"statistics": f"{url}/Statistics", "workspace": root}),
        "workspace_sid": WORKSPACE.sid,
        "target_workers": "1==1",
        "task_order": "FIFO",
        "max_reserved_workers": 1,
        "assignment_activity_sid": None,
        "assignment_activity_name": None,
        "reservation_activity_sid": None,
        "reservation_activity_name": None,
    }


def _worker(root: str, row: Worker) -> _Show:
    url = f"{root}/Workers/{row.sid}"
    return {
        **_common(row.sid, row.name, url, {"reservations": f"{url}/Reservations", "workspace": root}),
        "workspace_sid": WORKSPACE.sid,
        "attributes": row.attributes,
        "activity_name": "Available",
        "activity_sid": ACTIVITIES["Available"],
        "available": True,
        "date_status_changed": iso(BORN),
    }


def _task_channel(root: str, row: Named) -> _Show:
    url = f"{root}/TaskChannels/{row.sid}"
    return {
        **_common(row.sid, row.name, url, {"workspace": root}),
        "workspace_sid": WORKSPACE.sid,
        "unique_name": row.unique_name,
        "channel_optimized_routing": False,
    }


def _list_workspaces(call: Call) -> Answer:
    root = f"{call.base}/v1/Workspaces/{WORKSPACE.sid}"
    fits = call.query.get("FriendlyName", WORKSPACE.name) == WORKSPACE.name
    rows = [(1, root)][token_number(call) or 0 :] if fits else []
    return page(call, "workspaces", rows, lambda row: _workspace(row[1]), lambda row: f"PT{row[0]}")


def _fetch_workspace(call: Call) -> Answer:
    return Answer(_workspace(check_workspace(call)))


def _resource(
    what: str, path: str, key: str, rows: Mapping[str, Any], show: Callable[[str, Any], _Show]
) -> list[Operation]:
    def find_all(call: Call) -> Answer:
        root = check_workspace(call)
        name = call.query.get("FriendlyName")
        fitting = [row for row in rows.values() if name in {None, row.name}]
        numbered = list(enumerate(fitting, 1))[token_number(call) or 0 :]
        return page(call, key, numbered, lambda row: show(root, row[1]), lambda row: f"PT{row[0]}")

    def fetch(call: Call) -> Answer:
        root, row = check_workspace(call), rows.get(call.params["Sid"])
        if row is None:
            raise call.not_found()
        return Answer(show(root, row))

    everything = "/v1/Workspaces/{WorkspaceSid}/" + path
    query = paging(1000) if what == "TaskChannel" else {"FriendlyName": Param(text()), **paging(1000)}
    return [
        Operation(f"List{what}", "GET", everything, find_all, query=query),
        Operation(f"Fetch{what}", "GET", everything + "/{Sid}", fetch),
    ]


OPERATIONS: Final = [
    Operation(
        "ListWorkspace",
        "GET",
        "/v1/Workspaces",
        _list_workspaces,
        query={"FriendlyName": Param(text()), **paging(1000)},
    ),
    Operation("FetchWorkspace", "GET", "/v1/Workspaces/{WorkspaceSid}", _fetch_workspace),
    *_resource("Workflow", "Workflows", "workflows", {WORKFLOW.sid: WORKFLOW}, _workflow),
    *_resource("TaskQueue", "TaskQueues", "task_queues", QUEUES, _queue),
    *_resource("Worker", "Workers", "workers", WORKERS, _worker),
    *_resource("TaskChannel", "TaskChannels", "channels", TASK_CHANNELS, _task_channel),
]
