"""First tries in a real Airflow that stand still, by SIGSTOP, after each of their requests in turn.

The process and Airflow's own, which watches over it, stand still together, as on a machine that is suspended,
so Airflow takes the try for dead and begins another. The first one goes on after 40 seconds, or in the moment
in which the other has contacted somebody; Airflow's process goes on a while after it, and only then ends it.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any

import psutil
import pytest

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import ENDED, DagRun
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse
from tests.crash.outreaches import is_lock
from tests.system.storm.killer import FROZEN_FOR
from tests.system.storm.places import Place, WatchedTask, WatchingSandbox, conversation_of, opened_with
from tests.system.storm.test_storm import POLL, SETTINGS

QUESTION, BODY = "When shall we deliver?", "Your order is late."
OPENING = ("open", "open_in_one_call")
TASKS = (*OPENING, "say", "invite", "remind")
CONTACT = re.compile(r"/(Interactions|Invites|Messages)$")
WATCHER_LATER = 20.0
"""Seconds after a process that the one that watches over it goes on, so that it is not ended at once."""
AT_A_TIME = 12
"""Each may hold one of Airflow's places until another has contacted its customer, which takes a place too."""
TIMEOUT = 3600.0
MOST = 240
"""Tasks for which there are addresses of this machine."""


class GoesOn(Enum):
    """When a frozen process goes on; at the latest when a later try has succeeded."""

    AFTER_A_WHILE = "after 40 s"
    AS_ANOTHER_ACTS = "as another has contacted somebody"


