"""As much of Airflow as a task needs: one try after the other, deferrals, XComs and state stores.

What is named after the provider is imported at the top, and so are the classes that stand today for the
names in the recordings: :data:`OPERATORS`.
"""

from __future__ import annotations

import copy
import importlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow_provider_flexout.alerts.plan import affected_contacts
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.agents import (
    InviteAgentOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.dag_run import schedule_follow_up
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import (
    CloseInteractionOperator,
    CreateInteractionOperator,
)
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger
from airflow_provider_flexout.version_compat import DagRunTriggerException
from tests.contract.adoption.simulation import Simulation
from tests.version_compat import TaskDeferred

OPERATORS: dict[str, Any] = {
    "BulkOutreachOperator": BulkOutreachOperator,
    "CloseInteractionOperator": CloseInteractionOperator,
    "ConversationReplySensor": ConversationReplySensor,
    "CreateInteractionOperator": CreateInteractionOperator,
    "FlexNotifier": FlexNotifier,
    "FlexReplyTrigger": FlexReplyTrigger,
    "FollowUpOperator": FollowUpOperator,
    "InviteAgentOperator": InviteAgentOperator,
    "SendConversationMessageOperator": SendConversationMessageOperator,
    "TransferInteractionOperator": TransferInteractionOperator,
    "UpdateTaskAttributesOperator": UpdateTaskAttributesOperator,
    "affected_contacts": affected_contacts,
    "schedule_follow_up": schedule_follow_up,
}
"""Which class stands today for a task of the recordings."""

LISTENING = 120.0
"""Seconds for which a trigger of events is listened to."""


@dataclass
class TaskInstance:
    """As much of Airflow's task instance as an operator may use."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    max_tries: int
    state: str = "running"
    log_url: str = "http://airflow.example.com/log"
    xcoms: dict[str, Any] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = _plain(value)

    def get_first_reschedule_date(self, context: Any) -> datetime | None:
        return None

    def get_dr_count(self, dag_id: str, run_ids: list[str]) -> int:
        return len(self.runs & {f"{dag_id} {run_id}" for run_id in run_ids})


@dataclass
class StateStore:
    """What a task or an asset keeps between two tries, for both kinds of access."""

    kept: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = _plain(value)

    async def aget(self, key: str) -> Any:
        return self.get(key)

    async def aset(self, key: str, value: Any) -> None:
        self.set(key, value)


@dataclass
class DagRun:
    """One run of a DAG: what all its tasks share.

    :param simulation: where it happens.
    :param described: ``dag_id``, ``run_id``, ``start_date``; it has no logical date.
    :param folder: where the tasks' files are.
    """

    simulation: Simulation
    described: dict[str, Any]
    folder: Path
    xcoms: dict[str, dict[str, Any]] = field(default_factory=dict)
    stores: dict[str, StateStore] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)
    """Runs of other DAGs that were triggered: ``dag_id run_id``."""

    def execute(self, task: dict[str, Any], try_number: int) -> dict[str, Any]:
        """Begin a try of a task; give how it ended: ``returned``, ``deferred`` or ``triggered``."""
        if task["operator"] == "FlexNotifier":
            return self._notify(task)
        if task["operator"] == "FlexReplyTrigger":
            return self._listen(task)
        if task["operator"] == "affected_contacts":
            return self._plan(task)
        operator, context = self._prepared(task, try_number)
        return self._ended(task, context, lambda: operator.execute(context))

    def resume(self, task: dict[str, Any], deferral: dict[str, Any], try_number: int) -> dict[str, Any]:
        """Run the trigger of a deferred task to its event, and go on with the task."""
        trigger = class_at(deferral["classpath"])(**copy.deepcopy(deferral["kwargs"]))

        async def first() -> dict[str, Any]:
            async for event in trigger.run():
                return {"event": _plain(event.payload)}
            raise AssertionError("the trigger ended without an event")

        with self.simulation.sent_by("triggerer"):
            event = self.simulation.run(first())
        operator, context = self._prepared(task, try_number)
        method = deferral["method_name"]
        return self._ended(task, context, lambda: operator.resume_execution(method, event, context))

    def store_of(self, name: str) -> StateStore:
        """Give the state store of a task, or of the asset that a trigger watches."""
        return self.stores.setdefault(name, StateStore())

    def _prepared(self, task: dict[str, Any], try_number: int) -> tuple[Any, dict[str, Any]]:
        arguments = {name: self._filled(value) for name, value in task["arguments"].items()}
        operator = OPERATORS[task["operator"]](task_id=task["task_id"], **arguments)
        context = self._context(task, try_number) | {"task": operator}
        if operator.template_fields:
            operator.render_template_fields(context)
        return operator, context

    def _context(self, task: dict[str, Any], try_number: int) -> dict[str, Any]:
        run = self.described
        ti = TaskInstance(
            dag_id=run["dag_id"],
            run_id=run["run_id"],
            task_id=task["task_id"],
            map_index=task.get("map_index", -1),
            try_number=try_number,
            max_tries=3,
            runs=self.runs,
        )
        dag_run = SimpleNamespace(
            dag_id=run["dag_id"],
            run_id=run["run_id"],
            start_date=datetime.fromisoformat(run["start_date"]),
            logical_date=None,
            conf={},
        )
        store = self.store_of(task["name"])
        return {
            "ti": ti,
            "dag_run": dag_run,
            "run_id": run["run_id"],
            "params": {},
            "task_state_store": store,
        }

    def _ended(self, task: dict[str, Any], context: dict[str, Any], work: Any) -> dict[str, Any]:
        try:
            returned = work()
        except TaskDeferred as deferred:
            path, kwargs = deferred.trigger.serialize()
            trigger = {"classpath": path, "kwargs": _plain(kwargs), "method_name": deferred.method_name}
            return {"event": "deferred", **trigger, "xcoms": context["ti"].xcoms}
        except DagRunTriggerException as run:
            self.runs.add(f"{run.trigger_dag_id} {run.dag_run_id}")
            triggered = {"trigger_dag_id": run.trigger_dag_id, "run_id": run.dag_run_id}
            return {"event": "triggered", **triggered, "conf": run.conf, "xcoms": context["ti"].xcoms}
        xcoms = {**context["ti"].xcoms, "return_value": _plain(returned)}
        self.xcoms[task["name"]] = xcoms
        return {"event": "returned", "xcoms": xcoms}

    def _notify(self, task: dict[str, Any]) -> dict[str, Any]:
        """Call a notifier as a failed task's callback."""
        notifier = FlexNotifier(**{name: self._filled(one) for name, one in task["arguments"].items()})
        context = self._context(task, 1)
        context["ti"].state = "failed"
        notifier(context)
        return {"event": "returned", "xcoms": {}}

    def _listen(self, task: dict[str, Any]) -> dict[str, Any]:
        """Let an asset's watcher listen for a while, and give the payloads of its events."""
        trigger = FlexReplyTrigger(**task["arguments"])
        trigger.asset_state_store = self.store_of(task["name"])
        until, payloads = self.simulation.now() + LISTENING, []

        async def listen() -> None:
            async for event in trigger.run():
                payloads.append(_plain(event.payload))  # noqa: PERF401 - it is cancelled in the midst

        with self.simulation.sent_by("triggerer"):
            self.simulation.run(_ended_at(listen(), until - self.simulation.now()))
        return {"event": "returned", "xcoms": {"payloads": payloads}}

    def _plan(self, task: dict[str, Any]) -> dict[str, Any]:
        """Plan whom to contact for an alert; the first one's key is an XCom of its own here."""
        contacts = _plain(affected_contacts(**task["arguments"]))
        xcoms = {"contacts": contacts, "idempotency_key": contacts[0]["idempotency_key"]}
        self.xcoms[task["name"]] = xcoms
        return {"event": "returned", "xcoms": xcoms}

    def _filled(self, value: Any) -> Any:
        """Fill in what other tasks returned, and where files are."""
        if isinstance(value, dict) and set(value) == {"xcom", "key"}:
            return self.xcoms[value["xcom"]][value["key"]]
        if isinstance(value, dict) and set(value) == {"file"}:
            return str(self.folder / value["file"])
        return copy.deepcopy(value)


async def _ended_at(work: Any, seconds: float) -> None:
    import asyncio

    try:
        await asyncio.wait_for(work, seconds)
    except asyncio.TimeoutError:
        return


def class_at(path: str) -> type:
    """Import what a class path names."""
    module, name = path.rsplit(".", 1)
    found: type = getattr(importlib.import_module(module), name)
    return found


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
