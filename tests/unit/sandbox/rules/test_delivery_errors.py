"""Why a message does not arrive: opt-out, session window, templates, files."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.sandbox.rules.delivery_errors import (
    EVERY_SENDER,
    SESSION_WINDOW,
    delivery_error,
)
from airflow_provider_flexout.sandbox.state.channel_types import SENDERS
from airflow_provider_flexout.sandbox.state.records import MediaRecord, MessageRecord, ParticipantRecord

ADDRESSES = {
    "sms": "+12025550110",
    "whatsapp": "whatsapp:+12025550110",
    "messenger": "messenger:1",
    "email": "ada@shop.example",
}


def message(content_sid=None, media_sid=None, **variables):
    given = (media_sid, content_sid, json.dumps(variables) if content_sid else None, None)
    return MessageRecord("IM", "CH", 0, "shop", 0, 0, "Hello", "{}", None, *given, 1)


def recipient(kind):
    return ParticipantRecord("MB", "CH", 0, 0, None, kind, ADDRESSES[kind], SENDERS[f"{kind}_from"])


@pytest.fixture
def code(sandbox):
    return lambda sent, kind: delivery_error(sandbox._store, sent, recipient(kind))


def test_an_opt_out_ends_text_messages(sandbox, code):
    for kind in ADDRESSES:
        sandbox._store.opted_out.add((ADDRESSES[kind], EVERY_SENDER))
    assert [code(message(), kind) for kind in ADDRESSES] == [21610, 21610, 63016, None]


def test_an_opt_out_may_be_for_one_sender(sandbox, code):
    sandbox._store.opted_out.add((ADDRESSES["sms"], "+1another"))
    assert code(message(), "sms") is None
    sandbox._store.opted_out.add((ADDRESSES["sms"], SENDERS["sms_from"]))
    assert code(message(), "sms") == 21610


def test_free_text_needs_an_open_session(sandbox, code):
    assert [code(message(), kind) for kind in ADDRESSES] == [None, 63016, 63016, None]
    sandbox._store.last_inbound = {
        (ADDRESSES[kind], SENDERS[f"{kind}_from"]): sandbox.clock.time() for kind in ADDRESSES
    }
    assert {code(message(), kind) for kind in ADDRESSES} == {None}
    sandbox.clock.advance(SESSION_WINDOW + 1)
    assert code(message(), "whatsapp") == 63016


def test_a_template_needs_whatsapps_approval(sandbox, code):
    found = {each.name: each.sid for each in sandbox.templates}
    late = message(found["order_late"], **{"1": "Ada"})
    assert [code(late, kind) for kind in ("sms", "whatsapp", "messenger")] == [None, None, 63016]
    for name, expected in (
        ("win_back", 63016),
        ("price_drop", 63040),
        ("survey", 63041),
        ("old_offer", 63042),
        ("quick_answer", 63016),
    ):
        assert code(message(found[name]), "whatsapp") == expected
        assert code(message(found[name]), "sms") is None


def test_variables_have_to_fit(sandbox, code):
    found = {each.name: each.sid for each in sandbox.templates}["order_late"]
    assert code(message(found, **{"3": "x"}), "whatsapp") == 63028
    assert code(message(found, **{"1": ""}), "whatsapp") == 63013
    assert code(message(found, **{"1": "a\nb"}), "whatsapp") == 63013
    assert code(message(found, **{"1": "x" * 1024}), "whatsapp") == 63021


def test_each_channel_carries_files_of_its_size(sandbox, code):
    content = bytes(2 * 1024 * 1024 + 1)
    sandbox._store.media["ME1"] = MediaRecord("ME1", "image/png", content, 0, 0)
    assert code(message(media_sid="ME1"), "sms") == 11751
    assert code(message(media_sid="ME1"), "email") is None


def test_each_channel_carries_files_of_its_types(sandbox, code):
    sandbox._store.media["ME1"] = MediaRecord("ME1", "image/gif", b"GIF", 0, 0)
    assert code(message(media_sid="ME1"), "sms") == 12300
    assert code(message(media_sid="ME1"), "email") is None
