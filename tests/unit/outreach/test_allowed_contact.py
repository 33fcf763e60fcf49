"""What policies say is done or raised, and what is open already is adopted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.allowed_contact import open_if_allowed, send_if_allowed
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ContactHeld, ContactRuledOut
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.policies.decision import Go, Hold, Skip


class Always:
    """A policy that decides the same each time, and counts how often it is asked."""

    def __init__(self, decision) -> None:
        self.decision, self.asked = decision, 0

    def check(self, _now):
        self.asked += 1
        return self.decision
        yield


@pytest.fixture
def held(sandbox):
    return Always(Hold(sandbox.clock.now() + timedelta(hours=2), "it is night."))


def test_a_hold_says_until_when_and_sends_nothing(client, plan, sandbox, held):
    with pytest.raises(ContactHeld, match="it is night") as caught:
        client.run(open_if_allowed(plan(), [held], sandbox.clock.now))
    assert caught.value.until == held.decision.until
    assert not sandbox.conversations


def test_the_first_policy_that_does_not_agree_decides(client, plan, sandbox, held):
    policies = [Always(Go()), Always(Skip("opted_out", "has opted out.")), held]
    with pytest.raises(ContactRuledOut) as caught:
        client.run(open_if_allowed(plan(), policies, sandbox.clock.now))
    assert (caught.value.reason, held.asked) == ("opted_out", 0)


def test_what_is_open_or_sent_is_adopted_whatever_they_say(client, plan, sandbox, held):
    opened = client.run(open_if_allowed(plan(), [Always(Go())], sandbox.clock.now))
    again = client.run(open_if_allowed(plan(retried=True), [held], sandbox.clock.now))
    assert (again.conversation_sid, again.created) == (opened.conversation_sid, False)
    draft = MessageDraft(key="fx1", conversation_sid=opened.conversation_sid, body="Hello", retried=True)
    with pytest.raises(ContactHeld):
        client.run(send_if_allowed(draft, [held], sandbox.clock.now))
    assert client.run(send_if_allowed(draft, [], sandbox.clock.now)).created
    assert not client.run(send_if_allowed(draft, [held], sandbox.clock.now)).created


def test_nobody_is_asked_for_what_no_policy_needs(client, plan, sandbox):
    client.run(open_if_allowed(plan(), [], sandbox.clock.now))
    assert next(one.operation for one in sandbox.requests) == "CreateConversation"


@pytest.mark.usefixtures("elsewhere")
def test_who_talks_already_is_ruled_out_where_that_is_asked_for(client, plan, sandbox):
    with pytest.raises(ContactRuledOut, match="already_talking"):
        client.run(open_if_allowed(plan(), [], sandbox.clock.now, on_open_conversation="skip"))
    with pytest.raises(AlreadyTalking):
        client.run(open_if_allowed(plan(key="fx2"), [], sandbox.clock.now))


def test_a_closed_session_window_rules_out_where_that_is_asked_for(client, plan, sandbox):
    request = plan(channel="whatsapp", to="whatsapp:+12025550117")
    opened = client.run(open_if_allowed(request, [], sandbox.clock.now))
    draft = MessageDraft(
        key="fx1",
        conversation_sid=opened.conversation_sid,
        body="Hello",
        channel="whatsapp",
        on_closed_window="skip",
    )
    with pytest.raises(ContactRuledOut, match="closed_window"):
        client.run(send_if_allowed(draft, [], sandbox.clock.now))
    assert not sandbox.messages
