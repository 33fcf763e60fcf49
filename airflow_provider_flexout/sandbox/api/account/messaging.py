"""Messaging Services, their numbers and A2P 10DLC campaigns, and WhatsApp senders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, BORN, fixed
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.account.setup import MessagingServiceRecord

__all__ = ["OPERATIONS", "fetch_service", "list_services"]


def _show(request: ApiRequest, row: MessagingServiceRecord) -> dict[str, Any]:
    url = f"{request.base}/v1/Services/{row.sid}"
    return {
        "sid": row.sid,
        "account_sid": ACCOUNT_SID,
        "friendly_name": row.name,
        "us_app_to_person_registered": row.campaign_status == "VERIFIED",
        "usecase": "mixed",
        "use_inbound_webhook_on_number": True,
        "date_created": iso(BORN),
        "date_updated": iso(BORN),
        "url": url,
        "links": {
            "phone_numbers": f"{url}/PhoneNumbers",
            "us_app_to_person": f"{url}/Compliance/Usa2p",
        },
    }


def _service_of(request: ApiRequest, name: str) -> MessagingServiceRecord:
    row = request.store.account.messaging_services.get(request.params[name])
    if row is None:
        raise request.not_found()
    return row


def fetch_service(request: ApiRequest) -> ApiResponse:
    """Fetch a Messaging Service.

    :param request: the request.
    """
    return ApiResponse(_show(request, _service_of(request, "Sid")))


def list_services(request: ApiRequest) -> ApiResponse:
    """List the Messaging Services.

    :param request: the request.
    """
    rows = request.store.account.messaging_services.values()
    return page_of(request, "services", rows, lambda row: _show(request, row))


def _list_numbers(request: ApiRequest) -> ApiResponse:
    service, numbers = _service_of(request, "ServiceSid"), request.store.account.numbers
    rows = [numbers[number] for number in service.numbers if number in numbers]
    return page_of(
        request,
        "phone_numbers",
        rows,
        lambda row: {
            "sid": row.sid,
            "account_sid": ACCOUNT_SID,
            "service_sid": service.sid,
            "phone_number": row.phone_number,
            "country_code": "US",
            "capabilities": ["Voice", "SMS", "MMS"],
            "date_created": iso(BORN),
            "date_updated": iso(BORN),
            "url": f"{request.base}/v1/Services/{service.sid}/PhoneNumbers/{row.sid}",
        },
    )


def _list_campaigns(request: ApiRequest) -> ApiResponse:
    service = _service_of(request, "MessagingServiceSid")
    return page_of(
        request,
        "compliance",
        [service] if service.campaign_status else [],
        lambda row: {
            "sid": fixed("QE", row.sid),
            "account_sid": ACCOUNT_SID,
            "messaging_service_sid": row.sid,
            "campaign_status": row.campaign_status,
            "us_app_to_person_usecase": "MIXED",
            "date_created": iso(BORN),
            "date_updated": iso(BORN),
            "url": f"{request.base}/v1/Services/{row.sid}/Compliance/Usa2p/{fixed('QE', row.sid)}",
        },
    )


def _list_senders(request: ApiRequest) -> ApiResponse:
    senders = request.store.account.whatsapp_senders
    return page_of(
        request,
        "senders",
        senders.items() if request.query["Channel"] == "whatsapp" else (),
        lambda row: {
            "sid": fixed("XE", row[0]),
            "status": row[1],
            "sender_id": row[0],
            "url": f"{request.base}/v2/Channels/Senders/{fixed('XE', row[0])}",
        },
    )


_SERVICE: Final = "/v1/Services/{ServiceSid}"
OPERATIONS: Final = [
    Operation("ListPhoneNumber", "GET", _SERVICE + "/PhoneNumbers", _list_numbers, query=paging(1000)),
    Operation(
        "ListUsAppToPerson",
        "GET",
        "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p",
        _list_campaigns,
        query=paging(1000),
    ),
    Operation(
        "ListChannelsSender",
        "GET",
        "/v2/Channels/Senders",
        _list_senders,
        query={"Channel": Param(enum("whatsapp", "rcs"), required=True), **paging(1000)},
    ),
]
