"""One request through Twilio's gate: faults, credentials, checks, the operation, the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.api import ROUTES
from airflow_provider_flexout.sandbox.api.auth import authenticate
from airflow_provider_flexout.sandbox.api.routes import prepare
from airflow_provider_flexout.sandbox.state.fault_injection import Fault, Mishap, message_for
from airflow_provider_flexout.sandbox.wire.clock import http_date
from airflow_provider_flexout.sandbox.wire.http import Answer, Request, Response, TwilioError, encoded

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.api.routes import Operation
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["dispatch", "respond"]


def dispatch(world: World, request: Request) -> Response:
    """Answer a request as Twilio would, and write it down.

    :param world: the sandbox's state.
    :param request: the request.
    """
    at, name, mishap = world.clock.now(), "", Mishap()
    try:
        operation, params = ROUTES.find(request.method, request.path)
        name = operation.name
        mishap = world.faults.befall(name)
        answer = _spoiled(mishap.fault) or _carry_out(world, operation, params, request)
    except TwilioError as error:
        if 45000 <= error.code < 46000:
            error.status = int(world.settings.flex_errors)
        answer = error.answer()
    except RecursionError:
        answer = TwilioError(400, 20001, "The JSON in the request is nested too deeply").answer()
    if mishap.fault is not None and mishap.fault.kind == "fail":
        answer = _error(mishap.fault)
    response = respond(world, answer)
    response.delay = mishap.delay
    if mishap.fault is not None and mishap.fault.kind in {"drop_answer", "lose_request"}:
        response = Response(0, {}, b"", mishap.delay, "closed")
    said = answer.body if response.status and isinstance(answer.body, dict) else {}
    logged = world.requests.add(
        at,
        name,
        request.method,
        f"{request.path}?{request.query}" if request.query else request.path,
        status=response.status or None,
        fault=mishap.name,
        form=_form(request),
        code=said.get("code"),
        sid=said.get("sid"),
    )
    world.events.add("request", None, request=logged)
    return response


def respond(world: World, answer: Answer) -> Response:
    """Turn an answer into bytes, with the header fields that every answer carries.

    :param world: the sandbox's state.
    :param answer: the answer.
    """
    body = b"" if answer.body is None else encoded(answer.body)
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Date": http_date(int(world.clock.time())),
        "Twilio-Request-Id": world.request_sids.new("RQ"),
        "Twilio-Concurrent-Requests": "1",
        **answer.headers,
    }
    return Response(answer.status, headers, body)


def _carry_out(world: World, operation: Operation, params: dict[str, str], request: Request) -> Answer:
    if not operation.public:
        authenticate(world, request.headers.get("authorization"))
    if operation.absent:
        raise TwilioError(501, 20501, f"The sandbox does not have Twilio's {operation.name} yet")
    call = prepare(world, operation, params, request)
    # What is made by REST is told to webhooks only if the request says so.
    enabled = request.headers.get("x-twilio-webhook-enabled", "").lower() == "true"
    world.callbacks.source = "API" if enabled else None
    try:
        return operation.handler(call)
    finally:
        world.callbacks.source = "SDK"


def _spoiled(fault: Fault | None) -> Answer | None:
    if fault is None or fault.kind == "drop_answer" or fault.committed:
        return None
    if fault.kind in {"rate_limit", "throttle"}:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return TwilioError(429, 20429, "Too Many Requests", headers).answer()
    return _error(fault) if fault.kind == "fail" else Answer(None)


def _error(fault: Fault) -> Answer:
    return TwilioError(fault.status, fault.code, message_for(fault.status)).answer()


def _form(request: Request) -> dict[str, Any]:
    try:
        return dict(request.form())
    except ValueError:
        return {}
