"""The timeline: an event as a line, and the conversation that it has changed."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.sandbox.page.timeline import line, touched


def test_a_line_names_its_conversation_and_its_request(sandbox, ask, opened):
    ask("POST", f"/v1/Conversations/{opened.sid}/Messages", {"Body": "Hello"})
    store = sandbox._store
    *_, message, request = [
        event for event in store.events.newest(50) if event.kind in {"message", "request"}
    ]
    assert line(store, message)["conversation"] == opened.sid
    shown = line(store, request)
    assert (shown["operation"], shown["status"]) == ("CreateConversationMessage", 201)
    assert shown["conversation"] == opened.sid
    assert touched(store, request).sid == touched(store, message).sid == opened.sid


def test_reading_changes_nothing(sandbox, ask, opened):
    ask("GET", f"/v1/Conversations/{opened.sid}")
    assert touched(sandbox._store, sandbox._store.events.newest(1)[0]) is None


@pytest.mark.parametrize(("initiated_by", "takes_over"), [("agent", False), ("customer", True)])
def test_the_moment_when_an_agent_comes_to_a_conversation_without_one(sandbox, ask, initiated_by, takes_over):
    extra = sandbox.connection()["extra"]
    sid = ask("POST", "/v1/Conversations", {}).json()["sid"]
    pair = {
        "MessagingBinding.Address": "+12025550117",
        "MessagingBinding.ProxyAddress": extra["sms_from"],
    }
    ask("POST", f"/v1/Conversations/{sid}/Participants", pair)
    channel = {"type": "sms", "initiated_by": initiated_by, "properties": {"media_channel_sid": sid}}
    properties = {name: extra[name] for name in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
    form = {"Channel": json.dumps(channel), "Routing": json.dumps({"properties": properties})}
    ask("POST", "/v1/Interactions", form)
    sandbox.clock.advance("1m")
    lines = [line(sandbox._store, event) for event in sandbox._store.events.newest(50)]
    (assigned,) = [one for one in lines if one["kind"] == "task" and one["status"] == "assigned"]
    assert assigned["takes_over"] is takes_over
    assert not any(one.get("takes_over") for one in lines if one is not assigned)
