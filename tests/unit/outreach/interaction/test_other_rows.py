"""Whether a campaign joins a conversation that somebody has open with the same person."""

from __future__ import annotations

import dataclasses

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ContactedAlready
from airflow_provider_flexout.outreach.interaction.lookup import check_other_rows
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.twilio.api.conversations import create_conversation, delete_conversation
from airflow_provider_flexout.twilio.api.messages import create_message

CAMPAIGN = derive_key("campaign")


@pytest.fixture
def row(plan):
    """A row of a campaign."""
    return lambda name, campaign=CAMPAIGN: dataclasses.replace(plan(key=derive_key(name)), campaign=campaign)


@pytest.fixture
def open_one(client):
    """An open conversation, with a record or without one; the error that names it."""

    def make(theirs=None, *messages):
        attributes = new_record(theirs, "first", 0.0).write_into({}) if theirs else {}
        sid = client.send(create_conversation(attributes=attributes)).sid
        for message in messages:
            client.send(create_message(sid, body=message))
        return AlreadyTalking(sid, "+1•••••0117")

    return make


def test_another_row_that_has_sent_its_message_has_contacted_the_person(client, row, open_one):
    talking = open_one(row("another row"), "Hello", "Are you there?")
    with pytest.raises(ContactedAlready, match=talking.conversation_sid) as refused:
        client.run(check_other_rows(row("ours"), talking))
    assert refused.value.__cause__ is talking


def test_another_row_that_has_not_yet_may_be_about_to(client, row, open_one):
    """The next try finds its message, or nothing."""
    talking = open_one(row("another row"))
    with pytest.raises(AlreadyTalking) as refused:
        client.run(check_other_rows(row("ours"), talking))
    assert refused.value is talking


def test_a_conversation_that_is_no_other_rows_may_be_joined(client, row, open_one):
    for theirs in (
        row("ours"),
        row("another row", derive_key("another campaign")),
        row("theirs", None),
        None,
    ):
        client.run(check_other_rows(row("ours"), open_one(theirs, "Hello")))


def test_one_that_is_deleted_by_now_is_nobodys(client, row, open_one):
    talking = open_one(row("another row"), "Hello")
    client.send(delete_conversation(talking.conversation_sid))
    client.run(check_other_rows(row("ours"), talking))


def test_where_no_row_can_be_found_nothing_is_asked(row, open_one):
    """An outreach alone has no other rows; a conversation that Twilio did not name cannot be fetched."""
    assert not list(check_other_rows(row("ours", None), open_one(row("another row"), "Hello")))
    assert not list(check_other_rows(row("ours"), AlreadyTalking("another conversation", "+1•••••0117")))


def test_one_message_tells_whether_there_are_any(client, row, open_one):
    asking = check_other_rows(row("ours"), open_one(row("another row"), "Hello"))
    listing = asking.send(client.send(next(asking)))
    assert listing.query["PageSize"] == "1"
