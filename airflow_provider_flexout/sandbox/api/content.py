"""The Content API: message templates, and their approval by WhatsApp. Bodies are JSON, not forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page, paging, token_number
from airflow_provider_flexout.sandbox.rules import templates
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.templates import TemplateRecord

__all__ = ["OPERATIONS"]


def _url(request: ApiRequest, template: TemplateRecord) -> str:
    return f"{request.base}/v1/Content/{template.sid}"


def _show(request: ApiRequest, template: TemplateRecord) -> dict[str, Any]:
    url = _url(request, template)
    return {
        "sid": template.sid,
        "account_sid": ACCOUNT_SID,
        "friendly_name": template.friendly_name,
        "language": template.language,
        "variables": template.variables,
        "types": template.types,
        "date_created": iso(template.created),
        "date_updated": iso(template.updated),
        "url": url,
        "links": {
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{url}/ApprovalRequests",
        },
    }


def _approval(template: TemplateRecord) -> dict[str, Any]:
    return {
        "name": template.approval_name or template.friendly_name,
        "category": template.category,
        "content_type": next(iter(template.types)),
        "status": template.status,
        "rejection_reason": template.rejection_reason,
        "allow_category_change": True,
    }


def _one(request: ApiRequest) -> TemplateRecord:
    template = request.store.templates.get(request.params["Sid"])
    if template is None:
        raise request.not_found()
    return template


def _create(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, templates.add(request.store, request.json)), 201)


def _list(request: ApiRequest) -> ApiResponse:
    start = token_number(request) or 0
    rows = [each for each in request.store.templates.values() if each.n > start]
    return page(request, "contents", rows, lambda row: _show(request, row), lambda row: f"PT{row.n}")


def _list_with_approvals(request: ApiRequest) -> ApiResponse:
    start = token_number(request) or 0
    rows = [each for each in request.store.templates.values() if each.n > start]

    def show(row: TemplateRecord) -> dict[str, Any]:
        shown = {name: value for name, value in _show(request, row).items() if name not in ("url", "links")}
        return {**shown, "approval_requests": _approval(row)}

    return page(request, "contents", rows, show, lambda row: f"PT{row.n}")


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, _one(request)))


def _delete(request: ApiRequest) -> ApiResponse:
    templates.delete(request.store, _one(request))
    return ApiResponse(None, 204)


def _submit(request: ApiRequest) -> ApiResponse:
    template = _one(request)
    templates.submit(request.store, template, request.json)
    return ApiResponse(_approval(template), 201)


def _fetch_approval(request: ApiRequest) -> ApiResponse:
    template = _one(request)
    return ApiResponse(
        {
            "sid": template.sid,
            "account_sid": ACCOUNT_SID,
            "whatsapp": {"type": "whatsapp", **_approval(template)},
            "url": f"{_url(request, template)}/ApprovalRequests",
        }
    )


_ALL: Final = "/v1/Content"
_ONE: Final = _ALL + "/{Sid}"
OPERATIONS: Final = [
    Operation("CreateContent", "POST", _ALL, _create, body="json"),
    Operation("ListContent", "GET", _ALL, _list, query=paging(1000)),
    Operation(
        "ListContentAndApprovals", "GET", "/v1/ContentAndApprovals", _list_with_approvals, query=paging(1000)
    ),
    Operation("FetchContent", "GET", _ONE, _fetch),
    Operation("DeleteContent", "DELETE", _ONE, _delete),
    Operation("CreateApprovalCreate", "POST", _ONE + "/ApprovalRequests/whatsapp", _submit, body="json"),
    Operation("FetchApprovalFetch", "GET", _ONE + "/ApprovalRequests", _fetch_approval),
]
