"""What an open page is told: everything once, then what is new."""

from __future__ import annotations

import json
import re

from tests.unit.sandbox.conftest import request


def read(event):
    name = re.search(rb"^event: (.*)$", event, re.MULTILINE)[1].decode()
    return name, json.loads(re.search(rb"^data: (.*)$", event, re.MULTILINE)[1])


def test_a_feed_tells_everything_once_and_then_what_is_new(sandbox, opened):
    feed = sandbox.feed()
    name, everything = read(feed.next())
    assert (name, [card["sid"] for card in everything["cards"]]) == ("state", [opened.sid])
    assert feed.next() is None
    sandbox.handle(request("POST", "/v1/Conversations", {"UniqueName": "fx1"}))
    name, update = read(feed.next())
    assert (name, update["conversations"]) == ("update", 2)
    assert [card["name"] for card in update["cards"]] == ["fx1"]


def test_a_deleted_conversation_is_gone(sandbox, opened):
    feed = sandbox.feed()
    while feed.next():
        pass
    sandbox.handle(request("DELETE", f"/v1/Conversations/{opened.sid}"))
    assert read(feed.next())[1]["gone"] == [opened.sid]
