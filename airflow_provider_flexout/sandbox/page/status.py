"""What the page shows apart from conversations: clock, agents, queues, planted faults, counts by hour."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules.taskrouter.tasks import LIVE
from airflow_provider_flexout.sandbox.rules.taskrouter.workers import activity_of

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord

__all__ = ["queues", "status"]


def status(store: Store) -> dict[str, Any]:
    """Return everything that the page shows apart from conversations and queues.

    :param store: the sandbox's state.
    """
    clock = store.clock
    return {
        "clock": {"frozen": clock.frozen, "speed": clock.speed, "set_to": clock.set_to},
        "agents": [_agent(store, worker) for worker in store.workspace.workers.values()],
        "faults": [_fault(each) for each in store.faults.waiting],
        "task_list_lag": store.settings.task_list_lag,
        "summary": store.counters.by_hour(),
        "conversations": len(store.conversations),
    }


def _agent(store: Store, worker: WorkerRecord) -> dict[str, Any]:
    action, after = store.scripts.offer_response(worker.sid)
    activity = activity_of(store, worker)
    return {
        "sid": worker.sid,
        "name": worker.name,
        "full_name": json.loads(worker.attributes).get("full_name") or worker.name,
        "answer": action,
        "after": after,
        "activity": activity.name,
        "available": activity.available,
    }


def queues(store: Store) -> list[dict[str, Any]]:
    """Return how many tasks are in each state in each queue. It reads every task.

    :param store: the sandbox's state.
    """
    waiting: Counter[tuple[str | None, str]] = Counter(
        (task.queue_sid, task.status) for task in store.tasks if task.status in LIVE
    )
    return [
        {"sid": queue.sid, "name": queue.name, **{status: waiting[queue.sid, status] for status in LIVE}}
        for queue in store.workspace.queues.values()
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
