"""Inviting, handing over, parking, and a task's attributes."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.agents import (
    InviteAgentOperator,
    TransferInteractionOperator,
    UpdateTaskAttributesOperator,
)
from airflow_provider_flexout.operators.interaction import (
    CloseInteractionOperator,
)
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.hand_transfer import transfer_by_hand
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"
NOBODY = "WK" + "0" * 32


def invite(opened, cls=InviteAgentOperator, **arguments):
    given = {
        "task_id": "invite",
        "interaction_sid": opened["interaction_sid"],
        "routing": {"worker": "ben"},
    }
    return cls(**given | arguments)


def transfer(opened, **arguments):
    return invite(opened, TransferInteractionOperator, task_id="transfer", **arguments)


def agents(served):
    return {one.identity for one in served.participants if one.identity}


def task_of(served, worker):
    (task,) = [one for one in served.tasks if one.worker == worker]
    return task


def test_an_invited_agent_joins_with_the_tasks_attributes(run, served, opened):
    ti = run(invite(opened, attributes={"why": "a second opinion"}, wait_until="assigned"))
    invited = ti.xcoms["return_value"]
    assert agents(served) == {"ana", "ben"}
    task = task_of(served, "ben")
    assert (task.attributes["order"], task.attributes["customerName"]) == (7, "Ada")
    assert task.attributes["why"] == "a second opinion"
    assert invited == {
        "interaction_sid": opened["interaction_sid"],
        "channel_sid": opened["channel_sid"],
        "invite_sid": task.attributes["flexChannelInviteSid"],
        "task_sid": task.sid,
        "created": True,
    }
    assert invited.items() <= ti.xcoms.items()
    assert ti.xcoms["_link_flex_task"].endswith(task.sid)
    assert task_of(served, "ana").attributes["flexout_key"] != task.attributes["flexout_key"]


def test_a_queue_is_invited_by_its_name(run, served, opened):
    served.agent("ana").goes("Break")
    run(invite(opened, routing={"queue": "Outreach", "priority": 5, "timeout": 60}))
    task = served.tasks[-1]
    queues = {name: sid for sid, name in ((each.sid, each.name) for each in served_queues())}
    assert (task.queue_sid, task.priority, task.routing_target) == (queues["Outreach"], 5, None)


def served_queues():
    from airflow_provider_flexout.sandbox.state.seed import QUEUES

    return QUEUES.values()


def test_a_retried_invite_invites_once(run, served, opened):
    first, second = (run(invite(opened), try_number=number).xcoms["return_value"] for number in (1, 2))
    assert first | {"created": False} == second
    assert len(served.tasks) == 2


def test_an_invite_that_is_declined_fails_the_task_and_may_be_sent_again(run, served, opened):
    served.agent("ben").declines(after=0)
    with pytest.raises(AirflowFailException, match=r"canceled .*no agent took it"):
        run(invite(opened, wait_until="assigned"))
    assert agents(served) == {"ana"}
    served.agent("ben").accepts(after=0)
    assert run(invite(opened, wait_until="assigned"), try_number=1).xcoms["created"]
    assert agents(served) == {"ana", "ben"}


def test_waiting_for_an_invited_agent_defers(run, served, opened):
    served.agent("ben").goes("Break")
    operator = invite(opened, wait_until="assigned", deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    assert CUSTOMER not in json.dumps(deferred.value.trigger.serialize()[1])
    served.agent("ben").goes("Available")
    ti = run(operator, resume=deferred.value, event=found(deferred.value, "assigned"))
    assert ti.xcoms["return_value"]["created"]


def test_a_warm_transfer_lets_leave_when_the_new_agent_is_there(run, served, opened):
    result = run(transfer(opened)).xcoms["return_value"]
    assert result["left"] == 1
    assert agents(served) == {"ben"}
    assert task_of(served, "ana").status == "wrapping"
    assert served.conversations[0].state == "active"


def test_a_warm_transfer_that_nobody_takes_leaves_all_as_it_was(run, served, opened):
    served.agent("ben").declines(after=0)
    with pytest.raises(AirflowFailException):
        run(transfer(opened))
    assert agents(served) == {"ana"}
    assert task_of(served, "ana").status == "assigned"


def test_a_deferred_transfer_ends_when_it_comes_back(run, served, opened):
    served.agent("ben").goes("Break")
    operator = transfer(opened, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    assert agents(served) == {"ana"}
    served.agent("ben").goes("Available")
    served.clock.advance("1s")
    assert run(operator, resume=deferred.value, event=found(deferred.value, "assigned")).xcoms["left"] == 1
    assert agents(served) == {"ben"}


def test_a_cold_transfer_lets_leave_at_once(run, served, opened):
    served.agent("ben").goes("Break")
    assert run(transfer(opened, transfer_type="cold", task_status="completed")).xcoms["left"] == 1
    assert agents(served) == set()
    assert task_of(served, "ana").status == "completed"
    assert served.conversations[0].state == "active"


def test_only_the_named_agent_leaves(run, served, opened, use_connection):
    run(invite(opened, routing={"worker": "chloe"}, wait_until="assigned"))
    result = run(transfer(opened, from_worker_sid=task_of(served, "chloe").worker_sid))
    assert result.xcoms["left"] == 1
    assert agents(served) == {"ana", "ben"}


def test_a_retried_transfer_transfers_once(run, served, opened):
    first, second = (run(transfer(opened), try_number=number).xcoms["return_value"] for number in (1, 2))
    assert (first["task_sid"], first["left"], second["left"]) == (second["task_sid"], 1, 0)
    assert agents(served) == {"ben"}
    assert len(served.tasks) == 2


@pytest.fixture
def hands_on(served, opened, use_connection):
    """Let an agent hand the conversation on by hand, to one who takes it."""

    def handed(giver, taker):
        served.clock.advance("1m")
        sids = opened["interaction_sid"], opened["channel_sid"]
        with FlexHook().get_conn() as client:
            client.run(transfer_by_hand(*sids, giver, taker))
        served.clock.advance("1m")

    return handed


@pytest.mark.parametrize("transfer_type", ["warm", "cold"])
@pytest.mark.parametrize("try_number", [1, 2])
def test_a_transfer_that_is_cleared_leaves_the_conversation_to_who_has_it_now(
    run, served, opened, hands_on, transfer_type, try_number
):
    first = run(transfer(opened, transfer_type=transfer_type)).xcoms["return_value"]
    hands_on("ben", "chloe")
    second = run(transfer(opened, transfer_type=transfer_type), try_number=try_number).xcoms["return_value"]
    assert second == first | {"created": False, "left": 0}
    assert agents(served) == {"chloe"}
    assert task_of(served, "chloe").status == "assigned"


def test_a_transfer_that_is_cleared_leaves_who_was_invited_since(run, served, opened):
    run(transfer(opened))
    served.clock.advance("1m")
    run(invite(opened, routing={"worker": "chloe"}, wait_until="assigned"))
    assert run(transfer(opened), try_number=2).xcoms["left"] == 0
    assert agents(served) == {"ben", "chloe"}


def test_a_deferred_transfer_leaves_the_conversation_to_who_has_it_by_then(run, served, opened, hands_on):
    served.agent("ben").goes("Break")
    operator = transfer(opened, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        run(operator)
    served.agent("ben").goes("Available")
    hands_on("ben", "chloe")
    assert agents(served) == {"ana", "chloe"}
    assert run(operator, resume=deferred.value, event=found(deferred.value, "wrapping")).xcoms["left"] == 1
    assert agents(served) == {"chloe"}


def test_a_parked_interaction_is_woken_with_its_attributes(run, served, opened):
    for _ in range(2):  # parking what is parked is success
        run(
            CloseInteractionOperator(
                task_id="park", interaction_sid=opened["interaction_sid"], channel_status="inactive"
            )
        )
    (interaction,) = served.interactions
    assert (interaction.channel_status, agents(served)) == ("inactive", set())
    assert served.conversations[0].state == "active"
    served.clock.advance("10m")
    assert served.tasks == []
    run(invite(opened, conversation_sid=opened["conversation_sid"], wait_until="assigned"))
    assert served.interactions[0].channel_status == "active"
    assert task_of(served, "ben").attributes["order"] == 7


def test_a_parking_that_is_cleared_leaves_the_conversation_to_who_was_invited_since(run, served, opened):
    def park(**instance):
        sid = opened["interaction_sid"]
        run(
            CloseInteractionOperator(task_id="park", interaction_sid=sid, channel_status="inactive"),
            **instance,
        )

    park()
    run(invite(opened, conversation_sid=opened["conversation_sid"], wait_until="assigned"))
    for again in ({"try_number": 1}, {"try_number": 2}):
        park(**again)
        assert agents(served) == {"ben"}
    park(run_id="another")
    assert agents(served) == set()


def test_parking_needs_a_completed_task(run, served, opened):
    with pytest.raises(AirflowFailException, match="completed"):
        run(
            CloseInteractionOperator(
                task_id="park",
                interaction_sid=opened["interaction_sid"],
                channel_status="inactive",
                task_status="wrapping",
            )
        )
    assert served.interactions[0].channel_status == "active"


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"interaction_sid": None}, "interaction_sid: missing"),
        ({"interaction_sid": "KD1"}, "interaction_sid"),
        ({"channel_sid": "CH" + "0" * 32}, "channel_sid"),
        ({"conversation_sid": "UO" + "0" * 32}, "conversation_sid"),
        ({"routing": {}}, "names nobody"),
        ({"routing": {"worker_sid": "ben"}}, "routing.worker_sid"),
        ({"routing": {"wroker": "ben"}}, "did you mean 'worker'"),
        ({"attributes": {"x": "y" * 4096}}, "attributes"),
        ({"wait_until": "active"}, "wait_until"),
    ],
)
def test_a_wrong_invite_never_leaves(run, served, opened, wrong, where):
    before = len(served.requests)
    with pytest.raises(AirflowFailException, match=where):
        run(invite(opened, **wrong))
    assert len(served.requests) == before


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"transfer_type": "hot"}, "transfer_type"),
        ({"task_status": "gone"}, "task_status"),
        ({"from_worker_sid": "ana"}, "from_worker_sid"),
    ],
)
def test_a_wrong_transfer_never_leaves(run, served, opened, wrong, where):
    before = len(served.requests)
    with pytest.raises(AirflowFailException, match=where):
        run(transfer(opened, **wrong))
    assert len(served.requests) == before


def found(deferred, status):
    """What the trigger will say when it has seen what it waits for."""
    trigger = deferred.trigger
    return {"found": status, "resume_data": trigger.resume_data, "waiter": trigger.waiter}


def change(opened, attributes, **arguments):
    return UpdateTaskAttributesOperator(
        **{"task_id": "change", "task_sid": opened["task_sid"], "attributes": attributes} | arguments
    )


def test_attributes_are_changed_and_the_others_kept(run, served, opened):
    patch = {"vip": True, "order": None, "customers": {"email": "ada@example.com"}}
    assert run(change(opened, patch)).xcoms["return_value"] is True
    assert run(change(opened, patch)).xcoms["return_value"] is False
    attributes = task_of(served, "ana").attributes
    assert attributes["vip"] is True
    assert "order" not in attributes
    assert attributes["customers"] == {"name": "Ada", "phone": CUSTOMER, "email": "ada@example.com"}
    assert attributes["conversationSid"] == opened["conversation_sid"]


@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ("vip", "must be an object"),
        ({"conversationSid": "CH1"}, "conversationSid must not be changed"),
        ({"flexout_key": None}, "flexout_key must not be changed"),
        ({"x": "y" * 4096}, "4096"),
    ],
)
def test_a_wrong_change_never_leaves(run, served, opened, patch, where):
    before = len(served.requests)
    with pytest.raises(AirflowFailException, match=where):
        run(change(opened, patch))
    with pytest.raises(AirflowFailException, match="task_sid"):
        run(change(opened, {"vip": True}, task_sid="None"))
    assert len(served.requests) == before
