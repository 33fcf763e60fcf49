"""What becomes of an outreach whose waiting task somebody acts upon."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.triggers.poll import PollTrigger
from tests.outreach_request import request_of
from tests.unit.triggerer import run_quickly

TASK = {"dag_id": "orders", "run_id": "r", "task_id": "open", "map_index": -1}


def trigger(waiter, resume_data) -> PollTrigger:
    made = PollTrigger(
        waiter=waiter,
        flexout_conn_id="flexout_default",
        started_at=0.0,
        deadline=None,
        resume_data=resume_data,
    )
    made.task_instance = SimpleNamespace(**TASK)
    return made


@pytest.fixture
def opened(served, use_connection):
    """An outreach of the task, and the arguments of the trigger that waits for its end."""
    defaults = ConnectionDefaults.from_extra("flexout_default", served.connection()["extra"])
    request = request_of(
        key=derive_key("kill"), channel="sms", to="+12025550117", defaults=defaults, source=TASK
    )
    use_connection()
    with FlexHook().get_conn() as client:
        result = client.run(open_once(request)).as_dict()
    waiter = {name: result[name] for name in ("interaction_sid", "channel_sid", "task_sid")}
    return result, {
        "kind": "interaction",
        "until": "completed",
        "workspace_sid": defaults.workspace_sid,
        **waiter,
    }


@pytest.fixture
def act(monkeypatch):
    """Let somebody bring a task into a state, and Airflow tell its trigger so, again every second."""

    def run(waiter, resume_data, state) -> None:
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        def states(dag_id, run_ids, task_ids, map_index):
            assert (dag_id, run_ids, task_ids, map_index) == ("orders", ["r"], ["open"], -1)
            time.sleep(0.1)
            return {"r": {"open": state}} if state else {}

        monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(states))

        async def told_twice():
            told = asyncio.create_task(trigger(waiter, resume_data).on_kill())
            await asyncio.sleep(0)
            told.cancel()
            with pytest.raises(asyncio.CancelledError):
                await told
            await asyncio.gather(*(one for one in asyncio.all_tasks() if one is not asyncio.current_task()))

        run_quickly(told_twice(), faster=1)

    return run


def test_marked_failed_it_is_taken_back(served, opened, act):
    act(opened[1], opened[0], "failed")
    assert served.conversations == []
    assert served.tasks[0].status in ("canceled", "completed")


@pytest.mark.parametrize("state", [None, "success", "scheduled"])
def test_cleared_or_successful_it_stays(served, opened, act, state):
    act(opened[1], opened[0], state)
    assert [one.state for one in served.conversations] == ["active"]


@pytest.mark.parametrize("resume_data", [None, {"invite_sid": "KG0"}])
@pytest.mark.parametrize("kind", ["interaction", "message", "reply"])
def test_other_waits_send_nothing(served, opened, kind, resume_data):
    if kind != "interaction":
        resume_data = opened[0]
    count = len(served.requests)
    run_quickly(trigger(opened[1] | {"kind": kind}, resume_data).on_kill(), faster=1)
    assert len(served.requests) == count
