"""A notification goes to one conversation, once, and that conversation has an agent."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.notification.notify_once import Notification, notify_once
from airflow_provider_flexout.twilio.http.errors import FlexoutError


@pytest.fixture
def notify(client, plan, sandbox):
    def run(key="night", body="The load has failed.", conversation_sid=None, **person):
        request = plan(key="", last_try=True, **person) if conversation_sid is None else None
        draft = MessageDraft(derive_key(key), conversation_sid, body=body)
        notification = Notification.checked(draft, request)
        return client.run(notify_once(notification, clock=sandbox.clock.time))

    return run


def test_it_opens_a_conversation_with_an_agent(notify, sandbox):
    sent = notify()
    assert sent.created
    assert [one.sid for one in sandbox.conversations] == [sent.conversation_sid]
    assert len(sandbox.interactions) == len(sandbox.tasks) == len(sandbox.messages) == 1


def test_the_second_call_sends_nothing(notify, sandbox):
    first, second = notify(), notify()
    assert (second.created, second.message_sid) == (False, first.message_sid)
    assert len(sandbox.messages) == 1


def test_another_notification_joins_the_open_conversation(notify, sandbox):
    first, second = notify(), notify("morning")
    assert second.conversation_sid == first.conversation_sid
    assert (len(sandbox.interactions), len(sandbox.messages)) == (1, 2)


def test_all_forms_of_a_number_are_one_person(notify, sandbox):
    first, again = notify(to="+5511987654321"), notify(to="+551187654321")
    assert (again.created, again.message_sid) == (False, first.message_sid)
    other = notify("morning", to="+551187654321")
    assert other.conversation_sid == first.conversation_sid


def test_a_given_conversation_is_used_as_it_is(notify, sandbox, elsewhere):
    assert notify(conversation_sid=elsewhere).conversation_sid == elsewhere
    assert sandbox.interactions == []


def test_what_an_earlier_attempt_left_half_open_is_opened_to_the_end(notify, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    sandbox.faults.fail("DeleteConversation", 500, times=None)
    with pytest.raises(FlexoutError):
        notify()
    assert any(one.participants for one in sandbox.conversations)
    sandbox.faults.clear()
    sandbox.clock.advance("10m")
    sent = notify()
    assert sent.created
    assert len(sandbox.interactions) == len(sandbox.tasks) == len(sandbox.messages) == 1
    assert sandbox.interactions[0].conversation_sid == sent.conversation_sid


def test_a_text_that_is_too_long_is_cut(notify, sandbox):
    notify(body="x" * 2000)
    assert len(sandbox.messages[0].body) == 1600
