"""The first message, where opening includes it."""

from __future__ import annotations

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.twilio.http.errors import RequestRejected


def hello(retried=False):
    """A first message."""
    return FirstMessage(MessageDraft(derive_key("hello"), None, body="Hello", retried=retried))


def test_a_first_message_is_sent_and_written_down(open_by, requests, sandbox):
    message = hello()
    opened = open_by("first", message)
    (sent,) = sandbox.messages
    assert message.sent == SentMessage(sent.sid, opened.conversation_sid, sent.index, created=True)
    assert requests()[-2:] == ["CreateConversationMessage", "UpdateConversation"]
    assert OutreachRecord.read(sandbox.conversations[0].attributes).first_message_sid == sent.sid


def test_a_first_message_that_is_written_down_is_not_looked_for(open_by, requests, sandbox):
    opened = open_by("first", hello())
    requests()
    again = hello(retried=True)
    assert open_by("second", again, retried=True).conversation_sid == opened.conversation_sid
    assert again.sent == SentMessage(sandbox.messages[0].sid, opened.conversation_sid, None, created=False)
    assert requests() == ["CreateConversation", "FetchConversation"]
    assert open_by("third", retried=True).conversation_sid == opened.conversation_sid
    assert requests() == ["CreateConversation", "FetchConversation"]


def test_a_first_message_that_was_not_sent_is_sent_by_the_next_attempt(open_by, requests, sandbox):
    sandbox.faults.fail("CreateConversationMessage", 400)
    failed = hello()
    opened = open_by("first", failed)
    assert isinstance(failed.error, RequestRejected)
    again = hello(retried=True)
    requests()
    assert open_by("second", again, retried=True).as_dict() == opened.as_dict() | {"created": False}
    assert "ListParticipantConversation" not in requests()
    assert again.sent.message_sid == sandbox.messages[0].sid
    assert len(sandbox.messages) == len(sandbox.interactions) == 1
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.first_message_sid, record.lease_holder) == (sandbox.messages[0].sid, "second")
