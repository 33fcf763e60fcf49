"""TaskRouter's workspace, and its task channels."""

from __future__ import annotations

from typing import Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.api.taskrouter.resources import Shown, check_workspace, common, resource
from airflow_provider_flexout.sandbox.state.seed import (
    ACTIVITIES,
    WORKSPACE,
    SeedResource,
)
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, text

__all__ = ["OPERATIONS"]


def _workspace(root: str) -> Shown:
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
        **common(WORKSPACE.sid, WORKSPACE.name, root, links),
        "default_activity_name": "Offline",
        "default_activity_sid": ACTIVITIES["Offline"],
        "timeout_activity_name": "Offline",
        "timeout_activity_sid": ACTIVITIES["Offline"],
        "event_callback_url": None,
        "events_filter": None,
        "multi_task_enabled": True,
        "prioritize_queue_order": "FIFO",
    }


def _task_channel(_: ApiRequest, root: str, row: SeedResource) -> Shown:
    url = f"{root}/TaskChannels/{row.sid}"
    return {
        **common(row.sid, row.name, url, {"workspace": root}),
        "workspace_sid": WORKSPACE.sid,
        "unique_name": row.unique_name,
        "channel_optimized_routing": False,
    }


def _list_workspaces(request: ApiRequest) -> ApiResponse:
    root = f"{request.base}/v1/Workspaces/{WORKSPACE.sid}"
    fits = request.query.get("FriendlyName", WORKSPACE.name) == WORKSPACE.name
    return page_of(request, "workspaces", [root] if fits else [], _workspace)


def _fetch_workspace(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_workspace(check_workspace(request)))


OPERATIONS: Final = [
    Operation(
        "ListWorkspace",
        "GET",
        "/v1/Workspaces",
        _list_workspaces,
        query={"FriendlyName": Param(text()), **paging(1000)},
    ),
    Operation("FetchWorkspace", "GET", "/v1/Workspaces/{WorkspaceSid}", _fetch_workspace),
    *resource(
        "TaskChannel",
        "TaskChannels",
        "channels",
        lambda store: store.workspace.task_channels,
        _task_channel,
        {},
    ),
]
