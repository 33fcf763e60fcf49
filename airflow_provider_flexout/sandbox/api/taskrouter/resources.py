"""What TaskRouter's resources have in common: fields, versions, lookups, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, BORN, TASK_CHANNELS, WORKSPACE
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = [
    "Shown",
    "check_workspace",
    "common",
    "etag",
    "find_task_channel",
    "found",
    "is_named",
    "match_version",
    "rates",
    "resource",
    "task_of",
]

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


def check_workspace(request: ApiRequest) -> str:
    """Check the workspace that a path names; sample SIDs pass if the sandbox accepts any routing.

    :param request: the request.
    :return: the workspace's URL.
    :raises ApiError: 404/20404.
    """
    asked = request.params["WorkspaceSid"]
    if asked != WORKSPACE.sid and not (request.store.settings.accept_any_routing and asked.startswith("WS")):
        raise request.not_found()
    return f"{request.base}/v1/Workspaces/{WORKSPACE.sid}"


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
    :param key: what the list is called in the response.
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


def etag(version: int) -> str:
    """Return the ``ETag`` of a version.

    :param version: how often something has changed.
    """
    return f'"{version}"'


def match_version(request: ApiRequest, version: int) -> None:
    """Check ``If-Match``, where a request has it.

    :param request: the request.
    :param version: how often the thing has changed.
    :raises ApiError: 412/20412 if it has changed since it was read.
    """
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted not in {etag(version), "*"}:
        raise ApiError(412, 20412, "Precondition failed: it has changed since it was read")


def rates(what: str) -> dict[str, str]:
    """Return the header fields with the rate limit.

    :param what: the kind of resource that it is for, such as ``Tasks``.
    """
    return {"X-Rate-Limit-Limit": "1000", "X-Rate-Limit-Remaining": "999", "X-Rate-Limit-Config": what}


def task_of(request: ApiRequest, name: str = "Sid") -> TaskRecord:
    """Return the task that a path names.

    :param request: the request.
    :param name: the part of the path.
    :raises ApiError: 404/20404.
    """
    check_workspace(request)
    task = request.store.tasks.get(request.params[name])
    if task is None:
        raise request.not_found()
    return task


def find_task_channel(value: str) -> str:
    """Check a field that names a kind of work.

    :param value: SID or unique name of a task channel.
    :return: its SID.
    """
    for channel in TASK_CHANNELS.values():
        if value in {channel.sid, channel.unique_name}:
            return channel.sid
    raise ValueError("no such task channel")
