"""What an agent does by hand, at the desk of the sandbox's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.records import Task
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["DEEDS", "act"]


def act(world: World, task_sid: str, does: str, text: str = "") -> Task:
    """Let the agent who has a task do something with it, now.

    :param world: the sandbox's state.
    :param task_sid: the task.
    :param does: ``accept`` or ``decline`` it, ``say`` something, ``wrap_up`` (which ends the conversation) or
        ``complete`` it.
    :param text: what is said.
    :raises LookupError: if there is no such task.
    :raises ValueError: if the task is not in a state in which that can be done.
    """
    task = world.tasks.get(task_sid)
    if task is None:
        raise LookupError(f"no task {task_sid}: it never was, or ended more than five minutes ago")
    if does not in DEEDS:
        raise ValueError(f"an agent can {', '.join(DEEDS)}, not {does!r}")
    states, deed = DEEDS[does]
    if task.status not in states:
        raise ValueError(f"the task is {task.status}; to {does} it, it has to be {' or '.join(states)}")
    deed(world, task, text)
    world.clock.play()
    return task


def _answer(kind: str) -> Callable[[World, Task, str], None]:
    return lambda world, task, _: world.clock.after(0, kind, task.sid, task.reservation_sid)


def _say(world: World, task: Task, text: str) -> None:
    if not text.strip():
        raise ValueError("an agent who says something needs a text")
    worker = world.center.workers[task.reserved_by or ""]
    world.clock.after(0, "agent_says", task.conversation_sid, worker.name, text)


def _wrap_up(world: World, task: Task, _text: str) -> None:
    world.clock.after(0, "agent_hangs_up", task.sid, None)


def _complete(world: World, task: Task, text: str) -> None:
    if task.status == "assigned":
        _wrap_up(world, task, text)
    world.clock.after(0, "agent_completes", task.sid)


DEEDS: Final[dict[str, tuple[tuple[str, ...], Callable[[World, Task, str], None]]]] = {
    "accept": (("reserved",), _answer("agent_accepts")),
    "decline": (("reserved",), _answer("agent_declines")),
    "say": (("assigned",), _say),
    "wrap_up": (("assigned",), _wrap_up),
    "complete": (("assigned", "wrapping"), _complete),
}
