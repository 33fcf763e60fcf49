"""The timeline: an event as a line, and the conversation that it has changed."""

from __future__ import annotations

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
