"""The subscriptions of Event Streams: which events a sink gets.

https://www.twilio.com/docs/events/event-streams/subscription
"""

from __future__ import annotations

import json
from typing import Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID
from airflow_provider_flexout.sandbox.state.webhook_registry import SubscriptionRecord
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    integer,
    invalid_parameter,
    json_text,
    sid,
    text,
)

__all__ = ["OPERATIONS"]

_LONGEST: Final = 1000
_KINDS: Final = ("com.twilio.conversations.", "com.twilio.taskrouter.")


def _show(request: ApiRequest, row: SubscriptionRecord) -> dict[str, Any]:
    url = f"{request.base}/v1/Subscriptions/{row.sid}"
    return {
        "account_sid": ACCOUNT_SID,
        "sid": row.sid,
        "date_created": iso(row.created),
        "date_updated": iso(row.created),
        "description": row.description,
        "sink_sid": row.sink_sid,
        "url": url,
        "links": {"subscribed_events": f"{url}/SubscribedEvents"},
    }


def _show_event(request: ApiRequest, row: SubscriptionRecord, kind: str) -> dict[str, Any]:
    return {
        "account_sid": ACCOUNT_SID,
        "type": kind,
        "schema_version": row.types[kind],
        "subscription_sid": row.sid,
        "url": f"{request.base}/v1/Subscriptions/{row.sid}/SubscribedEvents/{kind}",
    }


def _one(request: ApiRequest, name: str = "Sid") -> SubscriptionRecord:
    row = request.store.webhooks.streams.subscriptions.get(request.params[name])
    if row is None:
        raise request.not_found()
    return row


def _check_type(name: str, kind: object) -> str:
    if not isinstance(kind, str) or not kind.startswith(_KINDS):
        raise invalid_parameter(name, f"the sandbox has events of {' and '.join(_KINDS)}* only")
    return kind


def _create(request: ApiRequest) -> ApiResponse:
    streams, form = request.store.webhooks.streams, request.form
    if form["SinkSid"] not in streams.sinks:
        raise invalid_parameter("SinkSid", "no such sink")
    types = {}
    for each in map(json.loads, form["Types"]):
        version = each.get("schema_version", 1)
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise invalid_parameter("Types", "schema_version is not a positive number")
        types[_check_type("Types", each.get("type"))] = version
    row = SubscriptionRecord(
        request.store.sids.new("DF"), form["Description"], form["SinkSid"], types, request.store.clock.time()
    )
    streams.subscriptions[row.sid] = row
    return ApiResponse(_show(request, row), 201)


def _list(request: ApiRequest) -> ApiResponse:
    rows = [
        row
        for row in request.store.webhooks.streams.subscriptions.values()
        if request.query.get("SinkSid") in {None, row.sink_sid}
    ]
    return page_of(request, "subscriptions", rows, lambda row: _show(request, row))


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, _one(request)))


def _delete(request: ApiRequest) -> ApiResponse:
    del request.store.webhooks.streams.subscriptions[_one(request).sid]
    return ApiResponse(None, 204)


def _list_events(request: ApiRequest) -> ApiResponse:
    row = _one(request, "SubscriptionSid")
    return page_of(request, "types", row.types, lambda kind: _show_event(request, row, kind))


def _create_event(request: ApiRequest) -> ApiResponse:
    row = _one(request, "SubscriptionSid")
    kind = _check_type("Type", request.form["Type"])
    row.types[kind] = request.form.get("SchemaVersion", 1)
    return ApiResponse(_show_event(request, row, kind), 201)


def _delete_event(request: ApiRequest) -> ApiResponse:
    row = _one(request, "SubscriptionSid")
    if request.params["Type"] not in row.types:
        raise request.not_found()
    del row.types[request.params["Type"]]
    return ApiResponse(None, 204)


_ALL: Final = "/v1/Subscriptions"
_EVENTS: Final = "/v1/Subscriptions/{SubscriptionSid}/SubscribedEvents"
_FORM: Final = {
    "Description": Param(text(), required=True),
    "SinkSid": Param(sid("DG"), required=True),
    "Types": Param(json_text(_LONGEST), required=True, many=True),
}
_EVENT_FORM: Final = {"Type": Param(text(), required=True), "SchemaVersion": Param(integer(1))}
_QUERY: Final = {**paging(100), "SinkSid": Param(sid("DG"))}
OPERATIONS: Final = [
    Operation("CreateSubscription", "POST", _ALL, _create, form=_FORM),
    Operation("ListSubscription", "GET", _ALL, _list, query=_QUERY),
    Operation("FetchSubscription", "GET", _ALL + "/{Sid}", _fetch),
    Operation("DeleteSubscription", "DELETE", _ALL + "/{Sid}", _delete),
    Operation("CreateSubscribedEvent", "POST", _EVENTS, _create_event, form=_EVENT_FORM),
    Operation("ListSubscribedEvent", "GET", _EVENTS, _list_events, query=paging(100)),
    Operation("DeleteSubscribedEvent", "DELETE", _EVENTS + "/{Type}", _delete_event),
]
