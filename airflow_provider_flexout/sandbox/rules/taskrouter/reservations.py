"""The rules of reservations: which agent a task is offered to, and what follows when nobody accepts it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.rules.taskrouter import tasks, workflows
from airflow_provider_flexout.sandbox.rules.taskrouter.workers import activity_of, document, is_available
from airflow_provider_flexout.sandbox.state.records import ReservationRecord
from airflow_provider_flexout.sandbox.state.seed import ACTIVITIES
from airflow_provider_flexout.sandbox.webhooks.event_streams import stream_task

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.workspace import WorkerRecord

__all__ = [
    "OFFER_EVENTS",
    "decline",
    "expire_reservation",
    "offer",
    "offer_waiting",
    "reject_pending",
    "reserved",
    "respond_again",
    "set_activity",
]

OFFER_EVENTS: Final = {"accept": "agent_accepts", "decline": "agent_declines", "miss": "agent_misses"}


def set_activity(store: Store, worker: WorkerRecord, activity_sid: str) -> None:
    """Change a worker's activity, and offer the waiting tasks again.

    :param store: the sandbox's state.
    :param worker: the worker.
    :param activity_sid: the activity.
    """
    script = store.scripts.agent(worker.sid)
    if store.scripts.offer_response(worker.sid)[0] == "ignore":
        script.offer_response = "accept"  # an agent who becomes available is not away any more
    if worker.activity_sid != activity_sid:
        worker.activity_sid, worker.status_changed = activity_sid, store.clock.time()
    offer_waiting(store)


def offer(store: Store, sid: str) -> None:
    """Reserve a pending task for an agent, who responds as the script says.

    :param store: the sandbox's state.
    :param sid: the task.
    """
    task = store.tasks.get(sid)
    if task is None or task.status != "pending":
        return
    worker = _find_worker(store, task)
    if worker is None:
        if task.status == "pending":  # and not canceled by its workflow
            store.waiting_tasks[sid] = task
        return
    store.waiting_tasks.pop(sid, None)
    now = store.clock.time()
    task.reserved_by, task.reservation_sid = worker.sid, store.sids.new("WR")
    task.reservations.append(
        ReservationRecord(task.reservation_sid, worker.sid, worker.name, "pending", now, now)
    )
    tasks.set_status(store, task, "reserved")
    _plan_offer_response(store, task)


def _plan_offer_response(store: Store, task: TaskRecord) -> None:
    action, after = store.scripts.offer_response(task.reserved_by or "")
    if action == "miss":
        after = float(store.workspace.workflows[task.workflow_sid].reservation_timeout)
    if action in OFFER_EVENTS:
        store.clock.schedule(after, OFFER_EVENTS[action], task.sid, task.reservation_sid)


def respond_again(store: Store, workers: set[str]) -> None:
    """Let workers whose script has changed respond to their reservations again.

    :param store: the sandbox's state.
    :param workers: their SIDs.
    """
    for task in store.tasks:
        if task.status == "reserved" and task.reserved_by in workers:
            _plan_offer_response(store, task)


def offer_waiting(store: Store) -> None:
    """Offer the tasks that nobody could take, the most urgent first, then the oldest.

    :param store: the sandbox's state.
    """
    nobody_free = set()  # with ten thousand tasks that wait, not each may look at every agent
    for task in sorted(store.waiting_tasks.values(), key=_urgency):
        target = task.target
        about = task.attributes if target is not None and not target.takes_everybody else None
        needs = (task.queue_sid, task.task_channel_sid, task.target_sid, task.declined_by, target, about)
        if needs not in nobody_free:
            offer(store, task.sid)
            if task.status == "pending":
                nobody_free.add(needs)


def _urgency(task: TaskRecord) -> tuple[int, float, int]:
    return -task.priority, task.virtual_start or task.created, task.n


def _find_worker(store: Store, task: TaskRecord) -> WorkerRecord | None:
    """Return who gets a pending task; a task may be canceled by its workflow instead."""
    while workflows.is_in_queue(store, task):
        worker = _next_worker(store, task)
        if worker is not None or task.target is None or not task.target.skip_if:
            return worker
        if not workflows.skip(store, task, _counts(store, task)):
            return None
    if workflows.is_over(store, task):
        tasks.end(store, task, "canceled", "Task canceled on Workflow timeout")
    return None


def _counts(store: Store, task: TaskRecord) -> dict[str, Any]:
    """Count the workers of a task's queue by what they do, as ``skip_if`` asks for them."""
    queue = store.workspace.queues[task.queue_sid or ""]
    doing = Counter(
        activity_of(store, worker).sid for worker in store.workspace.workers.values() if queue.takes(worker)
    )
    available = sum(doing[each.sid] for each in store.workspace.activities.values() if each.available)
    attributes = json.loads(task.attributes)
    counted = {sid: doing[sid] for sid in store.workspace.activities}
    counted |= {"available": available, "unavailable": doing.total() - available}
    return {**attributes, "task": attributes, "workers": counted}


