"""The message that is sent while an outreach is opened."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import SessionWindowClosed
from airflow_provider_flexout.outreach.interaction.first_message import FirstMessage
from airflow_provider_flexout.outreach.message.draft import MessageDraft


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
    assert (first_message.sent.message_sid, first_message.sent.created) == ("IM" + "1" * 32, False)
    assert len(sandbox.requests) == 0
