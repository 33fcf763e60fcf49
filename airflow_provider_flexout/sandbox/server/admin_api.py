"""The sandbox's own controls over HTTP, under ``/sandbox/``: what ``Sandbox`` has as methods, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol

from airflow_provider_flexout.sandbox.inspect import views
from airflow_provider_flexout.sandbox.rules import studio, templates
from airflow_provider_flexout.sandbox.server.admin_index import AGENT, CUSTOMER, FAULTS, INDEX
from airflow_provider_flexout.sandbox.server.connection import connection
from airflow_provider_flexout.sandbox.server.named_arguments import call_with, first_argument
from airflow_provider_flexout.sandbox.server.openapi import document
from airflow_provider_flexout.sandbox.server.responses import respond
from airflow_provider_flexout.sandbox.simulation.action import carry_out, steps_of
from airflow_provider_flexout.sandbox.simulation.agent_desk import act
from airflow_provider_flexout.sandbox.wire.http import ApiError, ApiResponse, parse_json, read_pairs
from airflow_provider_flexout.sandbox.wire.parameters import integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from airflow_provider_flexout.sandbox.api.operation import Operation
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse

__all__ = ["Administered", "handle_admin_request"]

_Body = dict[str, Any]
_LIMIT: Final = integer(1, 1_000_000)


class Administered(Protocol):
    """As much of the sandbox as its controls need besides its state."""

    @property
    def operations(self) -> Iterable[Operation]:
        """Twilio's operations that the sandbox has."""
        ...

    def customer(self, address: str | None = None) -> Any:
        """Return the handle on a customer."""
        ...

    def agent(self, worker: str | None = None) -> Any:
        """Return the handle on an agent."""
        ...

    def cards(self, search: str) -> list[dict[str, Any]]:
        """Return the page's cards of the conversations that a text finds."""
        ...


def handle_admin_request(sandbox: Administered, store: Store, request: HttpRequest) -> HttpResponse:
    """Handle a request to the sandbox's own controls.

    :param sandbox: the sandbox.
    :param store: its state.
    :param request: the request.
    """
    try:
        result = _route(sandbox, store, request)
    except ApiError as error:
        result = error.response()
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        reason = error.args[0] if error.args else type(error).__name__
        result = ApiResponse({"message": str(reason), "status": 400}, 400)
    result.body = json.loads(json.dumps(result.body, default=_plain))
    return respond(store, result)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _route(sandbox: Administered, store: Store, request: HttpRequest) -> ApiResponse:
    name, _, rest = request.path.removeprefix("/sandbox").strip("/").partition("/")
    if name == "conversations" and rest and request.method == "GET":
        _only(_read_query(request))
        return _one_conversation(store, rest)
    methods = {} if rest else _CONTROLS.get(name, {})
    if not methods:
        return ApiResponse({"message": f"nothing at {request.path}; see /sandbox/", "status": 404}, 404)
    if request.method not in methods:
        allowed = ", ".join(sorted(methods))
        return ApiResponse(
            {"message": f"{request.path} takes {allowed}", "status": 405}, 405, {"Allow": allowed}
        )
    given = _read_body(request) if request.method == "POST" else _read_query(request)
    if name in {"connection", "openapi.json"}:
        given["base_url"] = request.base
    return ApiResponse(methods[request.method](sandbox, store, given))


def _read_query(request: HttpRequest) -> _Body:
    given: _Body = {}
    try:
        pairs = read_pairs(request.query)
    except UnicodeDecodeError:
        raise ValueError("the query is not UTF-8") from None
    for name, value in pairs:
        if name in given:
            raise ValueError(f"{name} is given more than once")
        given[name] = value
    return given


def _read_body(request: HttpRequest) -> _Body:
    if not request.body:
        return {}
    try:
        body = parse_json(request.body.decode())
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004
    return body


def _index(_sandbox: Administered, _store: Store, given: _Body) -> _Body:
    _only(given)
    return {"sandbox": "a stand-in for Twilio Flex, Conversations and TaskRouter", "controls": INDEX}


def _connection(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given, "auth", "base_url")
    return connection(store.credentials, given.get("auth", "basic"), given["base_url"])


def _newest(rows: Iterable[Any], count: int, given: _Body) -> list[Any]:
    if "limit" not in given:
        return list(rows)
    try:
        limit = _LIMIT(given["limit"])
    except ValueError as error:
        raise ValueError(f"limit is {error}") from None
    return list(islice(rows, max(0, count - limit), None))


def _conversations(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given, "limit")
    rows = _newest(store.conversations, len(store.conversations), given)
    return {"conversations": [asdict(views.conversation_view(store, row)) for row in rows]}


def _one_conversation(store: Store, sid_or_name: str) -> ApiResponse:
    found = store.conversation(sid_or_name)
    if found is None:
        return ApiResponse({"message": f"no conversation {sid_or_name}", "status": 404}, 404)
    return ApiResponse(asdict(views.conversation_view(store, found)))


def _cards(sandbox: Administered, _store: Store, given: _Body) -> _Body:
    _only(given, "search")
    return {"cards": sandbox.cards(str(given.get("search", "")))}


def _interactions(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given, "limit")
    rows = _newest(store.interactions, len(store.interactions), given)
    return {"interactions": [asdict(views.interaction_view(store, row)) for row in rows]}


def _tasks(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given, "limit")
    rows = _newest(store.tasks, len(store.tasks), given)
    return {"tasks": [asdict(views.task_view(row)) for row in rows]}


