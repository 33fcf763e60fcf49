"""A follow-up in a real Airflow whose task process is killed at each of its requests in turn.

Each customer's task has a connection of its own, to another address of this machine, so that the sandbox
knows whose request it has before it. On Linux, all of 127.0.0.0/8 is this machine.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import ENDED, DagRun
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
from tests.system.storm.test_storm import POLL
from tests.system.task_processes import task_processes

QUESTION, ANSWER = "When shall we deliver?", "Tomorrow"
TIMEOUT = 3600.0
NO_RESPONSE = HttpResponse(0, {}, b"", connection="closed")


class Place(NamedTuple):
    """Where a task is killed.

    :param part: in which of its processes; it has one for each time that it is awake, from 0.
    :param number: at which of that one's requests, from 0.
    :param arrives: whether the request takes effect; there is no response to it either way.
    """

    part: int
    number: int
    arrives: bool = True


class Customer:
    """A customer who is followed up, and the task that does it.

    :param sandbox: Twilio.
    :param number: the customer's number among all.
    :param replies: whether they reply to the first step; otherwise to none.
    :param killed_at: where the first try of the task is killed; ``None`` for nowhere.
    """

    def __init__(self, sandbox: Sandbox, number: int, *, replies: bool, killed_at: Place | None) -> None:
        self.replies, self.killed_at = replies, killed_at
        self.was_killed = self.has_replied = False
        self.task_instance_id: str | None = None
        self.parts: dict[int, list[str]] = {}
        """What the processes of the first try have asked, by their ids, in their order."""
        self.host, self.conn_id = f"127.0.0.{number + 2}", f"customer_{number}"
        self.address = f"+1202555{number + 500:04d}"
        self.conversation_sid = opened_with(sandbox, self.address)
        connection = sandbox.connection()
        port = connection["extra"]["base_url"].rpartition(":")[2]
        self.connection = connection | {
            "extra": connection["extra"] | {"base_url": f"http://{self.host}:{port}"}
        }

    @property
    def arguments(self) -> dict[str, str]:
        """What the task is told; with a key of their own, each step has its lock, however early or late."""
        names = {"flexout_conn_id": self.conn_id, "idempotency_key": self.conn_id}
        return names | {"conversation_sid": self.conversation_sid}

    @property
    def expected(self) -> tuple[list[str], str]:
        """What is said, and what comes of it."""
        if self.replies:
            return [QUESTION, "One", ANSWER], "replied"
        return [QUESTION, "One", "Two"], "exhausted"


class Killing(Sandbox):
    """A sandbox that kills the process that asks, at the place of the customer whose task it is."""

    airflow: RealAirflow
    run: DagRun
    customers: Sequence[Customer] = ()
    """Those who are followed up in the run, in the order of their mapped tasks."""

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, unless its process is killed."""
        host = request.headers.get("host", "").partition(":")[0]
        customer = next((one for one in self.customers if one.host == host), None)
        process = self._process_of(customer) if customer else None
        if customer is None or process is None:
            return super().handle(request)
        requests = customer.parts.setdefault(process.pid, [])
        here = list(customer.parts).index(process.pid), len(requests)
        requests.append(request.method)
        if customer.killed_at is None or here != customer.killed_at[:2]:
            return super().handle(request)
        if customer.killed_at.arrives:
            super().handle(request)
        process.kill()
        customer.was_killed = True
        return NO_RESPONSE

    def _process_of(self, customer: Customer) -> psutil.Process | None:
        """Find the process that asks; ``None`` where it is the triggerer, or a later try."""
        if customer.was_killed:
            return None
        if customer.task_instance_id is None:
            for task in self.run.api.every(f"{self.run.path}/taskInstances", "task_instances"):
                if task["task_id"] == "remind":
                    self.customers[task["map_index"]].task_instance_id = task["id"]
        return task_processes(self.airflow).get(str(customer.task_instance_id))


