"""What failed for good leaves nothing behind, and what reached nobody is started over."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown, RequestRejected

CUSTOMER = "+12025550117"


def test_what_twilio_refuses_for_good_leaves_nothing_behind(attempt, sandbox):
    with pytest.raises(RequestRejected, match="CreateInteraction"):
        attempt(routing={"workflow_sid": "WW" + "9" * 32})
    assert sandbox.conversations == []
    assert attempt().created


def test_what_fails_for_good_on_the_last_try_leaves_nothing_behind(attempt, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    assert len(sandbox.conversations) == 1
    with pytest.raises(OutcomeUnknown):
        attempt(retried=True, last_try=True)
    assert sandbox.conversations == []
    sandbox.faults.clear()
    assert attempt(retried=True).created


def test_a_closed_conversation_without_a_message_is_started_over(attempt, plan, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    client.send(update_conversation(left.sid, state="closed"))
    opened = attempt(retried=True)
    assert opened.created
    assert opened.conversation_sid != left.sid
    assert len(sandbox.conversations) == len(sandbox.interactions) == 1


def test_a_closed_conversation_in_which_a_message_is_is_an_error(attempt, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    sandbox.customer(CUSTOMER).says("Hello?", in_conversation=left.sid)
    client.send(update_conversation(left.sid, state="closed"))
    with pytest.raises(ConversationEnded, match="choose another idempotency_key"):
        attempt(retried=True)
