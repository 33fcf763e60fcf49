"""The sinks of Event Streams. A webhook is called; a Kinesis stream keeps its events, for a test to read.

https://www.twilio.com/docs/events/event-streams/sink-resource
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.operation import ApiRequest, Operation, page_of, paging
from airflow_provider_flexout.sandbox.state.webhook_registry import SinkRecord
from airflow_provider_flexout.sandbox.wire.clock import iso
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse
from airflow_provider_flexout.sandbox.wire.parameters import Param, enum, invalid_parameter, json_text, text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPERATIONS"]

_LONGEST: Final = 4096
_NEEDED: Final = {"kinesis": ("arn", "role_arn", "external_id"), "webhook": ("destination", "method")}


def _show(request: ApiRequest, row: SinkRecord) -> dict[str, Any]:
    url = f"{request.base}/v1/Sinks/{row.sid}"
    return {
        "sid": row.sid,
        "description": row.description,
        "sink_configuration": row.configuration,
        "sink_type": row.kind,
        "status": "active",
        "date_created": iso(row.created),
        "date_updated": iso(row.created),
        "url": url,
        "links": {"sink_test": f"{url}/Test", "sink_validate": f"{url}/Validate"},
    }


def _one(request: ApiRequest) -> SinkRecord:
    row = request.store.webhooks.streams.sinks.get(request.params["Sid"])
    if row is None:
        raise request.not_found()
    return row


def _read_configuration(form: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(form["SinkConfiguration"])
    for name in _NEEDED[form["SinkType"]]:
        if not isinstance(given.get(name), str):
            raise invalid_parameter("SinkConfiguration", f"needs a text {name}")
    if form["SinkType"] == "webhook":
        if not given["destination"].startswith(("https://", "http://")):
            raise invalid_parameter("SinkConfiguration", "its destination is not an absolute URL")
        if given["method"].upper() != "POST":
            raise invalid_parameter("SinkConfiguration", "the sandbox calls webhooks by POST only")
    return given


def _create(request: ApiRequest) -> ApiResponse:
    configuration = _read_configuration(request.form)
    described = (request.form["Description"], request.form["SinkType"])
    row = SinkRecord(request.store.sids.new("DG"), *described, configuration, request.store.clock.time())
    request.store.webhooks.streams.sinks[row.sid] = row
    return ApiResponse(_show(request, row), 201)


def _list(request: ApiRequest) -> ApiResponse:
    rows = request.store.webhooks.streams.sinks.values()
    return page_of(request, "sinks", rows, lambda row: _show(request, row))


def _fetch(request: ApiRequest) -> ApiResponse:
    return ApiResponse(_show(request, _one(request)))


def _delete(request: ApiRequest) -> ApiResponse:
    row, streams = _one(request), request.store.webhooks.streams
    if any(each.sink_sid == row.sid for each in streams.subscriptions.values()):
        raise ApiError(400, 20001, "The sink has subscriptions; delete these first")
    del streams.sinks[row.sid]
    return ApiResponse(None, 204)


_FORM: Final = {
    "Description": Param(text(), required=True),
    "SinkConfiguration": Param(json_text(_LONGEST), required=True),
    "SinkType": Param(enum("kinesis", "webhook"), required=True),
}
OPERATIONS: Final = [
    Operation("CreateSink", "POST", "/v1/Sinks", _create, form=_FORM),
    Operation("ListSink", "GET", "/v1/Sinks", _list, query=paging(100)),
    Operation("FetchSink", "GET", "/v1/Sinks/{Sid}", _fetch),
    Operation("DeleteSink", "DELETE", "/v1/Sinks/{Sid}", _delete),
]
