"""What an earlier version left at Twilio and in Airflow is adopted: nobody is contacted again.

Each recording is cut where its process may have died. Today's sandbox is brought to that state, and the
tasks are carried on by today's code: a task that had not begun runs for the first time, one that died is
retried, one that was deferred is resumed, one that had ended is cleared. In the end the sandbox has to hold
what it held when nothing went wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contract.adoption.airflow_tasks import DagRun, class_at
from tests.contract.adoption.contents import contacts_in, contents_of, locks_in
from tests.contract.adoption.replay import (
    Recording,
    Translation,
    recordings,
    replay,
    send_again,
)
from tests.contract.adoption.simulation import Simulation, simulation_from

ANOTHER_SEED = 11
"""Not that of the recordings, so that every SID is another one."""
PAUSE = 600.0
"""Seconds from the moment at which a recording is cut until tasks are carried on."""

ENDED = ("returned", "triggered")

Cut = dict[str, Any]


def cases() -> Iterator[Any]:
    for recording in recordings():
        for cut in recording.content["cuts"]:
            parts = [recording.name, str(cut["after"]), f"seen{cut['events']}" if cut["seen"] else "lost"]
            parts += [str(cut[name]) for name in ("then", "delay") if name in cut]
            yield pytest.param(recording, cut, id="-".join(parts))


@pytest.mark.parametrize(("recording", "cut"), cases())
def test_nobody_is_contacted_again(recording: Recording, cut: Cut, tmp_path: Path) -> None:
    with simulation_from(recording.start, ANOTHER_SEED, recording.account["extra"]) as simulation:
        translation = replay(simulation, recording, cut["after"])
        known = set(translation.sids)
        left = Left(simulation, recording, cut, translation, tmp_path)
        before = len(simulation.exchanges)
        simulation.pass_time(cut.get("delay", PAUSE))
        ended = left.carry_on()
        simulation.pass_time(60)
        sent = simulation.exchanges[before:]
        assert contents_of(simulation) == recording.content["in_the_end"]
        if left.was_complete:
            assert not contacts_in(sent, tried=True), "sent again what was complete"
        else:
            assert not locks_in(simulation), "left the lock of a process that is dead"
        soon = recording.start.timestamp() + cut.get("no_contact_before", 0.0) - 1.0
        assert all(one.at >= soon for one in contacts_in(sent)), (
            "did not wait for a process that may be alive"
        )
        for task in recording.tasks:
            check_results(recording, task, ended[task["name"]], known)


class Left:
    """What an earlier version left of the tasks of one DAG run, and today's Airflow that finds it."""

    def __init__(
        self, simulation: Simulation, recording: Recording, cut: Cut, translation: Translation, folder: Path
    ) -> None:
        self._simulation, self._recording, self._cut = simulation, recording, cut
        self._translation = translation
        self._held = recording.held_at(cut)
        self._run = DagRun(simulation, recording.content["dag_run"], folder)
        self._write_files(folder)
        for name, held in self._held.items():
            last = held["last"]
            self._run.store_of(name).kept = held["state"]
            self._run.xcoms[name] = last.get("xcoms", {})
            if last["event"] == "triggered":
                self._run.runs.add(f"{last['trigger_dag_id']} {last['run_id']}")
        self._let_others_go_on()

    @property
    def was_complete(self) -> bool:
        """Whether everybody had been contacted when the recording was cut."""
        every = [one for one in self._recording.exchanges if _is_contact(one)]
        sent = [one for one in self._recording.exchanges[: self._cut["after"]] if _is_contact(one)]
        return len(every) == len(sent)

    def _write_files(self, folder: Path) -> None:
        for name, content in self._recording.files().items():
            (folder / name).write_bytes(content)
        for task in self._recording.tasks:
            lines = self._held.get(task["name"], {"results": []})["results"]
            if lines:
                text = "".join(f"{line}\n" for line in lines)
                (folder / task["arguments"]["results"]["file"]).write_text(text, encoding="utf-8")

    def _let_others_go_on(self) -> None:
        """Let customers and agents do later what they did; agents do what is offered to them in any case."""
        for exchange in self._recording.exchanges[self._cut["after"] :]:
            if exchange["by"] in {"customer", "agent"}:
                at = self._recording.start.timestamp() + exchange["at"]
                self._simulation.due.append((at, lambda one=exchange: self._send(one)))  # type: ignore[misc]

    def _send(self, exchange: Mapping[str, Any]) -> None:
        if self._translation.knows(exchange["request"]):
            send_again(self._simulation, exchange, self._translation)

    def carry_on(self) -> dict[str, dict[str, Any]]:
        """Carry all tasks on, in their order; give how each ended."""
        return {task["name"]: self._carry_on(task) for task in self._recording.tasks}

    def _carry_on(self, task: dict[str, Any]) -> dict[str, Any]:
        last = self._held.get(task["name"], {"last": {"event": "none"}})["last"]
        number = 1 if last["event"] == "none" else 2
        if last["event"] in ENDED and not self._all_ended:
            return dict(last)
        if last["event"] == "deferred" and self._cut.get("then") != "clear":
            ended = self._run.resume(task, last, 1)
        else:
            ended = self._run.execute(task, number)
        while ended["event"] == "deferred":
            ended = self._run.resume(task, ended, number)
        return ended

    @property
    def _all_ended(self) -> bool:
        """Whether there was nothing left to do, so that the whole run is cleared."""
        tasks = [task["name"] for task in self._recording.tasks]
        return all(name in self._held and self._held[name]["last"]["event"] in ENDED for name in tasks)


def check_results(
    recording: Recording, task: Mapping[str, Any], ended: Mapping[str, Any], known: set[str]
) -> None:
    """See that a task ended with the results that it had, as far as what they name was there already."""
    recorded = [one for one in recording.content["airflow"] if one["task"] == task["name"]][-1]
    assert ended["event"] in {recorded["event"], "returned"}
    today = dict(_sids(ended.get("xcoms", {})))
    for name, value in _sids(recorded.get("xcoms", {})):
        if value in known:
            assert today.get(name) == value, f"{task['name']} ended with another {name}"
    for name in ("run_id", "payloads", "contacts", "channel_type"):
        if name in recorded.get("xcoms", {}):
            assert ended["xcoms"][name] == recorded["xcoms"][name]


def _sids(xcoms: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    returned = xcoms.get("return_value")
    for name, value in {**xcoms, **(returned if isinstance(returned, Mapping) else {})}.items():
        if name.endswith("_sid") and isinstance(value, str):
            yield name, value
        elif name.endswith("_sids"):
            yield from ((f"{name}[{number}]", one) for number, one in enumerate(value))


def _is_contact(exchange: Mapping[str, Any]) -> bool:
    operations = {"CreateInteraction", "CreateConversationMessage", "CreateInteractionChannelInvite"}
    return exchange["by"] == "worker" and exchange["operation"] in operations


def deferrals() -> Iterator[Any]:
    for recording in recordings():
        found = [one for one in recording.content["airflow"] if one["event"] == "deferred"]
        for number, one in enumerate(found):
            yield pytest.param(one, id=f"{recording.name}-{number}")


@pytest.mark.parametrize("deferral", deferrals())
def test_a_deferred_task_finds_its_trigger(deferral: dict[str, Any]) -> None:
    """What Airflow's database holds of a trigger makes one today, which is stored likewise."""
    path, kwargs = deferral["classpath"], deferral["kwargs"]
    assert json.loads(json.dumps(class_at(path)(**kwargs).serialize())) == [path, kwargs]
