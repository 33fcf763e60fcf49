"""The rules of workers: what each of them is doing, and whether that leaves them free for tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.sandbox.state.seed import ACTIVITIES

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import ActivityRecord, WorkerRecord

__all__ = ["activity_of", "is_available"]


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
