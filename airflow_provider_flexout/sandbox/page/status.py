"""What the page shows besides conversations: clock, agents, queues, planted faults, the counts by hour."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules.reservations import activity_of
from airflow_provider_flexout.sandbox.rules.tasks import LIVE

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import World
    from airflow_provider_flexout.sandbox.state.workspace import Worker

__all__ = ["queues", "surroundings"]


def surroundings(world: World) -> dict[str, Any]:
    """Return what is around the conversations; what is equal to the last time need not be sent again.

    :param world: the sandbox's state.
    """
    clock = world.clock
    return {
        "clock": {"frozen": clock.frozen, "speed": clock.speed, "set_to": clock.set_to},
        "agents": [_agent(world, worker) for worker in world.center.workers.values()],
        "faults": [_fault(each) for each in world.faults.waiting],
        "task_list_lag": world.settings.task_list_lag,
        "summary": world.tally.by_hour(),
        "conversations": len(world.conversations),
    }


def _agent(world: World, worker: Worker) -> dict[str, Any]:
    answer, after = world.people.answer(worker.sid)
    activity = activity_of(world, worker)
    return {
        "sid": worker.sid,
        "name": worker.name,
        "full_name": json.loads(worker.attributes).get("full_name") or worker.name,
        "answer": answer,
        "after": after,
        "activity": activity.name,
        "available": activity.available,
    }


def queues(world: World) -> list[dict[str, Any]]:
    """Return how many tasks are in which state in each queue; it looks at every task.

    :param world: the sandbox's state.
    """
    waiting: Counter[tuple[str, str]] = Counter(
        (task.queue_sid, task.status) for task in world.tasks if task.status in LIVE
    )
    return [
        {"sid": queue.sid, "name": queue.name, **{status: waiting[queue.sid, status] for status in LIVE}}
        for queue in world.center.queues.values()
    ]


def _fault(fault: Any) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "operation": fault.operation,
        "times": fault.times,
        "probability": fault.probability,
        "status": fault.status,
        "seconds": fault.seconds,
        "fired": fault.fired,
    }
