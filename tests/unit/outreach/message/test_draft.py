"""A message as a value, checked before anything is sent."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.values.attributes import as_json

SID = "CH" + "0" * 32
TEMPLATE = "HX" + "0" * 32


def draft(**given):
    return MessageDraft(**{"key": "fx" + "0" * 32, "conversation_sid": SID} | given)


@pytest.mark.parametrize(
    ("channel", "most", "unit"),
    [
        (None, 1600, "characters"),
        ("sms", 1600, "characters"),
        ("email", 32768, "bytes"),
        ("chat", 32768, "bytes"),
    ],
)
def test_a_text_is_as_long_as_its_channel_allows(channel, most, unit):
    draft(body="x" * most, channel=channel).check()
    with pytest.raises(InvalidInput, match=f"body: {most + 1} {unit}; a message.* at most {most}"):
        draft(body="x" * (most + 1), channel=channel).check()


def test_where_the_channel_is_not_known_those_that_take_more_are_named():
    with pytest.raises(InvalidInput, match=r'pass channel="email" or "chat" or "web" if it is one'):
        draft(body="x" * 1601).check()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "body: missing"),
        ({"body": "x", "content_sid": TEMPLATE}, "body: cannot stand beside content_sid"),
        ({"body": "x", "channel": "pigeon"}, "channel: 'pigeon' is not a channel"),
        ({"body": "x", "on_closed_window": "template"}, "on_closed_window: 'template' needs free text"),
        ({"content_variables": {"1": "Ada"}, "body": "x"}, "content_variables: belong to a template"),
        ({"content_sid": TEMPLATE, "content_variables": ["Ada"]}, "content_variables: must be an object"),
        (
            {"content_sid": TEMPLATE, "content_variables": {"1": "a\tb"}},
            "content_variables: '1' is empty, or",
        ),
        ({"body": "x", "attributes": {"a": {1}}}, "attributes: cannot be written as JSON"),
        ({"body": "x", "conversation_sid": "None"}, "conversation_sid: missing"),
        ({"content_sid": SID}, "content_sid: expected the SID of a content template"),
    ],
)
def test_what_is_refused(given, problem):
    with pytest.raises(InvalidInput, match=problem):
        draft(**given).check()


def test_the_attributes_hold_the_key_and_the_source_where_there_is_room():
    source = {"dag_id": "orders"}
    assert draft(body="x", attributes={"a": 1}, source=source).keyed_attributes == {
        "a": 1,
        "flexout_key": "fx" + "0" * 32,
        "flexout_source": source,
    }
    full = {"a": "x" * 4030}
    made = draft(body="x", attributes=full, source=source)
    made.check()
    assert set(made.keyed_attributes) == {"a", "flexout_key"}
    assert len(as_json(made.keyed_attributes)) <= 4096


def test_attributes_are_measured_as_they_are_sent():
    """A character of any script is one, as in a task's attributes, and not an escape of six."""
    draft(body="x", attributes={"a": "ж" * 4000}).check()
    with pytest.raises(InvalidInput, match="a message holds at most 4096"):
        draft(body="x", attributes={"a": "ж" * 4090}).check()


def test_the_source_makes_no_message_larger_than_either_reading_of_4_kb():
    made = draft(body="x", attributes={"a": "ж" * 2010}, source={"dag_id": "orders"})
    assert set(made.keyed_attributes) == {"a", "flexout_key"}


def test_a_message_shows_nobodys_text():
    assert "secret" not in repr(draft(body="secret"))
