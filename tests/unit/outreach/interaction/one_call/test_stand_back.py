"""An attempt that finds its name taken, since another one was faster."""

from __future__ import annotations

import dataclasses
import json

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation


def test_who_was_slower_closes_their_interaction_and_takes_the_others_sids(open_by, client, plan, sandbox):
    """The other attempt named its conversation while this one's request was on its way."""
    winner = open_by("first")
    loser = OneCall(plan(strategy="one_call"), "second")
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    assert client.run(loser._name(mine)) == dataclasses.replace(winner, created=False)
    states = {one.sid: one.state for one in sandbox.conversations}
    assert states == {winner.conversation_sid: "active", mine.conversation_sid: "closed"}
    (closing,) = [one for one in sandbox.requests if one.operation == "UpdateInteractionChannel"]
    assert json.loads(closing.form["Routing"]) == {"status": "closed"}
    assert "ListInteractionChannel" not in [one.operation for one in sandbox.requests]


def test_one_whose_winner_has_no_sids_keeps_its_own(open_by, client, plan, sandbox):
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    winner = open_by("first")
    bare = new_record(plan(), "first", 0.0).write_into({})
    client.send(update_conversation(winner.conversation_sid, attributes=bare))
    assert client.run(OneCall(plan(strategy="one_call"), "second")._name(mine)) == mine
    assert {one.state for one in sandbox.conversations} == {"active"}


def test_one_without_a_channel_cannot_be_closed_and_the_others_sids_are_taken(open_by, client, plan):
    winner = open_by("first")
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    for without in ({"channel_sid": None}, {"interaction_sid": None}):
        slower = dataclasses.replace(mine, **without)
        found = client.run(OneCall(plan(strategy="one_call"), "second")._name(slower))
        assert found == dataclasses.replace(winner, created=False)
    assert client.send(fetch_conversation(mine.conversation_sid)).state == "active"


def test_an_interaction_that_is_closed_already_is_no_mistake(open_by, client, plan, sandbox):
    """As after a response that was lost: the client closes it again, and Twilio may refuse that."""
    winner = open_by("first")
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    sandbox.faults.fail("UpdateInteractionChannel", 400, committed=True)
    found = client.run(OneCall(plan(strategy="one_call"), "second")._name(mine))
    assert found == dataclasses.replace(winner, created=False)
