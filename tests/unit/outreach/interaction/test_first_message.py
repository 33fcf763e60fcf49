"""The message that is sent while an outreach is opened."""

from __future__ import annotations

import dataclasses

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import SessionWindowClosed
from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import SentMessage


@pytest.fixture
def first_message():
    return FirstMessage(MessageDraft("fx" + "2" * 32, None, body="Hello."))


def test_it_is_sent_into_the_conversation_that_was_opened(attempt, client, first_message, sandbox):
    opened = attempt()
    message_sid = client.run(first_message.send(opened))
    (message,) = sandbox.messages
    assert (message.sid, message.body) == (message_sid, "Hello.")
    assert first_message.sent.conversation_sid == opened.conversation_sid


def test_a_new_conversation_is_not_read_before(attempt, client, first_message, sandbox):
    opened = attempt()
    before = len(sandbox.requests)
    client.run(first_message.send(opened))
    assert [one.operation for one in list(sandbox.requests)[before:]] == ["CreateConversationMessage"]


def test_one_that_was_sent_before_is_found(attempt, client, first_message, sandbox):
    client.run(first_message.send(attempt()))
    again = FirstMessage(MessageDraft("fx" + "2" * 32, None, body="Hello."))
    adopted = attempt(retried=True)
    assert client.run(again.send(adopted)) == first_message.sent.message_sid
    assert (again.sent.created, len(sandbox.messages)) == (False, 1)


def test_its_error_is_kept_since_the_outreach_is_open_all_the_same(attempt, client, first_message, sandbox):
    assert client.run(first_message.send(attempt(channel="whatsapp"))) is None
    assert isinstance(first_message.error, SessionWindowClosed)
    assert (first_message.sent, sandbox.messages) == (None, [])


def test_one_that_the_record_names_is_adopted_without_a_request(first_message, sandbox):
    first_message.adopt("CH" + "1" * 32, "IM" + "1" * 32)
    assert first_message.sent == SentMessage("IM" + "1" * 32, "CH" + "1" * 32, None, created=False)
    assert first_message.error is None
    assert len(sandbox.requests) == 0


@pytest.mark.parametrize("since_the_request", [0.0, 7.0])
def test_its_time_counts_from_the_request_that_opened_the_conversation(since_the_request):
    """From then on another attempt may find the conversation, and send the message in its turn."""
    now = 100.0
    message = FirstMessage(MessageDraft("fx" + "2" * 32, None, body="Hello."), lambda: now)
    message.note_request()
    now += since_the_request
    request = next(message.send(opened(created=True)))
    assert request.name == "CreateConversationMessage"
    assert request.start_within == timing.SEND_WITHIN - since_the_request


@pytest.mark.parametrize("joined", [False, True])
def test_in_a_conversation_that_was_there_before_it_is_looked_for(first_message, joined):
    first_message.note_request()
    first = next(first_message.send(opened(created=False), joined=joined))
    assert first.name in ("ListConversationMessage", "FetchConversation")


@pytest.mark.parametrize(
    ("given", "waits"), [({}, True), ({"joined": False}, True), ({"joined": True}, False)]
)
def test_only_what_an_earlier_attempt_may_have_sent_is_waited_for(
    attempt, client, first_message, sandbox, given, waits
):
    adopted = dataclasses.replace(attempt(), created=False)
    began = sandbox.clock.time()
    client.run(first_message.send(adopted, **given))
    assert (sandbox.clock.time() - began >= timing.VISIBILITY_DELAY) == waits
    assert len(sandbox.messages) == 1


@pytest.mark.parametrize(
    ("joined", "has_task", "asks"),
    [(False, True, False), (False, False, False), (True, True, False), (True, False, True)],
)
def test_who_hears_the_reply_is_asked_where_a_joined_conversation_has_no_task(
    attempt, client, first_message, sandbox, joined, has_task, asks
):
    adopted = dataclasses.replace(attempt(), created=False)
    if not has_task:
        adopted = dataclasses.replace(adopted, task_sid=None)
    sandbox.requests.clear()
    client.run(first_message.send(adopted, joined=joined))
    assert ("FetchConversation" in [one.operation for one in sandbox.requests]) is asks
    assert len(sandbox.messages) == 1


def test_its_time_in_a_joined_conversation_counts_from_the_look_at_it(attempt, client, sandbox):
    """What another attempt may have sent before that look shows in it."""
    message = FirstMessage(MessageDraft("fx" + "2" * 32, None, body="Hello."), sandbox.clock.time)
    message.note_request()
    joined = dataclasses.replace(attempt(), created=False)
    sandbox.clock.advance(timing.SEND_WITHIN)
    sandbox.requests.clear()
    client.run(message.send(joined, joined=True))
    assert [one.operation for one in sandbox.requests] == [
        "ListConversationMessage",
        "CreateConversationMessage",
    ]


def opened(*, created):
    return InteractionResult("KD1", "UO1", "CH1", "WT1", None, "sms", created=created)
