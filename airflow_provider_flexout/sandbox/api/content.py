"""The Content API: message templates, and WhatsApp's opinion of them. Bodies are JSON, not forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.pagination import page, token_number
from airflow_provider_flexout.sandbox.api.routes import Call, Operation, paging
from airflow_provider_flexout.sandbox.rules import templates
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import Answer

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import Template

__all__ = ["OPERATIONS"]


def _url(call: Call, template: Template) -> str:
    return f"{call.base}/v1/Content/{template.sid}"


def _show(call: Call, template: Template) -> dict[str, Any]:
    url = _url(call, template)
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


def _approval(template: Template) -> dict[str, Any]:
    return {
        "name": template.approval_name or template.friendly_name,
        "category": template.category,
        "content_type": next(iter(template.types)),
        "status": template.status,
        "rejection_reason": template.rejection_reason,
        "allow_category_change": True,
    }


def _one(call: Call) -> Template:
    template = call.world.templates.get(call.params["Sid"])
    if template is None:
        raise call.not_found()
    return template


def _create(call: Call) -> Answer:
    return Answer(_show(call, templates.add(call.world, call.json)), 201)


def _list(call: Call) -> Answer:
    start = token_number(call) or 0
    rows = [each for each in call.world.templates.values() if each.n > start]
    return page(call, "contents", rows, lambda row: _show(call, row), lambda row: f"PT{row.n}")


def _fetch(call: Call) -> Answer:
    return Answer(_show(call, _one(call)))


def _delete(call: Call) -> Answer:
    templates.delete(call.world, _one(call))
    return Answer(None, 204)


def _submit(call: Call) -> Answer:
    template = _one(call)
    templates.submit(call.world, template, call.json)
    return Answer(_approval(template), 201)


def _fetch_approval(call: Call) -> Answer:
    template = _one(call)
    return Answer(
        {
            "sid": template.sid,
            "account_sid": ACCOUNT_SID,
            "whatsapp": {"type": "whatsapp", **_approval(template)},
            "url": f"{_url(call, template)}/ApprovalRequests",
        }
    )


_ALL: Final = "/v1/Content"
_ONE: Final = _ALL + "/{Sid}"
OPERATIONS: Final = [
    Operation("CreateContent", "POST", _ALL, _create, body="json"),
    Operation("ListContent", "GET", _ALL, _list, query=paging(1000)),
    Operation("FetchContent", "GET", _ONE, _fetch),
    Operation("DeleteContent", "DELETE", _ONE, _delete),
    Operation("CreateApprovalCreate", "POST", _ONE + "/ApprovalRequests/whatsapp", _submit, body="json"),
    Operation("FetchApprovalFetch", "GET", _ONE + "/ApprovalRequests", _fetch_approval),
]
