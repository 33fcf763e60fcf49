"""TaskRouter's workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.api.taskrouter.resources import (
    Shown,
    check_workspace,
    common,
    found,
    resource,
)
from airflow_provider_flexout.sandbox.rules.taskrouter import workflows
from airflow_provider_flexout.sandbox.state.seed import WORKSPACE
from airflow_provider_flexout.sandbox.state.workflow_configuration import read_configuration
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, absent, boolean, integer, json_text, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.workspace import WorkflowRecord

__all__ = ["OPERATIONS"]

_LONGEST: Final = 65_536


def _show(_: ApiRequest, root: str, row: WorkflowRecord) -> Shown:
    url = f"{root}/Workflows/{row.sid}"
    links = {
        "statistics": f"{url}/Statistics",
        "real_time_statistics": f"{url}/RealTimeStatistics",
        "cumulative_statistics": f"{url}/CumulativeStatistics",
        "workspace": root,
    }
    return {
        **common(row.sid, row.name, url, links, row.created),
        "workspace_sid": WORKSPACE.sid,
        "configuration": row.configuration,
        "assignment_callback_url": None,
        "fallback_assignment_callback_url": None,
        "document_content_type": "application/json",
        "task_reservation_timeout": row.reservation_timeout,
    }


def _create(request: ApiRequest) -> ApiResponse:
    root, form, store = check_workspace(request), request.form, request.store
    workflow = store.workspace.add_workflow(
        store.sids,
        form["FriendlyName"],
        form["Configuration"],
        store.clock.time(),
        reservation_timeout=form.get("TaskReservationTimeout", 120),
    )
    return ApiResponse(_show(request, root, workflow), 201)


def _update(request: ApiRequest) -> ApiResponse:
    root, form, store = check_workspace(request), request.form, request.store
    workflow = found(request, store.workspace.workflows)
    workflow.name = form.get("FriendlyName", workflow.name)
    workflow.configuration = form.get("Configuration", workflow.configuration)
    workflow.reservation_timeout = form.get("TaskReservationTimeout", workflow.reservation_timeout)
    if form.get("ReEvaluateTasks"):
        workflows.route_again(store, workflow.sid)
    return ApiResponse(_show(request, root, workflow))


def _delete(request: ApiRequest) -> ApiResponse:
    check_workspace(request)
    store = request.store
    workflow = found(request, store.workspace.workflows)
    if len(store.workspace.workflows) == 1 or any(task.workflow_sid == workflow.sid for task in store.tasks):
        message = f"The workflow {workflow.sid} can't be deleted: it has tasks, or is the only one"
        raise ApiError(400, 20001, message)
    del store.workspace.workflows[workflow.sid]
    return ApiResponse(None, 204)


_CONFIGURATION: Final = json_text(_LONGEST, read_configuration)
_FORM: Final = {
    "FriendlyName": Param(text()),
    "Configuration": Param(_CONFIGURATION),
    "AssignmentCallbackUrl": Param(absent),
    "FallbackAssignmentCallbackUrl": Param(absent),
    "TaskReservationTimeout": Param(integer(1, 86_400)),
}
_REQUIRED: Final = {
    "FriendlyName": Param(text(), required=True),
    "Configuration": Param(_CONFIGURATION, required=True),
}
_ALL: Final = "/v1/Workspaces/{WorkspaceSid}/Workflows"
OPERATIONS: Final = [
    *resource("Workflow", "Workflows", "workflows", lambda store: store.workspace.workflows, _show),
    Operation("CreateWorkflow", "POST", _ALL, _create, form={**_FORM, **_REQUIRED}),
    Operation(
        "UpdateWorkflow",
        "POST",
        _ALL + "/{Sid}",
        _update,
        form={**_FORM, "ReEvaluateTasks": Param(boolean)},
    ),
    Operation("DeleteWorkflow", "DELETE", _ALL + "/{Sid}", _delete),
]
