"""What somebody does as an agent, at the desk of the sandbox's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.sandbox.state.records import TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["ACTIONS", "act"]


def act(store: Store, task: str, does: str, text: str = "") -> TaskRecord:
    """Let the agent who has a task do something with it, now.

    :param store: the sandbox's state.
    :param task: the task.
    :param does: ``accept`` or ``decline`` it, ``say`` something, ``wrap_up`` (which ends the conversation) or
        ``complete`` it.
    :param text: the message.
    :raises LookupError: if there is no such task.
    :raises ValueError: if the task is not in a state in which that can be done.
    """
    found = store.tasks.get(task)
    if found is None:
        raise LookupError(f"no task {task}: it never existed, or it ended more than five minutes ago")
    if does not in ACTIONS:
        raise ValueError(f"an agent can {', '.join(ACTIONS)}, not {does!r}")
    states, action = ACTIONS[does]
    if found.status not in states:
        raise ValueError(f"the task is {found.status}; to {does} it, it must be {' or '.join(states)}")
    action(store, found, text)
    store.clock.run_due()
    return found


def _respond_to_offer(kind: str) -> Callable[[Store, TaskRecord, str], None]:
    return lambda store, task, _: store.clock.schedule(0, kind, task.sid, task.reservation_sid)


def _say(store: Store, task: TaskRecord, text: str) -> None:
    if not text.strip():
        raise ValueError("to say something, an agent needs a text")
    worker = store.workspace.workers[task.reserved_by or ""]
    store.clock.schedule(0, "agent_says", task.conversation_sid, worker.name, text)


def _wrap_up(store: Store, task: TaskRecord, _text: str) -> None:
    store.clock.schedule(0, "agent_leaves", task.sid, None)


def _complete(store: Store, task: TaskRecord, text: str) -> None:
    if task.status == "assigned":
        _wrap_up(store, task, text)
    store.clock.schedule(0, "agent_completes", task.sid)


ACTIONS: Final[dict[str, tuple[tuple[str, ...], Callable[[Store, TaskRecord, str], None]]]] = {
    "accept": (("reserved",), _respond_to_offer("agent_accepts")),
    "decline": (("reserved",), _respond_to_offer("agent_declines")),
    "say": (("assigned",), _say),
    "wrap_up": (("assigned",), _wrap_up),
    "complete": (("assigned", "wrapping"), _complete),
}