def opened_with(sandbox: Sandbox, address: str) -> str:
    """Open an interaction, ask the question in its conversation, and give its SID."""
    connection = sandbox.connection()
    extra, auth = connection["extra"], (connection["login"], connection["password"])
    routing = {name: extra[name] for name in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
    participant = {"address": address, "proxy_address": extra["sms_from"], "type": "sms"}
    channel = {"type": "sms", "initiated_by": "agent", "participants": [participant]}
    form = {
        "Channel": json.dumps(channel | {"properties": {"type": "sms"}}),
        "Routing": json.dumps({"properties": routing | {"attributes": {"customerAddress": address}}}),
    }
    with httpx.Client(base_url=extra["base_url"], auth=auth) as http:
        interaction = http.post("/v1/Interactions", data=form).raise_for_status().json()
        sid = json.loads(interaction["routing"]["properties"]["attributes"])["conversationSid"]
        http.post(f"/v1/Conversations/{sid}/Messages", data={"Body": QUESTION}).raise_for_status()
    return str(sid)


def follow_up(airflow: RealAirflow, sandbox: Killing, customers: list[Customer]) -> DagRun:
    """Follow up on all of them at once, to the end."""
    for one in customers:
        airflow.api.add_connection(one.conn_id, one.connection)
    given = [one.arguments for one in customers]
    sandbox.customers = customers
    sandbox.run = run = airflow.run("followed_up", {"customers": given})
    give_up = time.monotonic() + TIMEOUT
    while run.state() not in ENDED:
        tasks = run.task_instances("remind")
        assert time.monotonic() < give_up, Counter(task.state for task in tasks)
        for task in tasks:
            if task.state == "deferred":
                reply(sandbox, customers[task.map_index])
        time.sleep(POLL)
    return run


def reply(sandbox: Sandbox, customer: Customer) -> None:
    """Let the customer reply, if they do, when the first step is there."""
    if customer.replies and not customer.has_replied and "One" in said(sandbox, customer):
        sandbox.customer(customer.address).says(ANSWER, in_conversation=customer.conversation_sid)
        customer.has_replied = True


def said(sandbox: Sandbox, customer: Customer) -> list[str]:
    (conversation,) = [one for one in sandbox.conversations if one.sid == customer.conversation_sid]
    return [one.body for one in conversation.transcript]


def check(sandbox: Sandbox, run: DagRun, customers: list[Customer]) -> None:
    """Each step once and in its order, and the right outcome."""
    assert run.state() == "success", run.failures()
    tasks = run.task_instances("remind")
    for customer, task in zip(customers, tasks, strict=True):
        result = run.xcom(task)
        bodies, outcome = customer.expected
        assert (said(sandbox, customer), result["outcome"]) == (bodies, outcome), customer.killed_at
        (conversation,) = [one for one in sandbox.conversations if one.sid == customer.conversation_sid]
        steps = [one.sid for one in conversation.transcript if one.body in ("One", "Two")]
        assert result["message_sids"] == steps
        assert task.try_number == (1 if customer.killed_at is None else 2)
        assert customer.was_killed == (customer.killed_at is not None)


def places_of(customer: Customer) -> list[Place]:
    """List where its task can be killed: after each request, and before each that changes something."""
    return [
        Place(part, number, arrives)
        for part, requests in enumerate(customer.parts.values())
        for number, method in enumerate(requests)
        for arrives in ((True,) if method == "GET" and number else (True, False))
    ]


def test_each_step_is_hit(tmp_path: Path, notes: list[str]) -> None:
    with Killing(seed=7) as sandbox:
        sandbox.serve(host="0.0.0.0")  # noqa: S104 - all addresses of this machine
        sandbox.agent().accepts(after="1s")
        dags = [Path(__file__).parent / "dags" / "kills.py"]
        sandbox.airflow = airflow = RealAirflow(tmp_path, dags=dags)
        with airflow:
            undisturbed = [
                Customer(sandbox, number, replies=bool(number), killed_at=None) for number in range(2)
            ]
            check(sandbox, follow_up(airflow, sandbox, undisturbed), undisturbed)
            assert [len(one.parts) for one in undisturbed] == [3, 2], "awake again after each wait"
            silent, replying = map(places_of, undisturbed)
            last_part = max(place.part for place in replying)
            cases = [(False, place) for place in silent]
            cases += [(True, place) for place in replying if place.part == last_part]
            customers = [
                Customer(sandbox, number, replies=replies, killed_at=place)
                for number, (replies, place) in enumerate(cases, len(undisturbed))
            ]
            check(sandbox, follow_up(airflow, sandbox, customers), customers)
    notes.append(f"{len(customers)} follow-ups, each killed at another step: each message once")
