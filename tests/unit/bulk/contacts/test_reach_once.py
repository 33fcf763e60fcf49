"""One contact of a campaign: the conversation and its first message, each once. The grid has the faults."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.bulk.contacts.reach_once import reach_once
from airflow_provider_flexout.outreach.errors import AlreadyTalking, SessionWindowClosed
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from tests.outreach_request import request_of

CUSTOMER = "+12025550117"


@pytest.fixture
def reach(connect, defaults):
    """Reach the customer, as a process of its own would."""

    def run(*, key="fx" + "1" * 32, retried=False, on_open_conversation="fail", channel="sms"):
        request = request_of(key=key, channel=channel, to=CUSTOMER, defaults=defaults, retried=retried)
        draft = MessageDraft(f"{key}-message", None, body="Hello.", retried=retried)
        with connect() as client:
            return client.run(reach_once(request, draft, on_open_conversation=on_open_conversation))

    return run


def test_somebody_new_costs_five_requests(reach, sandbox):
    reached = reach()
    assert (reached.created, reached.joined) == (True, False)
    assert [one.operation for one in sandbox.requests] == [
        "CreateConversation",
        "CreateConversationParticipant",
        "CreateInteraction",
        "CreateConversationMessage",
        "UpdateConversation",
    ]


def test_who_was_reached_is_adopted(reach, sandbox):
    first, second = reach(), reach(retried=True)
    assert (second.created, second.message.message_sid) == (False, first.message.message_sid)
    assert (len(sandbox.conversations), len(sandbox.messages)) == (1, 1)


def test_an_outreach_without_its_message_is_finished(reach, client, defaults, sandbox):
    request = request_of(key="fx" + "1" * 32, channel="sms", to=CUSTOMER, defaults=defaults)
    opened = client.run(open_once(request))
    reached = reach(retried=True)
    assert (reached.opened.conversation_sid, reached.created) == (opened.conversation_sid, True)
    assert len(sandbox.messages) == 1


def test_who_is_talking_already_is_joined_where_that_was_asked_for(reach, sandbox):
    reach()
    with pytest.raises(AlreadyTalking):
        reach(key="fx" + "2" * 32)
    joined = reach(key="fx" + "2" * 32, on_open_conversation="join")
    assert (joined.joined, len(sandbox.conversations), len(sandbox.messages)) == (True, 1, 2)


def test_a_message_that_cannot_be_sent_is_the_contacts_error(reach):
    with pytest.raises(SessionWindowClosed):
        reach(channel="whatsapp")
