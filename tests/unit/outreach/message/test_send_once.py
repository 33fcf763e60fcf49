"""A message is sent once, whatever became of the request that sent it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import find_sent, prepare_message, send_once
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown


@pytest.fixture
def draft(elsewhere):
    return lambda key="hello", **more: MessageDraft(derive_key(key), elsewhere, body="Hello", **more)


def test_the_second_call_adopts(client, draft, sandbox):
    first, second = (client.run(send_once(draft())) for _ in range(2))
    assert (first.created, second.created) == (True, False)
    assert second.message_sid == first.message_sid == sandbox.messages[0].sid
    assert len(sandbox.messages) == 1


def test_the_same_text_under_another_key_is_another_message(client, draft, sandbox):
    for key in ("hello", "hello again"):
        assert client.run(send_once(draft(key))).created
    assert len(sandbox.messages) == 2


def test_a_response_that_is_lost_is_looked_for(client, draft, sandbox):
    sandbox.faults.drop_response("CreateConversationMessage")
    assert not client.run(send_once(draft())).created
    assert len(sandbox.messages) == 1


def test_a_request_that_is_lost_is_sent_again_after_a_long_look(client, draft, sandbox):
    began = sandbox.clock.time()
    sandbox.faults.lose_request("CreateConversationMessage")
    assert client.run(send_once(draft())).created
    assert len(sandbox.messages) == 1
    assert sandbox.clock.time() - began >= 30.0


@pytest.mark.parametrize("most", [1, 3])
def test_it_is_sent_so_many_times_at_most(client, draft, sandbox, most):
    lost = sandbox.faults.lose_request("CreateConversationMessage", times=None)
    with pytest.raises(OutcomeUnknown):
        client.run(send_once(draft(), most_requests=most))
    assert lost.fired == most
    assert sandbox.messages == []


def test_a_retry_waits_for_a_request_that_may_be_on_its_way(client, draft, sandbox):
    began = sandbox.clock.time()
    client.run(send_once(draft(retried=True)))
    assert sandbox.clock.time() - began >= 30.0


def test_a_first_attempt_in_a_new_conversation_does_not_look(client, draft, sandbox):
    sandbox.requests.clear()
    client.run(send_once(draft(channel="sms"), first_attempt=True))
    assert [one.operation for one in sandbox.requests] == ["CreateConversationMessage"]


def test_what_is_prepared_is_sent_as_it_is(client, draft, sandbox):
    ready = client.run(prepare_message(draft(channel="sms")))
    sandbox.requests.clear()
    assert client.run(send_once(ready, prepared=True)).created
    assert [one.operation for one in sandbox.requests] == ["CreateConversationMessage"]


def test_what_was_sent_is_found(client, draft):
    assert client.run(find_sent(draft())) is None
    sent = client.run(send_once(draft()))
    assert client.run(find_sent(draft())).sid == sent.message_sid


def test_a_conversation_that_is_gone(client):
    gone = MessageDraft(derive_key("hello"), "CH" + 32 * "f", body="Hello")
    for procedure in (send_once(gone), prepare_message(gone), find_sent(gone)):
        with pytest.raises(ConversationEnded, match="not any more"):
            client.run(procedure)
