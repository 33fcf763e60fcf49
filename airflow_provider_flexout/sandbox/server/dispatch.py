"""The way of one request to Twilio: faults, credentials, checks, the operation, the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.api.auth import authenticate
from airflow_provider_flexout.sandbox.api.routes import prepare
from airflow_provider_flexout.sandbox.server.responses import respond
from airflow_provider_flexout.sandbox.wire.fault_injection import Fault, FaultEffect, message_for
from airflow_provider_flexout.sandbox.wire.http import (
    ApiError,
    ApiResponse,
    HttpRequest,
    HttpResponse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from airflow_provider_flexout.sandbox.api.operation import Operation
    from airflow_provider_flexout.sandbox.api.routes import Routes
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["dispatch", "refuse_excess"]


_UNPUBLISHED: Final = {
    "UpdateInteractionTransfer": (
        ": Twilio's documents name nothing that its body holds, and Twilio's own front end never sends it, "
        "so it is not known what it changes"
    )
}
"""Operations that are absent because nobody can know them, and the rest of the sentence."""


def dispatch(store: Store, routes: Routes, request: HttpRequest) -> HttpResponse:
    """Handle a request as Twilio would, and log it.

    :param store: the sandbox's state.
    :param routes: the operations that there are.
    :param request: the request.
    """
    at, name, effect = store.clock.now(), "", FaultEffect()
    try:
        operation, params = routes.find(request.method, request.path)
        name = operation.name
        effect = store.faults.apply_fault(name)
        result = _planted_response(effect.fault) or _carry_out(store, operation, params, request)
    except ApiError as error:
        if 45000 <= error.code < 46000:
            error.status = int(store.settings.flex_errors)
        result = error.response()
    except RecursionError:
        result = ApiError(400, 20001, "The JSON in the request is nested too deeply").response()
    if effect.fault is not None and effect.fault.kind == "fail":
        result = _planted_error(effect.fault)
    response = respond(store, result)
    response.delay = effect.delay
    if effect.fault is not None and effect.fault.kind in {"drop_response", "lose_request"}:
        response = HttpResponse(0, {}, b"", effect.delay, "closed")
    body = result.body if response.status and isinstance(result.body, dict) else {}
    _log(store, at, name, request, response.status, effect.name, body)
    return response


def refuse_excess(store: Store, routes: Routes, request: HttpRequest) -> HttpResponse | None:
    """Refuse a request, and log it, if it is one more than Twilio takes in a second.

    :param store: the sandbox's state.
    :param routes: the operations that there are.
    :param request: the request.
    """
    if not store.settings.rate_limits:
        return None
    try:
        operation, params = routes.find(request.method, request.path)
    except ApiError:
        return None
    if not store.rate_limits.refuse(operation.name, params, request.query, store.clock.time()):
        return None
    result = _too_many()
    _log(store, store.clock.now(), operation.name, request, result.status, "rate_limits", result.body)
    return respond(store, result)


def _log(
    store: Store,
    at: datetime,
    name: str,
    request: HttpRequest,
    status: int,
    fault: str | None,
    body: Mapping[str, Any],
) -> None:
    logged = store.requests.add(
        at,
        name,
        request.method,
        f"{request.path}?{request.query}" if request.query else request.path,
        status=status or None,
        fault=fault,
        form=_form(request),
        code=body.get("code"),
        sid=body.get("sid"),
    )
    store.events.add("request", None, request=logged)


def _carry_out(
    store: Store, operation: Operation, params: dict[str, str], request: HttpRequest
) -> ApiResponse:
    if not operation.public:
        authenticate(store, request.headers.get("authorization"))
    if operation.absent:
        why = _UNPUBLISHED.get(operation.name, " yet")
        raise ApiError(501, 20501, f"The sandbox does not have Twilio's {operation.name}{why}")
    api_request = prepare(store, operation, params, request)
    # Twilio calls webhooks for changes by REST only if the request asks for it.
    enabled = request.headers.get("x-twilio-webhook-enabled", "").lower() == "true"
    store.webhooks.source = "API" if enabled else None
    try:
        return operation.handler(api_request)
    finally:
        store.webhooks.source = "SDK"


def _planted_response(fault: Fault | None) -> ApiResponse | None:
    if fault is None or fault.kind == "drop_response" or fault.committed:
        return None
    if fault.kind in {"rate_limit", "throttle"}:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return _too_many(headers)
    return _planted_error(fault) if fault.kind == "fail" else ApiResponse(None)


def _too_many(headers: dict[str, str] | None = None) -> ApiResponse:
    return ApiError(429, 20429, "Too Many Requests", headers).response()


def _planted_error(fault: Fault) -> ApiResponse:
    return ApiError(fault.status, fault.code, message_for(fault.status)).response()


def _form(request: HttpRequest) -> dict[str, Any]:
    try:
        return dict(request.form())
    except ValueError:
        return {}
