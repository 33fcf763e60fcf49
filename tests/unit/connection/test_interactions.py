"""What the hook reads and does about open interactions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.outreach.errors import InvalidInput

CUSTOMER = "+12025550117"
NOBODY = "WK" + "0" * 32


def test_what_it_reads(run, served, opened):
    interactions = FlexHook().interactions
    sid = opened["interaction_sid"]
    assert interactions.channel(sid).status == "active"
    assert interactions.task(opened["task_sid"]).assignment_status == "assigned"
    assert [one.type for one in interactions.participants(sid)] == ["customer", "agent"]
    assert [one.sid for one in interactions.invites(sid)] == [opened["invite_sid"]]
    for hour in (timedelta(hours=1), 3600, "1h"):
        assert interactions.wait(sid, opened["task_sid"], "assigned", timeout=hour) == "assigned"
    with pytest.raises(InvalidInput, match="timeout: 'soon' is not a length of time"):
        interactions.wait(sid, opened["task_sid"], "assigned", timeout="soon")


def test_what_it_does(run, served, opened):
    interactions = FlexHook().interactions
    sid = opened["interaction_sid"]
    added = interactions.add_participant(sid, "external", {"identity": "expert"})
    assert added.type == "external"
    assert interactions.remove_agents(sid, worker_sid=NOBODY) == 0
    assert interactions.remove_agents(sid, task_status="completed") == 1
    assert interactions.remove_agents(sid) == 0
    assert {one.identity for one in served.participants if one.identity} == {"expert"}
    interactions.park(sid)
    assert interactions.channel(sid).status == "inactive"
    for _ in range(2):
        interactions.close(sid)
    assert interactions.channel(sid).status == "closed"


def test_webhooks_are_registered_once_and_removed(run, served, use_connection):
    interactions = FlexHook().interactions
    events = ["onChannelCreateFailed", "onChannelCreated"]
    first, second = (
        interactions.register_webhook("https://example.com/hear", order) for order in (events, events[::-1])
    )
    assert first.ttid == second.ttid
    assert [one.webhook_events for one in interactions.webhooks()] == [events]
    opened = run(
        CreateInteractionOperator(task_id="create", channel="sms", to=CUSTOMER, webhook_ttid=first.ttid)
    )
    assert served.interactions[0].webhook_ttid == first.ttid
    assert opened.xcoms["created"]
    for _ in range(2):
        interactions.remove_webhook(first.ttid)
    assert interactions.webhooks() == []
    for wrong in ("onChannelCreated", [], ["onEverything"]):
        with pytest.raises(InvalidInput, match="onInteractionCreated"):
            interactions.register_webhook("https://example.com/hear", wrong)
    use_connection(instance_sid=None)
    with pytest.raises(InvalidInput, match="instance_sid"):
        FlexHook().interactions.webhooks()
