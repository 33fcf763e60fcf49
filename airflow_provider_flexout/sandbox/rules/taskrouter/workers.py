"""The rules of workers: what each of them is doing, and whether that leaves them free for tasks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.seed import ACTIVITIES, TASK_CHANNELS

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import ActivityRecord, WorkerRecord

__all__ = ["activity_of", "document", "is_available"]


def activity_of(store: Store, worker: WorkerRecord) -> ActivityRecord:
    """Return what a worker is doing; who is scripted to be away is offline.

    :param store: the sandbox's state.
    :param worker: the worker.
    """
    away = store.scripts.offer_response(worker.sid)[0] == "ignore"
    return store.workspace.activities[ACTIVITIES["Offline"] if away else worker.activity_sid]


def is_available(store: Store, worker: WorkerRecord) -> bool:
    """Tell whether a worker's activity leaves them free for tasks, whatever they have already.

    :param store: the sandbox's state.
    :param worker: the worker.
    """
    return activity_of(store, worker).available


def document(store: Store, worker: WorkerRecord) -> dict[str, Any]:
    """Return what an expression finds under ``worker``: the attributes, and what TaskRouter adds to them.

    :param store: the sandbox's state.
    :param worker: the worker.
    """
    activity = activity_of(store, worker)
    channels = {
        each.unique_name: {
            "assigned_tasks": worker.load.get(each.sid, 0),
            "available": each.sid not in worker.closed_channels,
            "available_capacity_percentage": worker.free_capacity(each.sid),
            "configured_capacity": worker.capacity(each.sid),
        }
        for each in TASK_CHANNELS.values()
    }
    return {
        **json.loads(worker.attributes),
        "sid": worker.sid,
        "friendly_name": worker.name,
        "activity_name": activity.name,
        "activity_sid": activity.sid,
        "channel": channels,
    }