def _requests(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given, "limit", "operation")
    operation = given.get("operation")
    rows = [row for row in store.requests if operation in {None, row.operation}]
    return {"requests": [asdict(row) for row in _newest(rows, len(rows), given)]}


def _callbacks(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given, "limit")
    rows = store.webhooks.sent
    return {"callbacks": [asdict(row) for row in _newest(rows, len(rows), given)]}


def _show_clock(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given)  # a GET changes nothing, since any page can make a browser send one
    return {"now": store.clock.now(), "frozen": store.clock.frozen, "speed": store.clock.speed}


def _set_clock(sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given, "advance", "frozen", "speed")
    if not isinstance(given.get("frozen", True), bool):
        raise ValueError("frozen is true or false")  # noqa: TRY004 - it came in JSON
    if given.get("frozen") and "speed" in given:
        raise ValueError("a clock that is frozen has no speed; give one of the two")
    store.clock.check_speed(given.get("speed"))
    store.clock.target(given.get("advance", 0))
    if "frozen" in given:
        if given["frozen"]:
            store.clock.freeze()
        else:
            store.clock.resume()
    if "speed" in given:
        store.clock.resume(given["speed"])
    if "advance" in given:
        store.clock.advance(given["advance"])
    return _show_clock(sandbox, store, {})


def _show_settings(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given)
    return store.settings.as_dict()


def _set_settings(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    store.settings.update(given)
    return store.settings.as_dict()


def _customers(sandbox: Administered, _store: Store, given: _Body) -> _Body:
    who = {"address": given.pop("address", None)}
    _only(given, *CUSTOMER)
    customer = call_with("a customer", sandbox.customer, who)
    _call(customer, CUSTOMER, given)
    return {"address": customer.address}


def _agents(sandbox: Administered, _store: Store, given: _Body) -> _Body:
    who = {"worker": given.pop("worker", None)}
    _only(given, *AGENT)
    agent = call_with("an agent", sandbox.agent, who)
    _call(agent, AGENT, given)
    return {"worker": agent.worker}


def _desk(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    return asdict(views.task_view(call_with("a desk", partial(act, store), given)))


def _call(person: object, methods: Iterable[str], given: _Body) -> None:
    """Call what a body names: true passes nothing, an object arguments, and a list calls many times."""
    actions = []
    for name in methods:
        value, method = given.get(name, []), steps_of(person, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                arguments = each
            else:
                arguments = {} if each is True else {first_argument(name, method): each}
            actions.append(call_with(name, method, arguments))
    carry_out(actions)


def _templates(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given)
    return {"templates": [asdict(views.template_view(row)) for row in store.templates.values()]}


def _decide(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    decided = call_with("a decision", partial(templates.decide, store), given)
    return asdict(views.template_view(decided))


def _show_faults(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given)
    faults = store.faults
    return {
        "planted": faults.planted,
        "fired": faults.fired,
        "kinds": FAULTS,
        "operations": sorted(faults.operations),
        "waiting": [asdict(fault) for fault in faults.waiting],
    }


def _plant_fault(sandbox: Administered, store: Store, given: _Body) -> _Body:
    kind = given.pop("kind", None)
    if kind not in FAULTS:
        raise ValueError(f"kind is one of {', '.join(FAULTS)}, not {kind!r:.40}")
    call_with(kind, getattr(store.faults, kind), given)
    return _show_faults(sandbox, store, {})


def _clear_faults(sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given)
    store.faults.clear()
    return _show_faults(sandbox, store, {})


def _studio_flows(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given)
    return {
        "studio_flows": [asdict(each) for each in store.studio.flows.values()],
        "executions": [asdict(each) for each in store.studio.executions],
    }


def _add_studio_flow(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    return asdict(call_with("a flow", partial(studio.add_flow, store), given))


def _tokens(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    if given != {"revoke": True}:
        raise ValueError('write {"revoke": true}')
    store.tokens.clear()
    return {"tokens": 0}


def _reset(_sandbox: Administered, store: Store, given: _Body) -> _Body:
    _only(given)
    store.reset()
    return {"reset": True}


def _only(given: _Body, *names: str) -> None:
    unknown = sorted(given.keys() - set(names))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(names) or 'nothing'}")


def _openapi(sandbox: Administered, _store: Store, given: _Body) -> _Body:
    _only(given, "base_url")
    return document(sandbox.operations, given["base_url"])


_CONTROLS: Final[dict[str, dict[str, Callable[[Administered, Store, _Body], _Body]]]] = {
    "": {"GET": _index},
    "connection": {"GET": _connection},
    "openapi.json": {"GET": _openapi},
    "conversations": {"GET": _conversations},
    "cards": {"GET": _cards},
    "interactions": {"GET": _interactions},
    "tasks": {"GET": _tasks},
    "callbacks": {"GET": _callbacks},
    "requests": {"GET": _requests},
    "clock": {"GET": _show_clock, "POST": _set_clock},
    "settings": {"GET": _show_settings, "POST": _set_settings},
    "customers": {"POST": _customers},
    "agents": {"POST": _agents},
    "desk": {"POST": _desk},
    "faults": {"GET": _show_faults, "POST": _plant_fault, "DELETE": _clear_faults},
    "templates": {"GET": _templates, "POST": _decide},
    "studio_flows": {"GET": _studio_flows, "POST": _add_studio_flow},
    "tokens": {"POST": _tokens},
    "reset": {"POST": _reset},
}
