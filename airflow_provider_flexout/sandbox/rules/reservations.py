"""Offering tasks to agents: who is free, who declined, who let it ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.rules import tasks
from airflow_provider_flexout.sandbox.state.records import Reservation
from airflow_provider_flexout.sandbox.state.seed import ACTIVITIES

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import Task
    from airflow_provider_flexout.sandbox.state.store import World
    from airflow_provider_flexout.sandbox.state.workspace import Activity, Worker

__all__ = [
    "activity_of",
    "answer_again",
    "decline",
    "is_available",
    "let_ring",
    "offer",
    "offer_waiting",
    "reserved",
    "set_activity",
]

_EVENTS: Final = {"accept": "agent_accepts", "decline": "agent_declines", "miss": "agent_misses"}


def activity_of(world: World, worker: Worker) -> Activity:
    """Return what a worker is doing; who is scripted to be away is offline.

    :param world: the sandbox's state.
    :param worker: the worker.
    """
    away = world.people.answer(worker.sid)[0] == "ignore"
    return world.center.activities[ACTIVITIES["Offline"] if away else worker.activity_sid]


def is_available(world: World, worker: Worker) -> bool:
    """Tell whether a worker's activity leaves them free for tasks, whatever they have already.

    :param world: the sandbox's state.
    :param worker: the worker.
    """
    return activity_of(world, worker).available


def set_activity(world: World, worker: Worker, activity_sid: str) -> None:
    """Let a worker do something else; what waits is offered to whom that makes free.

    :param world: the sandbox's state.
    :param worker: the worker.
    :param activity_sid: the activity.
    """
    script = world.people.agent(worker.sid)
    if world.people.answer(worker.sid)[0] == "ignore":
        script.answer = "accept"  # whoever is told to be available is not away any more
    if worker.activity_sid != activity_sid:
        worker.activity_sid, worker.status_changed = activity_sid, world.clock.time()
    offer_waiting(world)


def offer(world: World, sid: str) -> None:
    """Reserve a pending task for an agent, who will do with it what the script says.

    :param world: the sandbox's state.
    :param sid: the task.
    """
    task = world.tasks.get(sid)
    if task is None or task.status != "pending":
        return
    worker = _next_worker(world, task)
    if worker is None:
        world.waiting[sid] = task
        return
    world.waiting.pop(sid, None)
    now = world.clock.time()
    task.reserved_by, task.reservation_sid = worker.sid, world.sids.new("WR")
    task.offers.append(Reservation(task.reservation_sid, worker.sid, worker.name, "pending", now, now))
    tasks.set_status(world, task, "reserved")
    _answer(world, task)


def _answer(world: World, task: Task) -> None:
    answer, after = world.people.answer(task.reserved_by or "")
    if answer == "miss":
        after = float(world.center.workflows[task.workflow_sid].reservation_timeout)
    if answer in _EVENTS:
        world.clock.after(after, _EVENTS[answer], task.sid, task.reservation_sid)


def answer_again(world: World, workers: set[str]) -> None:
    """Let workers whose script has changed answer what they were offered before.

    :param world: the sandbox's state.
    :param workers: their SIDs.
    """
    for task in world.tasks:
        if task.status == "reserved" and task.reserved_by in workers:
            _answer(world, task)


def offer_waiting(world: World) -> None:
    """Offer what nobody could take, the most urgent and then the oldest first.

    :param world: the sandbox's state.
    """
    for task in sorted(world.waiting.values(), key=lambda task: (-task.priority, task.n)):
        offer(world, task.sid)


def _next_worker(world: World, task: Task) -> Worker | None:
    queue = world.center.queues[task.queue_sid]
    free = [
        worker
        for worker in world.center.workers.values()
        if worker.sid not in task.declined_by
        and is_available(world, worker)
        and (
            task.target_sid == worker.sid
            if task.target_sid  # a task for one worker ignores capacity, as TaskRouter does by default
            else worker.has_room(task.task_channel_sid) and queue.takes(worker)
        )
    ]
    return free[task.n % len(free)] if free else None


def reserved(world: World, sid: str, reservation_sid: str) -> Task | None:
    """Return a task if it is still reserved by this reservation.

    :param world: the sandbox's state.
    :param sid: the task.
    :param reservation_sid: the reservation.
    """
    task = world.tasks.get(sid)
    if task is None or task.status != "reserved" or task.reservation_sid != reservation_sid:
        return None
    return task


def decline(world: World, sid: str, reservation_sid: str) -> None:
    """Let the agent decline a task.

    :param world: the sandbox's state.
    :param sid: the task.
    :param reservation_sid: the reservation.
    """
    task = reserved(world, sid, reservation_sid)
    if task is not None:
        _give_back(world, task, "rejected", "The worker rejected the invite")


def let_ring(world: World, sid: str, reservation_sid: str) -> None:
    """Let the agent not answer; TaskRouter takes such a worker for offline.

    :param world: the sandbox's state.
    :param sid: the task.
    :param reservation_sid: the reservation.
    """
    task = reserved(world, sid, reservation_sid)
    if task is None:
        return
    worker = world.center.workers[task.reserved_by or ""]
    worker.activity_sid, worker.status_changed = ACTIVITIES["Offline"], world.clock.time()
    _give_back(world, task, "timeout", "The reservation timed out")


def _give_back(world: World, task: Task, status: str, reason: str) -> None:
    """Take a task from whom it was offered to: it goes to the next, or ends if it was for one worker only."""
    tasks.mark_reservation(world, task, status)
    world.task_log.add(f"reservation.{status}", task)
    task.declined_by += (task.reserved_by or "",)
    if task.target_sid is not None and world.settings.declined_invite == "cancel":
        tasks.end(world, task, "canceled", reason)
    else:
        tasks.set_status(world, task, "pending")
    task.reserved_by = task.reservation_sid = None
    offer(world, task.sid)