def _next_worker(store: Store, task: TaskRecord) -> WorkerRecord | None:
    queue = store.workspace.queues[task.queue_sid or ""]
    free = [
        worker
        for worker in store.workspace.workers.values()
        if worker.sid not in task.declined_by
        and is_available(store, worker)
        and (
            task.target_sid == worker.sid and (task.ignore_capacity or worker.has_room(task.task_channel_sid))
            if task.target_sid
            else worker.has_room(task.task_channel_sid) and queue.takes(worker)
        )
    ]
    target = task.target
    if target is not None and not target.takes_everybody:
        documents = [(worker, document(store, worker)) for worker in free]
        free = workflows.choose(target, json.loads(task.attributes), documents)
        if target.order_by:
            return free[0] if free else None
    return free[task.n % len(free)] if free else None


def reserved(store: Store, sid: str, reservation_sid: str) -> TaskRecord | None:
    """Return a task if it is still reserved by this reservation.

    :param store: the sandbox's state.
    :param sid: the task.
    :param reservation_sid: the reservation.
    """
    task = store.tasks.get(sid)
    if task is None or task.status != "reserved" or task.reservation_sid != reservation_sid:
        return None
    return task


def decline(store: Store, sid: str, reservation_sid: str) -> None:
    """Let an agent decline a task.

    :param store: the sandbox's state.
    :param sid: the task.
    :param reservation_sid: the reservation.
    """
    task = reserved(store, sid, reservation_sid)
    if task is not None:
        _give_back(store, task, "rejected", "The worker rejected the invite")


def reject_pending(store: Store, worker: WorkerRecord) -> None:
    """Reject all reservations that a worker has not responded to.

    :param store: the sandbox's state.
    :param worker: the worker.
    """
    for task in list(store.tasks):
        if task.status == "reserved" and task.reserved_by == worker.sid:
            decline(store, task.sid, task.reservation_sid or "")


def expire_reservation(store: Store, sid: str, reservation_sid: str) -> None:
    """Let a reservation time out. TaskRouter then sets the worker offline.

    :param store: the sandbox's state.
    :param sid: the task.
    :param reservation_sid: the reservation.
    """
    task = reserved(store, sid, reservation_sid)
    if task is None:
        return
    worker = store.workspace.workers[task.reserved_by or ""]
    worker.activity_sid, worker.status_changed = ACTIVITIES["Offline"], store.clock.time()
    _give_back(store, task, "timeout", "The reservation timed out")


def _give_back(store: Store, task: TaskRecord, status: str, reason: str) -> None:
    """End a reservation: the task goes to the next worker, or is canceled if it was for one worker only."""
    tasks.set_reservation_status(store, task, status)
    stream_task(store.webhooks, store.task_events.add(f"reservation.{status}", task))
    task.declined_by += (task.reserved_by or "",)
    if task.target_sid is not None and store.settings.declined_invite == "cancel":
        tasks.end(store, task, "canceled", reason)
    else:
        tasks.set_status(store, task, "pending")
    task.reserved_by = task.reservation_sid = None
    offer(store, task.sid)
