"""Interaction webhooks, each registered once and removed once."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.webhooks import register_once, remove_once
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.api.interactions import list_interaction_webhooks
from airflow_provider_flexout.twilio.http.pagination import read_pages

URL = "https://example.com/events"


@pytest.fixture
def register(client, defaults):
    def run(url=URL, events=("onChannelCreated", "onParticipantJoined"), kind="interaction"):
        return client.run(register_once(defaults.instance_sid, url, list(events), kind, "POST", "ours"))

    return run


@pytest.fixture
def ttids(client, defaults):
    return lambda: [
        one.ttid for one in client.run(read_pages(list_interaction_webhooks(defaults.instance_sid)))
    ]


def test_a_second_registration_finds_the_first(register, ttids):
    first = register()
    assert register(events=("onParticipantJoined", "onChannelCreated")).ttid == first.ttid
    assert ttids() == [first.ttid]


@pytest.mark.parametrize(
    "other", [{"url": URL + "/2"}, {"events": ("onChannelCreated",)}, {"kind": "global"}]
)
def test_another_webhook_is_registered_beside_it(register, ttids, other):
    assert register().ttid != register(**other).ttid
    assert len(ttids()) == 2


@pytest.mark.parametrize("events", [(), ("onChannelClosed",)])
def test_an_event_that_there_is_not_is_refused(register, events, sandbox):
    with pytest.raises(InvalidInput, match=r"^events: must be a list of some of onInteractionCreated"):
        register(events=events)
    assert len(sandbox.requests) == 0


def test_what_is_gone_is_removed(client, defaults, register, ttids):
    ttid = register().ttid
    for _ in range(2):
        client.run(remove_once(defaults.instance_sid, ttid))
    assert ttids() == []
