"""Flex's transfers: an agent hands a conversation over to another agent, or to a queue."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.wire.twilio_operations import twilio_operations

NOTE, SUMMARY = "KQ" + "1" * 32, "KQ" + "2" * 32


class Body(dict):
    """JSON as Twilio's package takes it: it asks for ``to_dict``."""

    def to_dict(self) -> dict:
        return dict(self)


@pytest.fixture
def one(sandbox, twilio, open_one):
    """Open an interaction that ana has accepted; return its channel and all SIDs."""

    def make(**changes):
        sids = open_one(routed={"attributes": {"customerName": "Ada", "order": 7}}, **changes)
        sandbox.clock.advance("1m")
        channel = twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"])
        [agent] = [each for each in channel.participants.list() if each.type == "agent"]
        return channel, {**sids, "agent": agent.sid}

    return make


@pytest.fixture
def workers(extra, twilio):
    rows = twilio.taskrouter.v1.workspaces(extra["workspace_sid"]).workers.list()
    return {each.friendly_name: each.sid for each in rows}


def body(sids, to, **changes):
    given = {"from": sids["agent"], "to": to, "type": "cold", **changes}
    return Body({name: value for name, value in given.items() if value is not None})


def agents(sandbox):
    return {each.identity for each in sandbox.participants if each.identity}


def newest_task(tasks, channel):
    return tasks(channel.invites.list()[-1].routing["properties"]["sid"]).fetch()


def test_a_transfer_to_an_agent_leaves_the_first_one_their_wrap_up(sandbox, one, tasks, workers):
    channel, sids = one()
    made = channel.transfers.create(body=body(sids, workers["chloe"], noteSid=NOTE, summarySid=SUMMARY))
    assert (made.type, made.status, made._from, made.to) == (
        "cold",
        "completed",
        sids["agent"],
        workers["chloe"],
    )
    assert (made.note_sid, made.summary_sid) == (NOTE, SUMMARY)
    assert channel.transfers(made.sid).fetch().date_created == made.date_created
    assert tasks(sids["task"]).fetch().assignment_status == "wrapping"
    assert agents(sandbox) == set()
    sandbox.clock.advance("3s")
    task = newest_task(tasks, channel)
    attributes = json.loads(task.attributes)
    assert (attributes["order"], attributes["transfer_sid"]) == (7, made.sid)
    assert attributes["conversationSid"] == sids["conversation"]
    assert (task.assignment_status, agents(sandbox)) == ("assigned", {"chloe"})
    assert (channel.fetch().status, sandbox.conversation(sids["conversation"]).state) == ("active", "active")


@pytest.mark.parametrize("how", ["away", "declines"])
def test_whom_the_named_agent_does_not_serve_the_next_of_the_workflow_does(sandbox, one, tasks, workers, how):
    getattr(sandbox.agent("chloe"), how)()
    sandbox.agent("ben").accepts()
    channel, sids = one_accepted(sandbox, one)
    channel.transfers.create(body=body(sids, workers["chloe"]))
    sandbox.clock.advance("1m")
    assert agents(sandbox) == {"ben"}


def one_accepted(sandbox, one):
    """Let ana accept what is opened, and nothing after that."""
    sandbox.agent("ana").accepts()
    found = one()
    sandbox.agent("ana").declines()
    return found


def test_a_transfer_to_a_queue_goes_there_directly(sandbox, twilio, one, tasks, extra):
    workspace = twilio.taskrouter.v1.workspaces(extra["workspace_sid"])
    queue = workspace.task_queues.create(friendly_name="VIP", target_workers="name == 'ben'")
    channel, sids = one()
    made = channel.transfers.create(body=body(sids, queue.sid))
    assert made.to == newest_task(tasks, channel).task_queue_sid == queue.sid


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"type": None}, "type"),
        ({"type": "hot"}, "type"),
        ({"from": "UT" + "0" * 32}, "from"),
        ({"from": "ana"}, "from"),
        ({"to": None}, "to"),
        ({"to": "WW" + "0" * 32}, "to"),
        ({"to": ["WK"]}, "to"),
        ({"noteSid": "KQ1"}, "noteSid"),
        ({"summarySid": 7}, "summarySid"),
        ({"reason": "tired"}, "reason"),
    ],
)
def test_what_a_transfer_does_not_take_is_refused(sandbox, one, tasks, workers, refused, changes, name):
    channel, sids = one()
    with refused(400, 20001) as error:
        channel.transfers.create(body=body(sids, **({"to": workers["chloe"]} | changes)))
    assert f" {name}" in error.message
    assert tasks(sids["task"]).fetch().assignment_status == "assigned"
    assert len(channel.invites.list()) == 1


def test_warm_is_not_there(one, workers, refused):
    channel, sids = one()
    for kind in ("warm", "external"):
        with refused(501, 20501) as error:
            channel.transfers.create(body=body(sids, workers["chloe"], type=kind))
        assert kind in error.message


def test_who_has_left_hands_nothing_over(one, workers, refused):
    channel, sids = one()
    channel.transfers.create(body=body(sids, workers["chloe"]))
    with refused(400, 20001):
        channel.transfers.create(body=body(sids, workers["chloe"]))
    channel.update(status="closed")
    with refused(400, 80906):
        channel.transfers.create(body=body(sids, workers["chloe"]))


def test_emails_are_not_transferred(one, workers, refused):
    us = {"from": "us@x.example", "from_name": "Us"}
    person = {"level": "to", "name": "Ada", "address": "ada@x.example"}
    channel, sids = one(type="email", initiated_by="agent", properties=us, participants=[person])
    with refused(400, 20001) as error:
        channel.transfers.create(body=body(sids, workers["chloe"]))
    assert "email" in error.message


def test_a_transfer_that_is_not_there_is_404(one, refused):
    channel, _ = one()
    with refused(404, 20404):
        channel.transfers("UX" + "0" * 32).fetch()


def test_changing_a_transfer_is_absent_and_says_why(one, workers, refused):
    channel, sids = one()
    made = channel.transfers.create(body=body(sids, workers["chloe"]))
    with refused(501, 20501) as error:
        channel.transfers(made.sid).update(body=Body(status="failed"))
    assert "UpdateInteractionTransfer: Twilio's documents name nothing that its body holds" in error.message
    assert channel.transfers(made.sid).fetch().status == "completed"


def test_of_flexs_operations_one_is_absent():
    here = {operation.name for operation in ROUTES}
    flex = {each.name for each in twilio_operations() if each.api.startswith("Flex")}
    assert (len(flex), flex - here) == (14, {"UpdateInteractionTransfer"})
