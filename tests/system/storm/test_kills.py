"""Kills where they hurt: tries with little time, follow-ups between two steps, names that show late."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import ENDED, DagRun
from airflow_provider_flexout.sandbox import Sandbox
from tests.system.storm.killer import Killer
from tests.system.storm.test_storm import POLL, SETTINGS

HURRIED = [f"+1202555{number:04d}" for number in range(300, 308)]
REMINDED = [f"+1202555{number:04d}" for number in range(400, 406)]
TIMEOUT = 3600.0


def until_ended(runs: list[DagRun]) -> list[str]:
    give_up = time.monotonic() + TIMEOUT
    while (states := [run.state() for run in runs]) and not set(states) <= ENDED:
        assert time.monotonic() < give_up, [Counter(map(str, run.task_instances())) for run in runs]
        time.sleep(POLL)
    return states


def test_tries_with_little_time_and_follow_ups(tmp_path, metadata, notes):
    with Sandbox(seed=7).serve() as sandbox:
        sandbox.settings.update({"name_lag": 1})
        sandbox.agent().accepts(after="1s")
        airflow = RealAirflow(
            tmp_path,
            dags=[Path(__file__).parent / "dags" / "kills.py"],
            connections={"flexout_default": sandbox.connection()},
            database=metadata,
            settings=SETTINGS,
        )
        with airflow:
            sandbox.faults.delay("*", 0.25, times=None)
            lost = [
                sandbox.faults.drop_response(operation, times=None, probability=0.05)
                for operation in ("CreateConversation", "CreateInteraction", "CreateConversationMessage")
            ]
            runs = [
                airflow.run("little_time", {"customers": HURRIED}),
                airflow.run("reminded", {"customers": REMINDED}),
            ]
            task_ids = {f"outreach.{name}" for name in ("open", "say", "remind")}
            with Killer(airflow, runs, task_ids, every=2.0, seed=7, hits_a_task=3) as killer:
                states = until_ended(runs)
            assert states == ["success", "success"], [run.failures() for run in runs]
            reached_after = longest_wait(sandbox, runs[0], killer)
        notes.append(
            f"{killer.kills} kills, {sum(one.fired for one in lost)} lost responses, execution_timeout=20s: "
            f"a message was there {reached_after:.0f} s after the last kill of its task at most"
        )
        assert killer.kills > 0
        said = {
            customer.address: [one.body for one in conversation.transcript if one.role != "customer"]
            for conversation in sandbox.conversations
            for customer in conversation.participants
            if customer.address
        }
        expected = {number: ["Your order is late."] for number in HURRIED + REMINDED}
        for number in REMINDED:
            expected[number] += ["One", "Two", "Three"]
        assert said == expected
        assert len(sandbox.interactions) == len(sandbox.tasks) == len(HURRIED) + len(REMINDED)


def longest_wait(sandbox: Sandbox, run: DagRun, killer: Killer) -> float:
    """Give the longest time from the last kill of a message's task until the message was there."""
    sent = {
        one.attributes["flexout_source"]["map_index"]: one.at.timestamp()
        for conversation in sandbox.conversations
        for one in conversation.transcript
        if one.attributes.get("flexout_source", {}).get("dag_id") == run.dag_id
    }
    waits = [
        sent[map_index] - killed_at
        for (dag_id, task_id, map_index), killed_at in killer.last_kill.items()
        if (dag_id, task_id) == (run.dag_id, "outreach.say") and map_index in sent
    ]
    return max(waits, default=0.0)
