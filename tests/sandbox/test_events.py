"""What the event log holds of an outreach, the counts by hour, and how fast the clock may run."""

from __future__ import annotations

import pytest


def kinds(sandbox):
    return [event.kind for event in sandbox.feed()._store.events.newest(1000)]


def test_an_outreach_leaves_its_steps_in_order(sandbox, open_one, twilio):
    sids = open_one()
    twilio.conversations.v1.conversations(sids["conversation"]).messages.create(body="Hello", author="shop")
    sandbox.clock.advance("5s")
    sandbox.customer().says("Hi", in_conversation=sids["conversation"])
    events = sandbox.feed()._store.events.newest(1000)
    told = [(event.kind, event.facts.get("status") or event.facts.get("state")) for event in events]
    assert told == [
        ("conversation", "active"),
        ("participant", None),
        ("task", "pending"),
        ("request", None),
        ("channel", "active"),
        ("task", "reserved"),
        ("message", None),
        ("request", None),
        ("receipt", "sent"),
        ("receipt", "delivered"),
        ("task", "assigned"),
        ("participant", None),
        ("message", None),
    ]
    assert {event.conversation_sid for event in events if event.kind != "request"} == {sids["conversation"]}


def test_each_conversation_counts_once_in_the_hour_in_which_it_happened(sandbox, open_one, twilio):
    first = open_one()
    messages = twilio.conversations.v1.conversations(first["conversation"]).messages
    for text in ("Hello", "Still there?"):
        messages.create(body=text, author="shop")
    sandbox.clock.advance("2h")
    for text in ("Yes", "I am"):
        sandbox.customer().says(text, in_conversation=first["conversation"])
    hours = sandbox.feed()._store.counters.by_hour()
    assert [hour["opened"] for hour in hours] == [1, 0]
    assert [hour["delivered"] for hour in hours] == [1, 0]
    assert [hour["answered"] for hour in hours] == [0, 1]
    assert hours[1]["hour"] - hours[0]["hour"] == 2 * 3600


def test_a_conversation_without_an_agent_counts_as_opened(sandbox, twilio):
    conversations = twilio.conversations.v1.conversations
    nobody = conversations.create()
    opened = conversations(nobody.sid).participants
    people = {"messaging_binding_address": "+447700900144", "messaging_binding_proxy_address": "+15005550006"}
    counts = sandbox._store.counters.by_hour
    assert counts() == []
    for _ in range(2):
        customer = opened.create(**people)
        assert [hour["opened"] for hour in counts()] == [1]
        assert opened(customer.sid).delete()


def test_the_clock_runs_faster(anybody):
    assert anybody.post("/sandbox/clock", json={"speed": 3600}).json()["speed"] == 3600
    try:
        before = anybody.get("/sandbox/clock").json()
        after = anybody.get("/sandbox/clock").json()
        while after["now"][:17] == before["now"][:17]:  # a minute is a sixtieth of a second
            after = anybody.get("/sandbox/clock").json()
    finally:
        anybody.post("/sandbox/clock", json={"speed": 1})
        anybody.post("/sandbox/clock", json={"frozen": True})


@pytest.mark.parametrize("speed", [0, -1, 4000, True, "fast"])
def test_a_speed_that_is_none_is_refused(anybody, speed):
    assert anybody.post("/sandbox/clock", json={"speed": speed}).status_code == 400
