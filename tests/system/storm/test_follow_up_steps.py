"""A follow-up in a real Airflow whose task process is killed at each of its requests in turn."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import psutil

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import ENDED, DagRun
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
from tests.system.storm.places import (
    NO_RESPONSE,
    Place,
    WatchedTask,
    WatchingSandbox,
    conversation_of,
    opened_with,
)
from tests.system.storm.test_storm import POLL

QUESTION, ANSWER = "When shall we deliver?", "Tomorrow"
TIMEOUT = 3600.0


class FollowUp(WatchedTask):
    """A customer who is followed up, and the task that does it.

    :param sandbox: Twilio.
    :param number: the task's number among all.
    :param map_index: which one of its run.
    :param replies: whether the customer replies to the first step; otherwise to none.
    :param killed_at: where the first try of the task is killed; ``None`` for nowhere.
    """

    def __init__(
        self, sandbox: Sandbox, number: int, map_index: int, *, replies: bool, killed_at: Place | None
    ) -> None:
        super().__init__(sandbox, number, "remind", map_index, killed_at)
        self.replies, self.has_replied = replies, False
        self.conversation_sid = conversation_of(opened_with(sandbox, self.address, QUESTION))

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


class Killing(WatchingSandbox):
    """A sandbox that kills the process that asks; it gets no response, whether its request arrives or not."""

    def hit(self, task: WatchedTask, process: psutil.Process, request: HttpRequest) -> HttpResponse:
        """Kill the process."""
        if task.hit_at and task.hit_at.arrives:
            self.later(task, request)
        process.kill()
        return NO_RESPONSE


def follow_up(airflow: RealAirflow, sandbox: Killing, tasks: list[FollowUp]) -> DagRun:
    """Follow up on all of them at once, to the end."""
    for one in tasks:
        airflow.api.add_connection(one.conn_id, one.connection)
    given = [one.arguments for one in tasks]
    sandbox.watched = tasks
    sandbox.run = run = airflow.run("followed_up", {"customers": given})
    give_up = time.monotonic() + TIMEOUT
    while run.state() not in ENDED:
        found = run.task_instances("remind")
        assert time.monotonic() < give_up, Counter(one.state for one in found)
        for one in found:
            if one.state == "deferred":
                reply(sandbox, tasks[one.map_index])
        time.sleep(POLL)
    return run


def reply(sandbox: Sandbox, task: FollowUp) -> None:
    """Let the customer reply, if they do, when the first step is there."""
    if task.replies and not task.has_replied and "One" in said(sandbox, task):
        sandbox.customer(task.address).says(ANSWER, in_conversation=task.conversation_sid)
        task.has_replied = True


def said(sandbox: Sandbox, task: FollowUp) -> list[str]:
    (conversation,) = [one for one in sandbox.conversations if one.sid == task.conversation_sid]
    return [one.body for one in conversation.transcript]


def check(sandbox: Sandbox, run: DagRun, tasks: list[FollowUp]) -> None:
    """Each step once and in its order, and the right outcome."""
    assert run.state() == "success", run.failures()
    for task, found in zip(tasks, run.task_instances("remind"), strict=True):
        result = run.xcom(found)
        bodies, outcome = task.expected
        assert (said(sandbox, task), result["outcome"]) == (bodies, outcome), task.hit_at
        (conversation,) = [one for one in sandbox.conversations if one.sid == task.conversation_sid]
        steps = [one.sid for one in conversation.transcript if one.body in ("One", "Two")]
        assert result["message_sids"] == steps
        assert found.try_number == (1 if task.hit_at is None else 2)
        assert task.was_hit == (task.hit_at is not None)


def test_each_step_is_hit(tmp_path: Path, metadata: str, notes: list[str]) -> None:
    with Killing(seed=7) as sandbox:
        sandbox.serve(host="0.0.0.0")  # noqa: S104 - all addresses of this machine
        sandbox.agent().accepts(after="1s")
        dags = [Path(__file__).parent / "dags" / "kills.py"]
        sandbox.airflow = airflow = RealAirflow(tmp_path, dags=dags, database=metadata)
        with airflow:
            undisturbed = [
                FollowUp(sandbox, number, number, replies=bool(number), killed_at=None) for number in range(2)
            ]
            check(sandbox, follow_up(airflow, sandbox, undisturbed), undisturbed)
            assert [len(one.parts) for one in undisturbed] == [3, 2], "awake again after each wait"
            silent, replying = undisturbed
            last_part = len(replying.parts) - 1
            cases = [(False, place) for place in silent.places()]
            cases += [(True, place) for place in replying.places() if place.part == last_part]
            tasks = [
                FollowUp(sandbox, len(undisturbed) + number, number, replies=replies, killed_at=place)
                for number, (replies, place) in enumerate(cases)
            ]
            check(sandbox, follow_up(airflow, sandbox, tasks), tasks)
    notes.append(f"{len(tasks)} follow-ups, each killed at another step: each message once")
