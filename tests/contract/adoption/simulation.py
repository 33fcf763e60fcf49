"""A sandbox in memory, reached without a network, and one virtual clock for it and for the provider.

Everything here that is named after the provider or its sandbox is imported at the top.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import pkgutil
import random
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from types import FunctionType
from typing import Any, TypeVar
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode

import httpx
import time_machine

import airflow_provider_flexout as provider
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest
from airflow_provider_flexout.twilio.http.client import AsyncClient, Client

R = TypeVar("R")

LATENCY = 0.1
"""Seconds that a request of the provider's takes."""

LONGEST = 30 * 86_400.0
"""Seconds after which a history is taken to be endless."""

_KEPT_HEADERS = ("content-type", "if-match", "x-twilio-webhook-enabled")
_NOT_IMPORTED = ("sandbox", "demo", "pytest_plugin", "example_dags")


class Killed(BaseException):
    """A process is no more; nothing in it may catch this."""


@dataclass
class Exchange:
    """One request, and the sandbox's response to it.

    :param at: when the request took effect, seconds since 1970.
    :param by: who sent it: ``worker``, ``triggerer``, ``customer`` or ``agent``.
    """

    at: float
    by: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int
    response_headers: dict[str, str]
    response_body: bytes
    response_lost: bool = False


@dataclass
class Simulation:
    """One sandbox, everything that was sent to it, and the time.

    :param sandbox: Twilio.
    :param on_time: is told the new time whenever time has passed.
    """

    sandbox: Sandbox
    on_time: Callable[[float], None]
    exchanges: list[Exchange] = field(default_factory=list)
    by: str = "worker"
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    """What happens by itself later: at which moment, and what."""
    began: float = field(init=False)
    to_sandbox: Callable[[str], str] = lambda text: text
    """Translates what the provider sends, where it knows things by other SIDs than the sandbox."""
    to_provider: Callable[[str], str] = lambda text: text
    """Translates what the sandbox responds."""
    loses_response: Callable[[Exchange], bool] = lambda _: False
    kills_after: Callable[[Exchange], bool] = lambda _: False

    def __post_init__(self) -> None:
        self.began = self.now()

    def now(self) -> float:
        """Give the time, seconds since 1970."""
        return self.sandbox.clock.time()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and what is due happen on the way."""
        until = self.now() + seconds
        assert until < self.began + LONGEST, "this wait has no end"
        while self.due and min(self.due, key=lambda one: one[0])[0] <= until:
            event = min(self.due, key=lambda one: one[0])
            self.due.remove(event)
            self._move_to(event[0])
            event[1]()
        self._move_to(until)

    def _move_to(self, moment: float) -> None:
        self.sandbox.clock.advance(max(0.0, moment - self.now()))
        self.on_time(self.now())

    def send(
        self, method: str, path: str, *, query: str = "", headers: dict[str, str], body: bytes, by: str
    ) -> Exchange:
        """Let a request take effect in the sandbox."""
        request = HttpRequest(method=method, path=path, query=query, headers=headers, body=body)
        response = self.sandbox.handle(request)
        kept = {name: value for name, value in request.headers.items() if name in _KEPT_HEADERS}
        exchange = Exchange(
            at=self.now(),
            by=by,
            method=method,
            path=path,
            query=query,
            headers=kept,
            body=body,
            status=response.status,
            response_headers=dict(response.headers),
            response_body=response.body,
        )
        self.exchanges.append(exchange)
        return exchange

    def deliver(self, request: httpx.Request) -> httpx.Response:
        """Let a request of the provider's take effect, and give the response, unless it is lost."""
        exchange = self.send(
            request.method,
            self.to_sandbox(request.url.path),
            query=_translated_form(self.to_sandbox, request.url.query),
            headers=dict(request.headers),
            body=self._body_of(request),
            by=self.by,
        )
        if self.kills_after(exchange):
            exchange.response_lost = True
            raise Killed
        if self.loses_response(exchange):
            exchange.response_lost = True
            raise httpx.RemoteProtocolError("Server disconnected.", request=request)
        body = self.to_provider(exchange.response_body.decode()).encode()
        return httpx.Response(exchange.status, headers=exchange.response_headers, content=body)

    def _body_of(self, request: httpx.Request) -> bytes:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _translated_form(self.to_sandbox, request.content).encode()
        return request.content

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine in an event loop on this clock."""
        loop = _Loop(self)
        try:
            return loop.run_until_complete(work)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    @contextmanager
    def sent_by(self, whom: str) -> Iterator[None]:
        """Note in the meantime that requests are somebody's."""
        before, self.by = self.by, whom
        try:
            yield
        finally:
            self.by = before


