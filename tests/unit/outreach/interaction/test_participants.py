"""A customer who is in another open conversation with the same sender."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.participants import open_conversation_of, with_sender
from airflow_provider_flexout.twilio.api.conversations import (
    ParticipantConversation,
    create_conversation,
    create_participant,
    delete_conversation,
    update_conversation,
)

both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


@both
def test_an_open_conversation_elsewhere_is_named_and_nothing_is_left_behind(
    attempt, sandbox, elsewhere, strategy
):
    with pytest.raises(AlreadyTalking, match=elsewhere):
        attempt(strategy=strategy)
    assert [one.sid for one in sandbox.conversations] == [elsewhere]
    assert sandbox.interactions == []


@both
def test_an_open_conversation_elsewhere_is_joined(attempt, sandbox, elsewhere, strategy):
    opened = attempt(strategy=strategy, on_open_conversation="join")
    assert opened.conversation_sid == elsewhere
    assert (opened.interaction_sid, opened.created) == (None, False)
    assert len(sandbox.conversations) == 1


@both
def test_joining_gives_the_sids_of_the_interaction_that_is_there(attempt, sandbox, strategy):
    first = attempt(strategy=strategy)
    joined = attempt(strategy=strategy, on_open_conversation="join", key=derive_key("another"))
    assert joined.as_dict() == first.as_dict() | {"created": False}
    assert len(sandbox.conversations) == len(sandbox.interactions) == 1


@both
def test_a_closed_conversation_elsewhere_is_in_nobodys_way(attempt, sandbox, client, elsewhere, strategy):
    sandbox.settings.pair_release = 5.0
    client.send(update_conversation(elsewhere, state="closed"))
    assert attempt(strategy=strategy).created
    assert len(sandbox.interactions) == 1


MEXICAN = ("whatsapp:+525512345678", "whatsapp:+5215512345678")


@pytest.fixture(params=[MEXICAN, MEXICAN[::-1]])
def two_forms(request, client, sandbox):
    """A customer who talks with our WhatsApp sender under one form of their number; and the other form."""
    talking, other = request.param
    sid = client.send(create_conversation()).sid
    sender = sandbox.connection()["extra"]["whatsapp_from"]
    client.send(create_participant(sid, address=talking, proxy_address=sender))
    return sid, other


@both
def test_an_open_conversation_under_another_form_of_the_number_is_named(
    attempt, sandbox, two_forms, strategy
):
    sid, other = two_forms
    with pytest.raises(AlreadyTalking, match=sid):
        attempt(strategy=strategy, channel="whatsapp", to=other)
    assert [one.sid for one in sandbox.conversations] == [sid]
    joined = attempt(
        strategy=strategy, channel="whatsapp", to=other, on_open_conversation="join", key=derive_key("join")
    )
    assert joined.conversation_sid == sid


@both
def test_another_sender_is_no_open_conversation_under_another_form(attempt, sandbox, two_forms, strategy):
    _, other = two_forms
    opened = attempt(strategy=strategy, channel="whatsapp", to=other, from_="whatsapp:+15005550009")
    assert opened.created
    assert len(sandbox.conversations) == 2


@both
def test_what_is_sent_is_the_form_that_was_given(attempt, sandbox, strategy):
    attempt(strategy=strategy, channel="whatsapp", to=MEXICAN[1])
    again = attempt(strategy=strategy, channel="whatsapp", to=MEXICAN[1])
    assert not again.created
    assert [one.participants[0].address for one in sandbox.conversations] == [MEXICAN[1]]


SENDER, SUPPORT = "alerts@flexout.example", "support@flexout.example"
MAIL = {"channel": "email", "to": "ada@example.com"}


@pytest.mark.parametrize("told_by", ["the conversation", "the agent", "nobody"])
def test_a_mail_thread_is_with_one_of_our_senders(attempt, sandbox, told_by):
    """Our address stands in the conversation's binding, or beside an agent who takes part, or nowhere."""
    sandbox.settings.email_binding = "set" if told_by == "the conversation" else "unset"
    if told_by == "the agent":
        sandbox.agent().accepts(after=0)
    else:
        sandbox.agent().by_hand()
    first = attempt(**MAIL, from_=SUPPORT, from_name="Support", key=derive_key("first"))
    sandbox.clock.advance("1s")
    if told_by == "nobody":
        with pytest.raises(AlreadyTalking, match=first.conversation_sid):
            attempt(**MAIL, from_=SENDER)
        return
    second = attempt(**MAIL, from_=SENDER)
    assert second.created
    sandbox.clock.advance("1s")
    with pytest.raises(AlreadyTalking, match=second.conversation_sid):
        attempt(**MAIL, from_=SENDER, key=derive_key("third"))


def test_a_thread_that_was_deleted_after_it_was_listed_counts(client, plan):
    """Nothing tells its sender, so it is taken for this one's."""
    sid = client.send(create_conversation()).sid
    listed = ParticipantConversation.model_validate(
        {
            "conversation_sid": sid,
            "conversation_state": "active",
            "participant_messaging_binding": {"type": "email", "level": "to", "address": MAIL["to"]},
        }
    )
    client.send(delete_conversation(sid))
    assert client.run(with_sender(plan(**MAIL, from_=SENDER), [listed])) == [listed]
    assert client.run(with_sender(plan(**MAIL, from_=SENDER), [listed, listed], most=1)) == [listed]


def test_the_open_conversation_of_the_customer_is_found(client, plan, elsewhere):
    assert client.run(open_conversation_of(plan())).conversation_sid == elsewhere
    client.send(update_conversation(elsewhere, state="closed"))
    assert client.run(open_conversation_of(plan())) is None


def test_whoever_holds_the_pair_and_is_deleted_meanwhile_is_waited_for(attempt, sandbox, client, elsewhere):
    """Twilio names the holder of a pair of addresses, and frees the pair a moment after its end."""
    sandbox.settings.pair_release = 1.0
    client.send(delete_conversation(elsewhere))
    assert attempt().created
