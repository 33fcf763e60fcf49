"""The message to which a follow-up waits for a reply."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import ConversationEnded, InvalidInput
from airflow_provider_flexout.outreach.follow_up.anchor import find_anchor
from airflow_provider_flexout.outreach.follow_up.cadence import plan_cadence
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation
from airflow_provider_flexout.twilio.api.messages import create_message


@pytest.fixture
def index(client, cadence):
    return lambda after=None: client.run(find_anchor(cadence, after)).after


def test_the_newest_of_ours(index, send, reply):
    send("Your order is late.")
    newest = send("Is Thursday fine?")
    reply("Perhaps.")
    assert index() == newest.index


def test_what_an_agent_writes_hides_no_reply(index, client, send, reply, conversation_sid):
    ours = send("Is Thursday fine?")
    reply("Yes.")
    client.send(create_message(conversation_sid, author="ana", body="Good."))
    assert index() == ours.index


def test_without_one_of_ours_it_is_the_newest_that_is_not_the_customers(
    index, client, reply, conversation_sid
):
    client.send(create_message(conversation_sid, author="ana", body="How can I help?"))
    reply("Hello?")
    assert index() == 0


def test_steps_do_not_count(index, client, cadence, send):
    ours = send("Is Thursday fine?")
    client.run(send_once(cadence.steps[0].draft))
    assert index() == ours.index


def test_a_conversation_without_a_message_is_followed_up_from_its_beginning(client, cadence):
    created = client.send(fetch_conversation(cadence.conversation_sid)).date_created
    anchor = client.run(find_anchor(cadence))
    assert (anchor.after, anchor.asked_at) == (-1, created.timestamp())


@pytest.mark.parametrize("by", ["message_sid", "index"])
def test_it_may_be_named(index, send, by):
    first = send("Your order is late.")
    send("Is Thursday fine?")
    assert index(getattr(first, by)) == first.index


def test_one_that_is_not_there(index):
    with pytest.raises(InvalidInput, match="no message"):
        index("IM" + 32 * "f")


def test_a_conversation_that_is_gone(client):
    gone = plan_cadence(key="fx0", conversation_sid="CH" + 32 * "f", steps=[{"after": "1h", "body": "One"}])
    with pytest.raises(ConversationEnded):
        client.run(find_anchor(gone))
