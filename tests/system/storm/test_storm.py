"""A storm over a real Airflow: task processes are killed and frozen, answers are lost, the scheduler dies.

What counts is what the sandbox holds at the end. The control does the same with the ``twilio`` package.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import ENDED
from airflow_provider_flexout.sandbox import Sandbox
from tests.crash.outreaches import is_lock
from tests.system.storm.killer import Killer

MANY = int(os.environ.get("FLEXOUT_STORM", "120"))
CUSTOMERS = [f"+1202555{number:04d}" for number in range(100, 100 + MANY)]
TIMEOUT = 5400.0
"""Seconds until a storm is taken to be endless, on a machine that has other work."""
POLL = 3.0
SETTINGS = {
    # With Airflow's 10, the API server's threads wait for each other's connections while many tasks begin.
    "database": {"sql_alchemy_max_overflow": 40},
    "scheduler": {
        "task_instance_heartbeat_timeout": 15,
        "task_instance_heartbeat_timeout_detection_interval": 3,
        "orphaned_tasks_check_interval": 5,
    },
    "workers": {"task_heartbeat_interval": 3},
}


@dataclass
class Outcome:
    """What a storm did, and what it left."""

    name: str
    kills: int
    freezes: int
    faults: int
    restarts: int
    states: Counter[str]
    retried: int
    contacted: Counter[str]
    without_customer: int
    interactions: int
    messages: Counter[str]

    @property
    def row(self) -> list[str]:
        twice = sum(count - 1 for count in self.messages.values() if count > 1)
        return [
            self.name,
            str(self.kills),
            str(self.freezes),
            str(self.faults),
            str(self.restarts),
            str(self.retried),
            f"{self.states['success']} of {sum(self.states.values())}",
            str(self.interactions),
            str(self.without_customer),
            str(twice),
            str(len(CUSTOMERS) - len(self.messages)),
        ]


def storm(
    tmp_path: Path, metadata: str, name: str, dag_id: str, task_ids: set[str], *, kill_scheduler: bool = False
) -> Outcome:
    with Sandbox(seed=7).serve() as sandbox:
        sandbox.settings.update({"name_lag": 1})
        sandbox.agent().accepts(after="1s")
        airflow = RealAirflow(
            tmp_path,
            dags=[Path(__file__).parent / "dags" / "storm.py"],
            connections={"flexout_default": sandbox.connection()},
            database=metadata,
            settings=SETTINGS,
        )
        with airflow:
            # Each answer takes a while, so that a killed task is likely to be killed between two.
            sandbox.faults.delay("*", 0.25, times=None)
            writes = [
                sandbox.faults.drop_response(operation, times=None, probability=0.05)
                for operation in ("CreateInteraction", "CreateConversationMessage", "CreateConversation")
            ]
            writes += [
                sandbox.faults.fail(operation, 503, committed=True, times=None, probability=0.05)
                for operation in ("CreateInteraction", "CreateConversationMessage", "UpdateConversation")
            ]
            run = airflow.run(dag_id, {"customers": CUSTOMERS})
            restarts, give_up = 0, time.monotonic() + TIMEOUT
            with Killer(airflow, [run], task_ids, every=2.5, seed=7, frozen=0.15) as killer:
                # Airflow is asked seldom: it has enough to do.
                while run.state() not in ENDED:
                    assert time.monotonic() < give_up, Counter(map(str, run.task_instances()))
                    if kill_scheduler and not restarts and len(sandbox.interactions) > len(CUSTOMERS) / 2:
                        airflow.scheduler.kill()
                        airflow.scheduler.start()
                        restarts += 1
                    time.sleep(POLL)
            tasks = [task for task in run.task_instances() if task.task_id in task_ids]
        faults = sum(fault.fired for fault in writes)
        sandbox.faults.clear()
        return outcome(name, sandbox, tasks, killer, faults, restarts)


def outcome(name, sandbox, tasks, killer, faults, restarts) -> Outcome:
    # A process that was killed may leave a lock, which Twilio closes by itself.
    conversations = [one for one in sandbox.conversations if not is_lock(one)]
    customers_of = {
        one.sid: [each.address for each in one.participants if each.address] for one in conversations
    }
    messages: Counter[str] = Counter()
    for conversation in conversations:
        for customer in customers_of[conversation.sid]:
            messages[customer] += sum(each.role != "customer" for each in conversation.transcript)
    return Outcome(
        name=name,
        kills=killer.kills,
        freezes=killer.freezes,
        faults=faults,
        restarts=restarts,
        states=Counter(task.state for task in tasks),
        retried=sum(task.try_number > 1 for task in tasks),
        contacted=Counter(customer for found in customers_of.values() for customer in found),
        without_customer=sum(not found for found in customers_of.values()),
        interactions=len(sandbox.interactions),
        messages=+messages,
    )


@pytest.mark.parametrize("kill_scheduler", [False, True], ids=["tasks killed", "scheduler killed as well"])
def test_with_the_provider_each_customer_is_contacted_once(tmp_path, metadata, storms, kill_scheduler):
    task_ids = {"outreach.open", "outreach.say"}
    name = "provider, scheduler killed as well" if kill_scheduler else "provider"
    result = storm(tmp_path, metadata, name, "storm_with_provider", task_ids, kill_scheduler=kill_scheduler)
    storms.append(result)
    assert min(result.kills, result.freezes, result.faults) > 0
    assert result.restarts == kill_scheduler
    assert result.states == {"success": 2 * len(CUSTOMERS)}
    assert result.contacted == result.messages == dict.fromkeys(CUSTOMERS, 1)
    assert result.interactions == len(CUSTOMERS)
    assert result.without_customer == 0


def test_the_control_shows_that_the_storm_is_one(tmp_path, metadata, storms):
    result = storm(tmp_path, metadata, "twilio package", "storm_without", {"open_interaction", "say"})
    storms.append(result)
    assert result.kills > 0
    assert result.faults > 0
    assert result.interactions > len(CUSTOMERS) or max(result.messages.values()) > 1
