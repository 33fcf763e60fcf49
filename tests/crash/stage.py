"""A stage for several attempts at once: one sandbox, one clock, and everything that is still to happen.

An attempt is a procedure driven through the client's own exchange, request by request, so that whatever
goes wrong can fall between any two requests of the real retry brain. Each attempt has its own time; the
sandbox's clock moves to whatever is due next. Nothing runs at the same moment as anything else, so that
a history can be told, and told again.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any

import httpx

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest
from airflow_provider_flexout.twilio.http.call import Procedure, Sleep
from airflow_provider_flexout.twilio.http.errors import FlexoutError
from airflow_provider_flexout.twilio.http.request import Request as WireRequest
from airflow_provider_flexout.twilio.http.request import Response, SendFailed
from airflow_provider_flexout.twilio.http.request_flow import request_flow
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from airflow_provider_flexout.twilio.http.transport import httpx_request
from tests.crash.faults import LATENCY, SMOOTH, Fault, Interrupted, Killed

READ_TIMEOUT = 30.0
LONGEST_DELETION = 29.0
"""Seconds from a look at the clock until a deletion takes effect: the visibility delay, less one."""
LONGEST_STORY = 20_000
"""Events after which a history is taken to be endless."""


class Stage:
    """One sandbox, and what is due to happen to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        sandbox.settings.rate_limits = False  # a step is a request, and none is sent again
        connection = sandbox.connection()
        self._settings = Settings(
            BasicCredentials(connection["login"], connection["password"]), Hosts(base_url="http://localhost")
        )
        self.edit: Callable[[str, Any], None] = lambda _path, _body: None
        """May change the body of an answer, told the path that was asked."""
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def now(self) -> float:
        return self.sandbox.clock.time()

    def at(self, delay: float, do: Callable[[], None]) -> None:
        """Let something happen after some seconds."""
        self._count += 1
        heapq.heappush(self._due, (self.now() + delay, self._count, do))

    def play(self, longest: int = LONGEST_STORY) -> None:
        """Let everything happen that is going to, but no more events than so many."""
        for _ in range(longest):
            if not self._due:
                return
            moment, _, do = heapq.heappop(self._due)
            self.sandbox.clock.advance(max(0.0, moment - self.now()))
            do()
        raise AssertionError("this history does not end")

    def deliver(self, request: httpx.Request) -> Response:
        """Let a request arrive at Twilio."""
        answer = self.sandbox.handle(
            HttpRequest(
                method=request.method,
                path=request.url.path,
                query=request.url.query.decode(),
                headers=dict(request.headers),
                body=request.content,
            )
        )
        if not answer.body:
            return Response(answer.status, answer.headers)
        body = answer.json()
        self.edit(request.url.path, body)
        headers = {name: value for name, value in answer.headers.items() if name in {"Date", "ETag"}}
        return Response(answer.status, headers, json.dumps(body).encode())

    def steps(self, procedure: Procedure[Any]) -> Generator[WireRequest | Sleep, Any, Any]:
        """Unroll a procedure into requests and pauses, as ``Client.run`` carries it out."""
        outcome: Any = None
        while True:
            try:
                if isinstance(outcome, BaseException):
                    step = procedure.throw(outcome)
                else:
                    step = procedure.send(outcome)
            except StopIteration as done:
                return done.value
            try:
                if isinstance(step, Sleep):
                    outcome = yield step
                else:
                    outcome = yield from request_flow(step, self._settings, RetryPolicy(), self.now)
            except GeneratorExit:
                procedure.close()
                raise
            except BaseException as error:
                outcome = error


class Attempt:
    """One try of a task: a process that may be killed between any two of its steps.

    :param stage: where it happens.
    :param procedure: what it does.
    :param faults: what happens to its requests, one after the other; then all goes well.
    :param then: is told what became of it: a result, a :class:`FlexoutError`, or :class:`Killed`.
    """

    def __init__(
        self,
        stage: Stage,
        procedure: Procedure[Any],
        faults: Iterable[Fault] = (),
        then: Callable[[Attempt], None] = lambda _: None,
    ) -> None:
        self._stage = stage
        self._steps = stage.steps(procedure)
        self._faults = iter(faults)
        self._then = then
        self.requests: list[httpx.Request] = []
        self.result: Any = None
        self._turn = 0
        self._go(None, 0)

    def kill(self) -> None:
        """End the process at once."""
        if self.result is None:
            self._end(Killed())

    def interrupt(self) -> None:
        """Raise what Airflow raises in a task that it stops; the process may give back what it holds."""
        if self.result is None:
            self._turn += 1
            self._advance(partial(self._steps.throw, Interrupted()))

    def _go(self, outcome: Response | SendFailed | None, turn: int) -> None:
        # Otherwise the answer comes to a process that is dead, or was interrupted while it waited for it.
        if self.result is None and turn == self._turn:
            self._turn += 1
            self._advance(partial(self._steps.send, outcome))

    def _advance(self, resume: Callable[[], WireRequest | Sleep]) -> None:
        turn = self._turn
        try:
            step = resume()
        except StopIteration as done:
            self._end(done.value)
        except FlexoutError as error:
            self._end(error)
        except Interrupted:
            self._end(Killed())
        else:
            if isinstance(step, Sleep):
                self._stage.at(step.seconds, lambda: self._go(None, turn))
            else:
                request = httpx_request(step, {})
                self.requests.append(request)
                fault = next(self._faults, SMOOTH)
                if request.method == "DELETE":
                    fault = fault.at_most(LONGEST_DELETION)
                self._stage.at(fault.before, lambda: self._send(request, fault, turn))

    def _send(self, request: httpx.Request, fault: Fault, turn: int) -> None:
        if self.result is not None or turn != self._turn:
            return  # it was stopped before it sent anything
        if fault.killed == "before":
            self._end(Killed())
            return
        if fault.killed == "in flight":
            self._end(Killed())
        if fault.flight is None:
            answer = fault.answer_to(None)
            self._stage.at(LATENCY, lambda: self._go(answer, turn))
        else:
            self._stage.at(fault.flight, lambda: self._arrive(request, fault, turn))
            if fault.flight >= READ_TIMEOUT:
                late = SendFailed("timed out", never_left=False)
                self._stage.at(READ_TIMEOUT, lambda: self._go(late, turn))

    def _arrive(self, request: httpx.Request, fault: Fault, turn: int) -> None:
        answer = fault.answer_to(self._stage.deliver(request))
        if fault.killed == "after":
            self._end(Killed())
        elif fault.flight is not None and fault.flight < READ_TIMEOUT:
            self._stage.at(LATENCY + fault.after, lambda: self._go(answer, turn))

    def _end(self, result: Any) -> None:
        self._steps.close()
        self.result = result
        self._then(self)
