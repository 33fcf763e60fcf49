"""The state of a follow-up, read from the conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.follow_up.anchor import find_anchor
from airflow_provider_flexout.outreach.follow_up.state import read_state
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.twilio.api.conversations import delete_conversation, update_conversation


@pytest.fixture
def asked_at(sandbox, send):
    """Send a first message to follow up, and give when."""
    send("Is Thursday fine?")
    return sandbox.clock.now().replace(microsecond=0)


@pytest.fixture
def state(client, cadence, defaults, asked_at):
    """Read the state."""
    anchor = client.run(find_anchor(cadence))
    return lambda: client.run(read_state(cadence, anchor, defaults.workspace_sid))


def test_before_the_first_step(state, asked_at):
    now = state()
    assert (now.step, now.message_sids, now.outcome) == (0, (), None)
    assert now.due == asked_at + timedelta(hours=1)


def test_a_step_counts_however_often_it_is_read(state, client, cadence, sandbox):
    sandbox.clock.advance("1h")
    sent = client.run(send_once(cadence.steps[0].draft))
    sent_at = sandbox.clock.now().replace(microsecond=0)
    assert state() == state()
    assert (state().step, state().message_sids) == (1, (sent.message_sid,))
    assert state().due == sent_at + timedelta(hours=2)


def test_a_reply(state, reply, sandbox):
    sandbox.clock.advance("10m")
    reply("Yes.")
    now = state()
    assert (now.outcome, now.reply_sids) == ("replied", (sandbox.messages[1].sid,))
    assert now.time_to_reply == pytest.approx(600, abs=2)


def test_stop_is_no_reply(state, reply):
    reply("stop")
    assert state().outcome == "opted_out"


def test_a_closed_conversation(state, client, conversation_sid):
    client.send(update_conversation(conversation_sid, state="closed"))
    assert state().outcome == "closed"


def test_a_deleted_conversation(state, client, conversation_sid):
    client.send(delete_conversation(conversation_sid))
    assert (state().outcome, state().step) == ("closed", 0)


def test_no_agent_is_there_any_more(state, sandbox):
    sandbox.agent().declines(after=0)
    sandbox.clock.advance("1m")
    assert state().outcome == "closed"
