"""The account and its numbers, by Twilio's oldest API: dates are of RFC 2822, and there is no ``meta``."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, BORN
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, integer, text

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.account.setup import NumberRecord

__all__ = ["OPERATIONS"]

_VERSION: Final = "2010-04-01"
_BORN: Final = format_datetime(datetime.fromtimestamp(BORN, timezone.utc))
_ROOT: Final = f"/{_VERSION}/Accounts/{ACCOUNT_SID}"


def _check(request: ApiRequest, name: str) -> None:
    if request.params[name].removesuffix(".json") != ACCOUNT_SID or not request.path.endswith(".json"):
        raise request.not_found()


def _fetch(request: ApiRequest) -> ApiResponse:
    _check(request, "Sid")
    account = request.store.account
    return ApiResponse(
        {
            "sid": ACCOUNT_SID,
            "owner_account_sid": ACCOUNT_SID,
            "friendly_name": "Flexout Sandbox",
            "status": account.status,
            "type": account.type,
            "auth_token": request.store.credentials["basic"].password,
            "date_created": _BORN,
            "date_updated": _BORN,
            "uri": f"{_ROOT}.json",
            "subresource_uris": {"incoming_phone_numbers": f"{_ROOT}/IncomingPhoneNumbers.json"},
        }
    )


def _show(row: NumberRecord) -> dict[str, Any]:
    return {
        "sid": row.sid,
        "account_sid": ACCOUNT_SID,
        "friendly_name": row.phone_number,
        "phone_number": row.phone_number,
        "capabilities": {"voice": True, "sms": row.sms, "mms": row.sms, "fax": False},
        "sms_url": row.sms_url,
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_application_sid": "",
        "status": "in-use",
        "origin": "twilio",
        "api_version": _VERSION,
        "date_created": _BORN,
        "date_updated": _BORN,
        "uri": f"{_ROOT}/IncomingPhoneNumbers/{row.sid}.json",
    }


def _list_numbers(request: ApiRequest) -> ApiResponse:
    _check(request, "AccountSid")
    wanted = request.query.get("PhoneNumber", "")  # a part of a number is enough
    rows = [_show(row) for row in request.store.account.numbers.values() if wanted in row.phone_number]
    size, page = request.query.get("PageSize", 50), request.query.get("Page", 0)
    shown = rows[page * size : (page + 1) * size]
    url = f"{_ROOT}/IncomingPhoneNumbers.json"
    more = len(rows) > (page + 1) * size
    return ApiResponse(
        {
            "incoming_phone_numbers": shown,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(shown) - 1, 0),
            "uri": f"{url}?PageSize={size}&Page={page}",
            "first_page_uri": f"{url}?PageSize={size}&Page=0",
            "next_page_uri": f"{url}?PageSize={size}&Page={page + 1}" if more else None,
            "previous_page_uri": None,
        }
    )


OPERATIONS: Final = [
    Operation("FetchAccount", "GET", f"/{_VERSION}/Accounts/{{Sid}}", _fetch),
    Operation(
        "ListIncomingPhoneNumber",
        "GET",
        f"/{_VERSION}/Accounts/{{AccountSid}}/IncomingPhoneNumbers.json",
        _list_numbers,
        query={
            "PhoneNumber": Param(text()),
            "PageSize": Param(integer(1, 1000)),
            "Page": Param(integer(0, 1_000_000)),
        },
    ),
]
