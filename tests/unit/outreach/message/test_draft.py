"""A message as a value, checked before anything is sent."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.media import File
from airflow_provider_flexout.outreach.values.attributes import as_json

SID = "CH" + "0" * 32
TEMPLATE, MEDIA = "HX" + "0" * 32, "ME" + "0" * 32


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
    on = f" on {channel}" if channel else ""
    draft(body="x" * most, channel=channel).check()
    with pytest.raises(InvalidInput, match=f"body: {most + 1} {unit}; a message{on} holds at most {most}"):
        draft(body="x" * (most + 1), channel=channel).check()


def test_where_the_channel_is_not_known_those_that_take_more_are_named():
    with pytest.raises(InvalidInput, match=r'pass channel="email" or "chat" or "web" if it is one'):
        draft(body="x" * 1601).check()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "body: missing"),
        ({"body": "x", "content_sid": TEMPLATE}, "body: cannot be combined with content_sid"),
        ({"body": "x", "channel": "pigeon"}, "channel: 'pigeon' is not a channel"),
        ({"body": "x", "on_closed_window": "template"}, "on_closed_window: 'template' needs free text"),
        ({"content_variables": {"1": "Ada"}, "body": "x"}, "content_variables: belong to a template"),
        (
            {"content_sid": TEMPLATE, "content_variables": ["Ada"]},
            'content_variables: must be an object.* {"1": "Ada"}',
        ),
        (
            {"content_sid": TEMPLATE, "content_variables": pd.Series({"1": "Ada"})},
            "content_variables: must be an object",
        ),
        ({"body": "x", "content_variables": pd.Series({"1": "Ada"})}, "content_variables: must be an object"),
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


def test_attributes_may_fill_all_of_their_room():
    room = 4096 - len(as_json(draft(body="x", attributes={"a": ""}).keyed_attributes))
    draft(body="x", attributes={"a": "x" * room}).check()
    with pytest.raises(InvalidInput, match="4097 characters as JSON"):
        draft(body="x", attributes={"a": "x" * (room + 1)}).check()


def test_the_source_makes_no_message_larger_than_either_reading_of_4_kb():
    made = draft(body="x", attributes={"a": "ж" * 2010}, source={"dag_id": "orders"})
    assert set(made.keyed_attributes) == {"a", "flexout_key"}


def test_a_message_shows_nobodys_text():
    assert "secret" not in repr(draft(body="secret"))


FILE = File("a.tiff", "image/tiff", lambda: 3, lambda: b"II*")


@pytest.mark.parametrize(
    ("given", "argument", "problem"),
    [
        ({"body": "x", "media": FILE, "channel": "sms"}, "media", "a.tiff is image/tiff; sms carries"),
        ({"body": "x", "subject": "x" * 257}, "subject", "257 characters; at most 256"),
        ({"body": "x", "subject": "a\nb"}, "subject", "holds a line break"),
        ({"body": "x", "subject": ["x"]}, "subject", "got a list; a text is needed"),
        ({"body": "x", "author": b"x"}, "author", "got a bytes; a text is needed"),
        ({"body": "x", "on_closed_window": "wait"}, "on_closed_window", "wait"),
        ({"media_sid": TEMPLATE, "content_sid": None}, "media_sid", "expected the SID"),
        ({"content_sid": TEMPLATE, "on_closed_window": "template"}, "on_closed_window", "needs free text"),
        ({"body": "x", "media": FILE, "media_sid": MEDIA}, "media", "cannot be combined with"),
        ({"media": FILE, "content_sid": TEMPLATE}, "media", "cannot be combined with"),
        ({"media": FILE, "chat_service_sid": SID}, "chat_service_sid", "expected the SID"),
        ({"body": " \n"}, "body", "holds only white space"),
        (
            {"content_sid": TEMPLATE, "content_variables": {"1": "a", "2": ["x"]}},
            "content_variables",
            "got a list",
        ),
        ({"content_sid": TEMPLATE, "content_variables": {"1": " "}}, "content_variables", "'1' is empty"),
        ({"content_sid": TEMPLATE, "content_variables": {"1": "a" + 5 * " "}}, "content_variables", "'1'"),
        ({"content_sid": TEMPLATE, "content_variables": {"1": None}}, "content_variables", "'1' is empty"),
        ({"content_sid": TEMPLATE, "content_variables": {1: "a", "1": "b"}}, "content_variables", "twice"),
        ({"content_sid": TEMPLATE, "content_variables": {True: "a"}}, "content_variables", "the name True"),
        ({"content_sid": TEMPLATE, "content_variables": "{"}, "content_variables", "is not JSON"),
        ({"body": "x", "attributes": ["a"]}, "attributes", "must be an object"),
        ({"body": "x", "attributes": ""}, "attributes", "must be an object"),
        ({"body": "x", "conversation_sid": TEMPLATE}, "conversation_sid", "expected the SID"),
        ({"body": "x", "author": 12025550117}, "author", "did you mean '+1•••••0117'?"),
        ({"body": "x", "author": True}, "author", "got a bool; a text is needed"),
        ({"body": "x", "author": "\ud800"}, "author", "not UTF-8"),
        ({"body": "x", "author": "a\0"}, "author", "NUL"),
        ({"body": "x", "subject": "\ud800"}, "subject", "not UTF-8"),
        ({"body": "\ud800"}, "body", "not UTF-8"),
        ({"content_sid": TEMPLATE, "content_variables": {"1": "\ud800"}}, "content_variables", "not UTF-8"),
        (
            {"content_sid": TEMPLATE, "content_variables": '{"\\ud800": "a"}'},
            "content_variables",
            "not UTF-8",
        ),
        ({"content_sid": TEMPLATE, "content_variables": {"a\0": "a"}}, "content_variables", "NUL"),
    ],
)
def test_the_argument_that_is_wrong_is_named(given, argument, problem):
    with pytest.raises(InvalidInput, match=re.escape(problem)) as refused:
        draft(**given).check()
    assert refused.value.argument == argument


@pytest.mark.parametrize(
    "given",
    [
        {"media_sid": MEDIA},
        {"media": FILE},
        {"media": FILE, "channel": "chat"},
        {"body": "x", "media_sid": MEDIA},
        {"body": "x", "subject": "x" * 256},
        {"body": "x", "subject": "Late", "author": "support"},
        {"body": "x", "content_sid": TEMPLATE, "on_closed_window": "template"},
        {"media": FILE, "content_sid": TEMPLATE, "on_closed_window": "template"},
        {"content_sid": TEMPLATE, "content_variables": {1: "Ada", "name": "a" + 4 * " " + "b"}},
        {"content_sid": TEMPLATE, "content_variables": '{"1": "Ada"}'},
        {"content_sid": TEMPLATE, "content_variables": ""},
        {"media": FILE, "chat_service_sid": "IS" + "0" * 32},
    ],
)
def test_what_is_taken(given):
    draft(**given).check()


def test_sids_are_taken_as_they_are_where_nothing_is_validated():
    draft(body="x", conversation_sid="my name").check(validate=False)


def test_variables_are_texts_by_name():
    assert draft(content_sid=TEMPLATE, content_variables={1: 2.5}).variables == {"1": "2.5"}
    assert draft(body="x").variables is None
