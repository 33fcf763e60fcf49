"""Task processes that are hit at one of their requests.

Each task has a connection of its own, to another address of this machine, so that the sandbox knows whose
request it has before it. On Linux, all of 127.0.0.0/8 is this machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import httpx
import psutil

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import DagRun
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
from tests.system.task_processes import task_processes

NO_RESPONSE = HttpResponse(0, {}, b"", connection="closed")


class Place(NamedTuple):
    """Where a task is hit.

    :param part: in which of its processes; it has one for each time that it is awake, from 0.
    :param number: at which of that one's requests, from 0.
    :param arrives: whether the request takes effect.
    """

    part: int
    number: int
    arrives: bool = True


class WatchedTask:
    """A task instance whose first try is watched.

    :param sandbox: Twilio.
    :param number: its number among all, from 0; at most 250.
    :param task_id: the task.
    :param map_index: which instance of it.
    :param hit_at: where its first try is hit; ``None`` for nowhere.
    """

    def __init__(
        self, sandbox: Sandbox, number: int, task_id: str, map_index: int, hit_at: Place | None
    ) -> None:
        self.task_id, self.map_index, self.hit_at = task_id, map_index, hit_at
        self.was_hit = False
        self.task_instance_id: str | None = None
        self.parts: dict[int, list[str]] = {}
        """The methods of what the processes of the first try have asked, by their ids, in their order."""
        self.host, self.conn_id = f"127.0.0.{number + 2}", f"watched_{number}"
        self.address = f"+1202555{number + 500:04d}"
        connection = sandbox.connection()
        port = connection["extra"]["base_url"].rpartition(":")[2]
        self.connection = connection | {
            "extra": connection["extra"] | {"base_url": f"http://{self.host}:{port}"}
        }

    def places(self) -> Iterator[Place]:
        """List where it can be hit: after each request, and before each that changes something."""
        for part, requests in enumerate(self.parts.values()):
            for number, method in enumerate(requests):
                yield Place(part, number)
                if method != "GET" or not number:
                    yield Place(part, number, arrives=False)


class WatchingSandbox(Sandbox):
    """A sandbox that hits the process that asks, at the place of its task."""

    airflow: RealAirflow
    run: DagRun
    watched: Sequence[WatchedTask] = ()
    """The tasks of the run that are watched."""

    def hit(self, task: WatchedTask, process: psutil.Process, request: HttpRequest) -> HttpResponse:
        """Do to the process what it has to survive."""
        raise NotImplementedError

    def later(self, task: WatchedTask, request: HttpRequest) -> HttpResponse:
        """Answer a request of a task that was hit."""
        return super().handle(request)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, unless its process is hit."""
        host = request.headers.get("host", "").partition(":")[0]
        task = next((one for one in self.watched if one.host == host), None)
        if task is None:
            return super().handle(request)
        if task.was_hit:
            return self.later(task, request)
        process = self._process_of(task)
        if process is None:  # it is the triggerer that asks
            return super().handle(request)
        requests = task.parts.setdefault(process.pid, [])
        here = list(task.parts).index(process.pid), len(requests)
        requests.append(request.method)
        if task.hit_at is None or here != task.hit_at[:2]:
            return super().handle(request)
        task.was_hit = True
        return self.hit(task, process, request)

    def _process_of(self, task: WatchedTask) -> psutil.Process | None:
        if task.task_instance_id is None:
            ids = {
                (one["task_id"], one["map_index"]): one["id"]
                for one in self.run.api.every(f"{self.run.path}/taskInstances", "task_instances")
            }
            for one in self.watched:
                one.task_instance_id = ids.get((one.task_id, one.map_index))
        return task_processes(self.airflow).get(str(task.task_instance_id))


def opened_with(sandbox: Sandbox, address: str, question: str) -> dict[str, Any]:
    """Open an interaction, ask a question in its conversation, and give the interaction as Twilio does."""
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
        interaction: dict[str, Any] = http.post("/v1/Interactions", data=form).raise_for_status().json()
        path = f"/v1/Conversations/{conversation_of(interaction)}/Messages"
        http.post(path, data={"Body": question}).raise_for_status()
    return interaction


def conversation_of(interaction: dict[str, Any]) -> str:
    """Give the SID of an interaction's conversation."""
    return str(json.loads(interaction["routing"]["properties"]["attributes"])["conversationSid"])
