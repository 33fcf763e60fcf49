"""A customer who is in another open conversation with the same sender."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    create_participant,
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
