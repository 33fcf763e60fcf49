"""Invites, transfers, attributes of tasks, and interactions that were closed or parked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.adoption.scenarios.registry import open_conversation, scenario, xcom

if TYPE_CHECKING:
    from tests.contract.adoption.record import Recorder


def worker_named(r: Recorder, name: str) -> str:
    """Give the SID of one of the account's agents."""
    return str(r.account["workers"][name])


@scenario("invite", "A second agent is invited; stopped anywhere.")
@scenario("invite_key", "The same, under the user's own key.", idempotency_key="second opinion")
@scenario("transfer_cold", "An interaction is handed over at once.", transfer_type="cold")
def invited(r: Recorder, transfer_type: str | None = None, **more: object) -> None:
    opened = open_conversation(r, attributes={"order": 4711})
    r.agent_does(opened["task_sid"], "accept")
    first = r.count
    transfer = {"transfer_type": transfer_type} if transfer_type else {}
    r.task(
        "TransferInteractionOperator" if transfer else "InviteAgentOperator",
        "invite",
        interaction_sid=xcom("open", "interaction_sid"),
        channel_sid=xcom("open", "channel_sid"),
        routing={"worker_sid": worker_named(r, "ben")},
        attributes={"why": "a second opinion"},
        **transfer,
        **more,
    )
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario("invite_wait_assigned", "An invite that was sent, and whose task is deferred until it is taken.")
@scenario(
    "transfer_warm", "A handing over that waits for the new agent.", operator="TransferInteractionOperator"
)
def invited_and_waiting(r: Recorder, operator: str = "InviteAgentOperator") -> None:
    opened = open_conversation(r)
    r.agent_does(opened["task_sid"], "accept")
    first = r.count
    waits = {"wait_until": "assigned"} if operator.startswith("Invite") else {"transfer_type": "warm"}
    deferred = r.task(
        operator,
        "invite",
        interaction_sid=xcom("open", "interaction_sid"),
        routing={"worker_sid": worker_named(r, "ben")},
        deferrable=True,
        **waits,
    )
    r.cut(first + 1, writes=True)
    r.cut_here()
    r.agent_does(deferred["xcoms"]["task_sid"], "accept")
    first = r.count
    r.resume("invite")
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario("task_attributes", "A task's attributes were changed; stopped anywhere.")
def changed(r: Recorder) -> None:
    open_conversation(r, attributes={"order": 4711, "vip": False})
    first = r.count
    patch = {"vip": True, "order": None, "notes": {"source": "warehouse"}}
    r.task("UpdateTaskAttributesOperator", "change", task_sid=xcom("open", "task_sid"), attributes=patch)
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario("close", "An interaction was closed; stopped anywhere.", task_status="completed")
@scenario("close_wrapping", "An interaction was closed, which leaves the agent their wrap-up.")
@scenario("park", "An interaction was parked, with its task's attributes kept.", channel_status="inactive")
def closed(r: Recorder, **more: object) -> None:
    opened = open_conversation(r, attributes={"order": 4711})
    r.agent_does(opened["task_sid"], "accept")
    first = r.count
    r.task("CloseInteractionOperator", "close", interaction_sid=xcom("open", "interaction_sid"), **more)
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario(
    "park_and_invite", "A parked interaction is woken by an invite, with the attributes that were kept."
)
def parked_and_woken(r: Recorder) -> None:
    opened = open_conversation(r, attributes={"order": 4711})
    r.agent_does(opened["task_sid"], "accept")
    given = {"interaction_sid": xcom("open", "interaction_sid")}
    r.task("CloseInteractionOperator", "park", channel_status="inactive", **given)
    r.cut_here()
    r.simulation.pass_time(900)
    first = r.count
    where = xcom("open", "conversation_sid")
    routing = {"worker_sid": worker_named(r, "ben")}
    r.task("InviteAgentOperator", "invite", **given, conversation_sid=where, routing=routing)
    r.cut(first + 1, writes=True)