class FreezableTask(WatchedTask):
    """A task that reaches somebody.

    :param sandbox: Twilio.
    :param number: its number among all.
    :param task_id: what it does.
    :param map_index: which one of these in its run.
    :param frozen_at: the place at which it stands still; ``None`` for nowhere.
    :param goes_on: when it goes on.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        number: int,
        task_id: str,
        map_index: int,
        frozen_at: Place | None = None,
        goes_on: GoesOn = GoesOn.AFTER_A_WHILE,
    ) -> None:
        super().__init__(sandbox, number, task_id, map_index, frozen_at)
        self.goes_on = goes_on
        self.frozen: list[psutil.Process] = []
        self.frozen_until = self.watcher_frozen_until = float("inf")
        self.later_contacts = 0
        """Contacts by other processes while the first one stood still."""
        self.arguments: dict[str, Any] = {"flexout_conn_id": self.conn_id}
        if task_id in OPENING:
            self.arguments["to"] = self.address
            return
        interaction = opened_with(sandbox, self.address, QUESTION)
        if task_id == "invite":
            self.arguments["interaction_sid"] = interaction["sid"]
            self.arguments["routing"] = {"queue_sid": self.connection["extra"]["queue_sid"]}
            return
        self.arguments["conversation_sid"] = conversation_of(interaction)
        self.arguments |= {"body": BODY} if task_id == "say" else {"steps": [{"after": "1s", "body": BODY}]}

    def __str__(self) -> str:
        return f"{self.task_id} at {self.hit_at}, goes on {self.goes_on.value}"

    def freeze(self, process: psutil.Process) -> None:
        watcher = process.parent()
        assert watcher
        self.frozen = [watcher, process]
        for one in self.frozen:
            one.suspend()
        if self.goes_on is GoesOn.AFTER_A_WHILE:
            self.frozen_until = time.monotonic() + FROZEN_FOR

    def thaw(self, now: float) -> None:
        """Let go on what has stood still for long enough."""
        if len(self.frozen) == 2 and self.frozen_until <= now:
            _resume(self.frozen.pop())
            self.watcher_frozen_until = now + WATCHER_LATER
        if len(self.frozen) == 1 and self.watcher_frozen_until <= now:
            _resume(self.frozen.pop())


class Freezing(WatchingSandbox):
    """A sandbox that freezes the process that asks, together with its parent, before it has the response."""

    def hit(self, task: WatchedTask, process: psutil.Process, request: HttpRequest) -> HttpResponse:
        """Freeze the process; the response lies ready when it goes on."""
        assert isinstance(task, FreezableTask)
        task.freeze(process)
        return super().later(task, request)

    def later(self, task: WatchedTask, request: HttpRequest) -> HttpResponse:
        """Answer a later try, and let the first one go on as soon as this one has contacted somebody."""
        assert isinstance(task, FreezableTask)
        response = super().later(task, request)
        if len(task.frozen) == 2 and request.method == "POST" and CONTACT.search(request.path):
            task.later_contacts += 1
            if task.goes_on is GoesOn.AS_ANOTHER_ACTS:
                task.frozen_until = 0.0
                task.thaw(time.monotonic())
        return response


def _resume(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # the scheduler has ended it
        process.resume()


def carry_out(airflow: RealAirflow, sandbox: Freezing, tasks: list[FreezableTask]) -> DagRun:
    """Run all of them at once, to the end."""
    for one in tasks:
        airflow.api.add_connection(one.conn_id, one.connection)
    sandbox.watched = tasks
    conf = {name: [one.arguments for one in tasks if one.task_id == name] for name in TASKS}
    sandbox.run = run = airflow.run("frozen", conf)
    give_up = time.monotonic() + TIMEOUT
    while run.state() not in ENDED or any(one.frozen for one in tasks):
        states = {(one.task_id, one.map_index): one.state for one in run.task_instances()}
        assert time.monotonic() < give_up, Counter(states.values())
        for one in tasks:
            if one.frozen and states.get((one.task_id, one.map_index)) == "success":
                one.frozen_until = 0.0
            one.thaw(time.monotonic())
        time.sleep(POLL)
    assert run.state() == "success", run.failures()
    return run


def contacts(sandbox: Sandbox, task: FreezableTask) -> int:
    """Count how often a task has reached somebody."""
    found = [
        one for one in sandbox.conversations if any(each.address == task.address for each in one.participants)
    ]
    if task.task_id in OPENING:
        return len(found)
    (conversation,) = found
    if task.task_id == "invite":
        of_it = [one for one in sandbox.tasks if one.attributes.get("conversationSid") == conversation.sid]
        return len(of_it) - 1  # without the interaction's own
    return [one.body for one in conversation.transcript].count(BODY)


def tasks_for(
    sandbox: Sandbox, cases: list[tuple[str, Place | None, GoesOn]], first: int = 0
) -> list[FreezableTask]:
    seen: Counter[str] = Counter()
    made = []
    for number, (task_id, place, goes_on) in enumerate(cases, first):
        made.append(FreezableTask(sandbox, number, task_id, seen[task_id], place, goes_on))
        seen[task_id] += 1
    return made


@pytest.fixture
def sandbox():
    with Freezing(seed=7) as sandbox:
        sandbox.settings.update({"name_lag": 1})
        sandbox.task_list_lag = 3
        sandbox.agent().accepts(after="1s")
        yield sandbox.serve(host="0.0.0.0")  # noqa: S104 - all addresses of this machine


def test_a_first_try_that_stands_still(tmp_path: Path, sandbox: Freezing, metadata: str, notes: list[str]):
    settings = SETTINGS | {"core": {"parallelism": 2 * AT_A_TIME}}
    dags = [Path(__file__).parent / "dags" / "frozen.py"]
    sandbox.airflow = airflow = RealAirflow(tmp_path, dags=dags, database=metadata, settings=settings)
    with airflow:
        undisturbed = tasks_for(sandbox, [(name, None, GoesOn.AFTER_A_WHILE) for name in TASKS])
        carry_out(airflow, sandbox, undisturbed)
        assert {one.task_id: contacts(sandbox, one) for one in undisturbed} == dict.fromkeys(TASKS, 1)
        cases: list[tuple[str, Place | None, GoesOn]] = [
            (one.task_id, place, goes_on)
            for one in undisturbed
            for place in one.places()
            if place.arrives and place.part == 0  # when it wakes again is for its triggerer to say
            for goes_on in GoesOn
        ]
        tasks: list[FreezableTask] = []
        retried = 0
        while cases and len(tasks) + AT_A_TIME < MOST:
            these = tasks_for(sandbox, cases[:AT_A_TIME], len(undisturbed) + len(tasks))
            run = carry_out(airflow, sandbox, these)
            retried += sum(one.try_number > 1 for one in run.task_instances())
            tasks += these
            # On a busy machine, Airflow takes tries for dead before they are at their place. They come again.
            not_hit = [(one.task_id, one.hit_at, one.goes_on) for one in these if not one.was_hit]
            cases = cases[AT_A_TIME:] + not_hit
    hit = [one for one in tasks if one.was_hit]
    notes.append(
        f"{len(hit)} first tries, each frozen after another of its requests: {retried} were tried again "
        f"meanwhile, of which {sum(bool(one.later_contacts) for one in hit)} contacted somebody before "
        "the first went on; each contacted once"
    )
    assert [(str(one), found) for one in tasks if (found := contacts(sandbox, one)) != 1] == []
    without = [one.sid for one in sandbox.conversations if not (is_lock(one) or one.participants)]
    assert not without
    assert len(sandbox.interactions) == len(undisturbed) + len(tasks)
    assert [(task_id, str(place)) for task_id, place, _ in cases] == []
