"""What happens to a follow-up: an Airflow that runs one task, whose processes die when they are told to."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest
from airflow_provider_flexout.twilio.http.call import Call
from tests.version_compat import TaskDeferred
from tests.virtual_time import run_at_once

CUSTOMER = "+393331234567"
ROME = ZoneInfo("Europe/Rome")
BEGIN = datetime(2026, 10, 22, 8, 0, tzinfo=timezone.utc)  # a Thursday, ten o'clock in Rome
QUESTION = "When shall we deliver?"
STEPS = [
    {"after": "11h", "body": "One"},  # nine in the evening: held until Friday at nine
    {"after": "P1D", "body": "Two"},  # Saturday at nine
    {"after": "PT37H", "body": "Three"},  # Sunday, after the clocks were set back: held until Monday
]
EXPECTED = {
    "One": "2026-10-23T09:00+02:00",
    "Two": "2026-10-24T09:00+02:00",
    "Three": "2026-10-26T09:00+01:00",
}
RETRY_DELAY = timedelta(minutes=5)


class Killed(BaseException):
    """A process is no more; nothing in it may catch this."""


@dataclass
class TaskInstance:
    """As much of Airflow's task instance as an operator may use."""

    try_number: int = 1
    dag_id: str = "orders"
    run_id: str = "manual__2026-10-22"
    task_id: str = "follow_up"
    map_index: int = -1
    max_tries: int = 100
    xcoms: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = json.loads(json.dumps(value))


