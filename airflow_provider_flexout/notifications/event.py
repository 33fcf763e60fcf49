"""The event behind a callback, read from the contexts that Airflow's versions and callbacks give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_flexout.outreach.values.durations import Duration

_KINDS = {"failed": "failure", "up_for_retry": "retry", "success": "success", "skipped": "skipped"}
_SENTENCES = {
    "failure": "has failed",
    "retry": "has failed and will be tried again",
    "success": "has succeeded",
    "skipped": "was skipped",
    "deadline": "has missed its deadline",
    durable.EVENT_RECOVERED: "has recovered",
    "running": "has started",
}


@dataclass(frozen=True, slots=True)
class CallbackEvent:
    """What happened in a DAG; two calls with an equal event are about the same thing.

    :param kind: ``failure``, ``retry``, ``success``, ``recovered``, ``skipped``, ``deadline``, or the task's
        state.
    :param dag_id: the DAG, where the context names it.
    :param run_id: the DAG run, where the context names it.
    :param task_id: the task; ``None`` for an event of the whole run.
    :param map_index: the task's map index, -1 unless it is mapped.
    :param deadline_id: the deadline that was missed.
    :param log_url: the URL of the task's log.
    :param needs_somebody: whether the task waits for somebody's decision.
    """

    kind: str
    dag_id: str | None
    run_id: str | None
    task_id: str | None = None
    map_index: int = -1
    deadline_id: str | None = None
    log_url: str | None = None
    needs_somebody: bool = False

    @property
    def source(self) -> dict[str, Any]:
        """What is written at Twilio, for people who look for the DAG behind a conversation."""
        source = durable.fields(self, durable.SOURCE_FIELDS)
        return {name: value for name, value in source.items() if value is not None}

    def key(self, recipient: str, *, group_by: str | None, throttle: Duration | None, now: float) -> str:
        """Derive the key under which this event makes a notification once.

        :param recipient: who is notified: an outreach's fingerprint, or a conversation.
        :param group_by: ``dag``, ``run``, ``task``, or a name of the user's own; ``None`` for no group.
        :param throttle: the period in which a group makes one notification; ``None`` for any time.
        :param now: the time, in seconds since 1970.
        :raises InvalidInput: when ``throttle`` is not a length of time.
        """
        from airflow_provider_flexout.outreach.values.durations import read_duration

        if group_by is None:
            return durable.notification_key(recipient, self)
        period = int(now // read_duration("throttle", throttle).total_seconds()) if throttle else None
        return durable.group_key(recipient, self, group_by, period)

    @property
    def sentence(self) -> str:
        """The text of the notification where the user gave none."""
        happened = "needs you" if self.needs_somebody else _SENTENCES.get(self.kind, f"is {self.kind}")
        dag = f"DAG {self.dag_id}" if self.dag_id else "a DAG"
        subject = f"task {self.task_id} of {dag}" if self.task_id else dag
        if self.map_index >= 0:
            subject += f" (map index {self.map_index})"
        run = f" Run {self.run_id}." if self.run_id else ""
        return f"Airflow: {subject} {happened}.{run}{f' {self.log_url}' if self.log_url else ''}"


def event_of(context: Context | Mapping[str, Any]) -> CallbackEvent:
    """Read the event from a callback's context.

    The context of a DAG's callback has a ``reason`` and, from Airflow 3.1 on, may have the task instance that
    ended last. That of a deadline has only the run, as plain data. Some contexts name the run and nothing
    else.

    :param context: the context as Airflow gave it.
    """
    run = context.get("dag_run")
    dag_id = _of(run, "dag_id") or _of(context.get("dag"), "dag_id")
    run_id = _of(run, "run_id") or _of(run, "dag_run_id") or context.get("run_id")
    deadline = context.get("deadline")
    if deadline:
        return CallbackEvent("deadline", dag_id, run_id, deadline_id=_of(deadline, "id"))
    ti = context.get("ti") or context.get("task_instance")
    dag_id, run_id = dag_id or _of(ti, "dag_id"), run_id or _of(ti, "run_id")
    if context.get("reason") or ti is None:
        succeeded = context.get("reason") == "success"
        return CallbackEvent("success" if succeeded else "failure", dag_id, run_id)
    kind = _kind(ti, context)
    return CallbackEvent(
        kind,
        dag_id,
        run_id,
        task_id=_of(ti, "task_id"),
        map_index=-1 if _of(ti, "map_index") is None else int(_of(ti, "map_index")),
        log_url=_of(ti, "log_url"),
        # Operators that wait for a human have notifiers, which they call while they run.
        needs_somebody=kind == "running" and bool(_of(context.get("task"), "notifiers")),
    )


def _kind(ti: Any, context: Context | Mapping[str, Any]) -> str:
    state = _of(ti, "state")
    state = str(getattr(state, "value", state or ""))
    if context.get("exception") and state not in _KINDS:
        return "failure"
    return _KINDS.get(state, state or "event")


def _of(source: Any, name: str) -> Any:
    """Read a value by its name from an object or from plain data."""
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