def _translated_form(translate: Callable[[str], str], encoded: bytes) -> str:
    pairs = parse_qsl(encoded.decode(), keep_blank_values=True)
    return urlencode([(name, translate(value)) for name, value in pairs])


class _Loop(asyncio.SelectorEventLoop):
    """An event loop on the simulation's clock: where it would wait, time passes; no threads are used."""

    def __init__(self, simulation: Simulation) -> None:
        self._waits = _Selector(simulation)
        super().__init__(self._waits)

    def time(self) -> float:
        return self._waits.waited

    def run_in_executor(self, executor: Executor | None, func: Callable[..., R], *args: Any) -> Any:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done


class _Selector(selectors.DefaultSelector):
    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self._simulation = simulation
        self.waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.waited += timeout
            self._simulation.pass_time(timeout)
        return ready


class _InMemory(httpx.BaseTransport, httpx.AsyncBaseTransport):
    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._simulation.pass_time(LATENCY)
        return self._simulation.deliver(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(LATENCY)
        return self._simulation.deliver(request)


@contextmanager
def simulation_from(
    start: datetime, seed: int, extra: Mapping[str, Any] | None = None
) -> Iterator[Simulation]:
    """Begin a simulation; until its end, clients reach its sandbox and the computer's time is its time.

    :param start: where the clock begins.
    :param seed: of the sandbox's SIDs.
    :param extra: of the Airflow connection, in place of what the sandbox names.
    """
    with ExitStack() as stack, time_machine.travel(start, tick=False) as travel:
        simulation = Simulation(
            Sandbox(seed=seed, frozen=True, start=start),
            lambda now: travel.move_to(datetime.fromtimestamp(now, timezone.utc)),
        )
        simulation.sandbox.settings.rate_limits = False  # the recordings were made without
        random.seed(seed)
        connection = simulation.sandbox.connection()
        connection["extra"] = {**connection["extra"], **(extra or {}), "base_url": "http://localhost"}
        variables = {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(connection)}
        transport = _InMemory(simulation)
        stack.enter_context(patch.dict(os.environ, variables))
        stack.enter_context(patch("asyncio.run", simulation.run))
        for client in (Client, AsyncClient):
            stack.enter_context(patch.dict(client.__init__.__kwdefaults__, transport=transport))
        stack.enter_context(patch.dict(Client.__init__.__kwdefaults__, sleep=simulation.pass_time))
        for function in _functions_with_a_clock():
            stack.enter_context(_clock_replaced(function, simulation.now))
        yield simulation


@cache
def _functions_with_a_clock() -> list[FunctionType]:
    """Find the provider's functions that take ``time.monotonic`` for their clock by default."""
    for module in pkgutil.walk_packages(provider.__path__, f"{provider.__name__}."):
        if not module.name.removeprefix(f"{provider.__name__}.").startswith(_NOT_IMPORTED):
            importlib.import_module(module.name)
    return [
        one
        for one in gc.get_objects()
        if type(one) is FunctionType  # isinstance would ask lazy stand-ins, which import what they stand for
        and str(one.__module__).startswith(provider.__name__)
        and any(default is time.monotonic for default in _defaults_of(one))
    ]


def _defaults_of(function: FunctionType) -> list[Any]:
    return [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]


@contextmanager
def _clock_replaced(function: FunctionType, clock: Callable[[], float]) -> Iterator[None]:
    def replaced(default: Any) -> Any:
        return clock if default is time.monotonic else default

    before = function.__defaults__, function.__kwdefaults__
    function.__defaults__ = before[0] and tuple(map(replaced, before[0]))
    function.__kwdefaults__ = before[1] and {name: replaced(one) for name, one in before[1].items()}
    try:
        yield
    finally:
        function.__defaults__, function.__kwdefaults__ = before