class Story:
    """One conversation with a customer, and everything that happens to it.

    :param sandbox: Twilio.
    :param on_time: is told when time has passed.
    """

    def __init__(self, sandbox: Sandbox, on_time: Callable[[], None]) -> None:
        self.sandbox = sandbox
        self._on_time = on_time
        self.operations: list[str] = []
        """What was asked of Twilio: by the worker, and by the triggerer with "trigger" before it."""
        self.before: Callable[[int], None] = lambda _number: None
        """What happens before a request arrives; told how many arrived before it."""
        self.after: Callable[[int], None] = lambda _number: None
        """What happens before its answer comes back."""
        self.triggerer_sleeps = False
        """Whether the triggerer is down during each wait and only comes back when it is over."""
        self.retry_delay = RETRY_DELAY
        self.delayed: float | None = None
        """Seconds that the next message is on its way for; whoever sends it is killed at once."""
        self._on_its_way: list[tuple[float, HttpRequest]] = []
        self.arguments: dict[str, Any] = {"steps": STEPS, "contact_window": {"timezone": "recipient"}}
        self.in_trigger = False
        self.worker_ahead = 0.0
        """Seconds by which the worker's clock is ahead of Twilio's."""
        self.triggerer_ahead = 0.0
        self.deferrals = 0
        self.ti = TaskInstance()
        self.conversation_sid = ""

    @property
    def ahead(self) -> float:
        """By how many seconds the clock of the process that runs is ahead of Twilio's."""
        return self.triggerer_ahead if self.in_trigger else self.worker_ahead

    def pass_time(self, seconds: float) -> None:
        for arrives, request in self._on_its_way[:]:
            if arrives <= self.sandbox.clock.time() + seconds:
                self._on_its_way.clear()
                self.sandbox.clock.advance(arrives - self.sandbox.clock.time())
                assert self.sandbox.handle(request).status == 201
                seconds = max(0.0, seconds - (arrives - self.sandbox.clock.time()))
        self.sandbox.clock.advance(seconds)
        self._on_time()

    def deliver(self, request: httpx.Request) -> httpx.Response:
        """Let a request arrive at Twilio."""
        number = len(self.operations)
        self.before(number)
        where = "trigger " if self.in_trigger else ""
        arriving = HttpRequest(
            method=request.method,
            path=request.url.path,
            query=request.url.query.decode(),
            headers=dict(request.headers),
            body=request.content,
        )
        if self.delayed is not None and (request.method, request.url.path[-9:]) == ("POST", "/Messages"):
            self._on_its_way.append((self.sandbox.clock.time() + self.delayed, arriving))
            self.delayed = None
            raise Killed
        answer = self.sandbox.handle(arriving)
        self.operations.append(where + f"{request.method} {request.url.path.rsplit('/', 1)[-1]}")
        self.after(number)
        if answer.connection == "closed":
            raise httpx.RemoteProtocolError("Server disconnected.", request=request)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    def ask(self, question: str | None = QUESTION, customer: str = CUSTOMER, channel: str = "sms") -> None:
        """Open the conversation and ask the question, as two tasks before the follow-up do."""
        create = CreateInteractionOperator(task_id="create", channel=channel, to=customer)
        ti = TaskInstance(task_id="create")
        self.conversation_sid = create.execute({"ti": ti})["conversation_sid"]
        if question:
            send = SendConversationMessageOperator(
                task_id="send", conversation_sid=self.conversation_sid, body=question
            )
            send.execute({"ti": TaskInstance(task_id="send")})
        self.operations.clear()

    def send(self, call: Call[Any]) -> None:
        """Do something at Twilio that is no part of the follow-up."""
        with FlexHook().get_conn() as client:
            client.send(call)

    def follow_up(self) -> dict[str, Any]:
        """Run the task to its end, through as many tries as it takes; give what it returns."""
        while True:
            try:
                return self._try()
            except Killed:
                self.pass_time(self.retry_delay.total_seconds())
                self.ti = TaskInstance(try_number=self.ti.try_number + 1)

    def _try(self) -> dict[str, Any]:
        """Run one try: a process for each time that it is awake, which knows what was serialized."""
        method, kwargs = "execute", {}
        while True:
            arguments = {"conversation_sid": self.conversation_sid} | self.arguments
            operator = FollowUpOperator(task_id="follow_up", **arguments)
            context: Any = {"ti": self.ti, "task": operator}
            operator.render_template_fields(context)
            try:
                if method == "execute":
                    return json.loads(json.dumps(operator.execute(context)))
                return json.loads(json.dumps(operator.resume_execution(method, kwargs, context)))
            except TaskDeferred as deferred:
                method, kwargs = deferred.method_name, {"event": self._trigger(deferred)}

    def _trigger(self, deferred: TaskDeferred) -> dict[str, Any]:
        """Run the trigger to its event, in as many triggerers as it takes."""
        path, arguments = json.loads(json.dumps(deferred.trigger.serialize()))
        assert CUSTOMER not in str(arguments)
        module, name = path.rsplit(".", 1)
        kind = getattr(importlib.import_module(module), name)

        async def first() -> dict[str, Any]:
            async for event in kind(**arguments).run():
                return json.loads(json.dumps(event.payload))
            raise AssertionError("the trigger ended without an event")

        self.deferrals += 1
        self.in_trigger = True
        self._on_time()
        try:
            while True:
                if self.triggerer_sleeps:
                    self.pass_time(max(0.0, arguments["deadline"] - self.sandbox.clock.time()))
                try:
                    return run_at_once(first(), self.pass_time)
                except Killed:
                    continue
        finally:
            self.in_trigger = False
            self._on_time()

    @property
    def said(self) -> dict[str, str]:
        """What we said after the question, and when, on the clocks of Rome."""
        steps = [one for one in self.messages if one[0] in ("One", "Two", "Three")]
        assert len(dict(steps)) == len(steps), f"said twice: {steps}"
        return dict(steps)

    @property
    def messages(self) -> list[tuple[str, str]]:
        transcript = self.sandbox.conversations[0].transcript if self.sandbox.conversations else ()
        return [
            (
                "customer" if one.author == CUSTOMER else one.body,
                one.at.astimezone(ROME).isoformat(timespec="minutes"),
            )
            for one in transcript
        ]

    def check_that_nobody_was_disturbed(self) -> None:
        """Nothing twice, nothing at night, nothing early, nothing after an answer, all in its order."""
        said = self.said
        assert list(said) == list(EXPECTED)[: len(said)]
        for body, moment in said.items():
            at = datetime.fromisoformat(moment)
            assert 9 <= at.hour < 20
            assert at >= datetime.fromisoformat(EXPECTED[body])
        bodies = [body for body, _ in self.messages]
        assert bodies.index("customer") == len(bodies) - 1 if "customer" in bodies else True
