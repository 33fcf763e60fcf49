"""TaskRouter's workspace and its task channels, and what all that is set up in it has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from airflow_provider_flexout.sandbox.api.pagination import page_of
from airflow_provider_flexout.sandbox.api.routes import ApiRequest, Operation, paging
from airflow_provider_flexout.sandbox.api.taskrouter.tasks import check_workspace
from airflow_provider_flexout.sandbox.state.seed import (
    ACCOUNT_SID,
    ACTIVITIES,
    BORN,
    WORKSPACE,
    SeedResource,
)
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["OPERATIONS", "Shown", "common", "found", "is_named", "resource"]

Shown = dict[str, Any]
_Row = TypeVar("_Row")


def common(sid: str, name: str, url: str, links: dict[str, str], created: float = BORN) -> Shown:
    """Return the fields that everything in a workspace has.

    :param sid: its SID.
    :param name: its friendly name.
    :param url: its own URL.
    :param links: where to go from it.
    :param created: when it was made, in seconds since the epoch.
    """
    return {
        "sid": sid,
        "account_sid": ACCOUNT_SID,
        "friendly_name": name,
        "date_created": iso(created),
        "date_updated": iso(created),
        "url": url,
        "links": links,
    }


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


def resource(
    what: str,
    path: str,
    key: str,
    rows: Callable[[Store], Mapping[str, Any]],
    show: Callable[[ApiRequest, str, Any], Shown],
    filters: Mapping[str, tuple[Param, Callable[[Store, Any, Any], bool]]] | None = None,
) -> list[Operation]:
    """Make the operations that read one kind of thing in a workspace: its list, and one by SID.

    :param what: Twilio's name for it.
    :param path: its place under the workspace.
    :param key: what the list is called in the answer.
    :param rows: finds them in the state.
    :param show: makes the JSON of one, given the request, the workspace's URL and the row.
    :param filters: the list's query fields, and whether a row fits a value of theirs.
    """
    known = {"FriendlyName": (Param(text()), is_named)} if filters is None else filters

    def find_all(request: ApiRequest) -> ApiResponse:
        root, store = check_workspace(request), request.store
        asked = [(known[name][1], value) for name, value in request.query.items() if name in known]
        fitting = [
            row for row in rows(store).values() if all(fits(store, row, value) for fits, value in asked)
        ]
        return page_of(request, key, fitting, lambda row: show(request, root, row))

    def fetch(request: ApiRequest) -> ApiResponse:
        root = check_workspace(request)
        return ApiResponse(show(request, root, found(request, rows(request.store))))

    everything = "/v1/Workspaces/{WorkspaceSid}/" + path
    query = {**{name: param for name, (param, _) in known.items()}, **paging(1000)}
    return [
        Operation(f"List{what}", "GET", everything, find_all, query=query),
        Operation(f"Fetch{what}", "GET", everything + "/{Sid}", fetch),
    ]


def found(request: ApiRequest, rows: Mapping[str, _Row], name: str = "Sid") -> _Row:
    """Return the row that a path names.

    :param request: the request.
    :param rows: where to look.
    :param name: the part of the path.
    :raises ApiError: 404/20404.
    """
    row = rows.get(request.params[name])
    if row is None:
        raise request.not_found()
    return row


def is_named(_: Store, row: Any, name: str) -> bool:
    """Tell whether something has a name.

    :param row: the thing.
    :param name: the name.
    """
    return bool(row.name == name)


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
