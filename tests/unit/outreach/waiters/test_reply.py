"""Waiting for a customer to write, against a sandbox in memory."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import ConversationEnded, InvalidInput, WaitTimedOut
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.waiters import PollSchedule, reply_waiter, wait_for
from airflow_provider_flexout.twilio.api.conversations import delete_conversation, update_conversation

CUSTOMER = "+12025550117"
HOUR, DAY = 3600.0, 86_400.0


class Talk:
    """A conversation with a customer, and waiting in it."""

    def __init__(self, client, sandbox, conversation_sid: str) -> None:
        self.client, self.sandbox, self.sid = client, sandbox, conversation_sid

    def say(self, text: str = "Hello"):
        return self.client.run(send_once(MessageDraft(derive_key("m", text), self.sid, body=text)))

    def now(self) -> float:
        return self.sandbox.clock.now().timestamp()

    def wait(self, after=None, timeout: float = 7 * DAY):
        watch = self.client.run(reply_waiter(self.sid, after))
        polling = PollSchedule(self.now(), self.now() + timeout)
        return self.client.run(wait_for(watch, polling, clock=self.now))

    def said_by(self, author: str) -> list[str]:
        transcript = self.sandbox.conversation(self.sid).transcript
        return [one.sid for one in transcript if one.author == author]


@pytest.fixture
def talk(attempt, client, sandbox) -> Talk:
    return Talk(client, sandbox, attempt().conversation_sid)


@pytest.mark.parametrize("after", ["10s", "20m", "6h", "4d"])
def test_a_reply(talk, sandbox, after):
    sandbox.customer(CUSTOMER).replies("Yes", after=after)
    talk.say()
    asked = talk.now()
    reply = talk.wait()
    assert list(reply.message_sids) == talk.said_by(CUSTOMER)
    assert reply.replied
    assert reply.count == 1
    expected = {"10s": 10, "20m": 1200, "6h": 6 * HOUR, "4d": 4 * DAY}[after]
    assert abs(reply.time_to_reply - expected) <= 1
    assert talk.now() - asked <= expected + max(12, min(720, expected * 0.07))
    (customer,) = (one for one in sandbox.conversation(talk.sid).participants if one.address)
    assert reply.participant_sid == customer.sid


def test_what_an_agent_or_the_pipeline_writes_is_no_reply(talk, sandbox):
    sandbox.agent().accepts(after="1m").says("Hello from me", after="2m").says("Still there?", after="1h")
    said = talk.say()
    talk.say("One more thing")
    with pytest.raises(WaitTimedOut):
        talk.wait(after=said.message_sid, timeout=DAY)


@pytest.mark.parametrize("by", ["sid", "index", "text"])
def test_after_a_message(talk, sandbox, by):
    talk.say()
    sandbox.customer(CUSTOMER).says("Early")
    asked = talk.say("And now?")
    after = {"sid": asked.message_sid, "index": asked.index, "text": str(asked.index)}[by]
    sandbox.customer(CUSTOMER).says("First")
    sandbox.customer(CUSTOMER).says("Second")
    reply = talk.wait(after=after)
    assert list(reply.message_sids) == talk.said_by(CUSTOMER)[1:]
    assert reply.count == 2


def test_what_was_said_before_the_wait_began_is_no_reply(talk, sandbox):
    talk.say()
    sandbox.customer(CUSTOMER).says("Early")
    with pytest.raises(WaitTimedOut):
        talk.wait(timeout=HOUR)


def test_from_a_moment_on(talk, sandbox):
    talk.say()
    sandbox.customer(CUSTOMER).says("Early")
    sandbox.clock.advance("10m")
    began = sandbox.clock.now()
    sandbox.clock.advance("10m")
    sandbox.customer(CUSTOMER).says("Late")
    reply = talk.wait(after=began)
    assert list(reply.message_sids) == talk.said_by(CUSTOMER)[1:]
    assert abs(reply.time_to_reply - 1200) <= 1


def test_a_conversation_in_which_nothing_was_said(talk, sandbox):
    watch = talk.client.run(reply_waiter(talk.sid))
    sandbox.clock.advance("1m")
    sandbox.customer(CUSTOMER).says("Is anybody there?")
    reply = talk.client.run(watch.poll())
    assert reply.count == 1
    assert abs(reply.time_to_reply - 60) <= 1


def test_a_customer_in_a_chat_is_known_without_an_address(attempt, client, sandbox):
    chat = {"type": "chat", "initiated_by": "agent", "participants": [{"identity": "guest_42"}]}
    opened = attempt(channel=chat, strategy="one_call")
    talk = Talk(client, sandbox, opened.conversation_sid)
    sandbox.agent().says("Good morning", after="1m")
    sandbox.clock.advance("2m")
    said = talk.say()
    sandbox.customer("guest_42").says("Hello", in_conversation=talk.sid)
    assert list(talk.wait(after=said.index).message_sids) == talk.said_by("guest_42")


@pytest.mark.parametrize("others", [0, 60])
def test_a_day_of_waiting_costs_at_most_250_reads(talk, sandbox, others):
    """Whatever agents write meanwhile: their messages are looked at once."""
    for _ in range(others):
        sandbox.agent().says("One moment, please", after="20m")
    talk.say()
    sandbox.requests.clear()
    with pytest.raises(WaitTimedOut):
        talk.wait(timeout=DAY)
    assert len(sandbox.requests) <= 250


def test_a_closed_conversation_ends_the_wait(talk, sandbox):
    sandbox.agent().accepts(after="1m").finishes(after="3h")
    talk.say()
    began = talk.now()
    with pytest.raises(ConversationEnded, match="was closed before the customer replied"):
        talk.wait()
    assert talk.now() - began <= 6 * HOUR


def test_a_customer_who_closes_ends_the_wait(talk, sandbox):
    sandbox.customer(CUSTOMER).closes(after="2d")
    talk.say()
    began = talk.now()
    with pytest.raises(ConversationEnded, match="was closed before the customer replied"):
        talk.wait()
    assert 2 * DAY <= talk.now() - began <= 2 * DAY + 2.5 * HOUR


def test_a_reply_before_the_end_is_found_after_it(talk, sandbox):
    said = talk.say()
    sandbox.customer(CUSTOMER).says("Thanks, bye")
    talk.client.send(update_conversation(talk.sid, state="closed"))
    assert talk.wait(after=said.message_sid).replied


def test_a_deleted_conversation_ends_the_wait(talk, sandbox):
    watch = talk.client.run(reply_waiter(talk.sid))
    talk.client.send(delete_conversation(talk.sid))
    with pytest.raises(ConversationEnded, match="it was deleted"):
        talk.client.run(wait_for(watch))
    with pytest.raises(ConversationEnded, match="no conversation"):
        talk.wait()


def test_an_outage_in_the_middle(talk, sandbox):
    sandbox.customer(CUSTOMER).replies("Yes", after="30m")
    talk.say()
    watch = talk.client.run(reply_waiter(talk.sid))
    sandbox.faults.fail("ListConversationMessage", 503, times=40)
    assert talk.client.run(wait_for(watch, clock=talk.now)).count == 1


@pytest.mark.parametrize("after", ["IM" + "0" * 32, "CH" + "0" * 32, True, 1.5, "\u00b2", "--7", "9" * 5000])
def test_what_cannot_be_waited_after(talk, after):
    with pytest.raises(InvalidInput, match="after: "):
        talk.wait(after=after)
