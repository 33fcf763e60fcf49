"""Which webhooks start a flow, and when."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.state.records import MessageRecord
from airflow_provider_flexout.sandbox.state.seed import FLOW_SID
from airflow_provider_flexout.sandbox.state.webhook_registry import ScopedWebhook
from airflow_provider_flexout.sandbox.webhooks.studio import notify_flows

MESSAGE = MessageRecord(
    "IM1", "CH1", 0, "+15005550010", 0.0, 0.0, "Hi", "{}", None, None, None, None, None, 0
)


def webhook(sid: str, target: str = "studio", **more: object) -> ScopedWebhook:
    return ScopedWebhook(sid, "CH1", target, 0.0, 0.0, flow_sid=FLOW_SID, **more)


@pytest.fixture
def started(sandbox):
    """The webhooks whose flows were started, in order."""
    found = []
    sandbox.clock.handlers["studio_message"] = lambda webhook_sid, *_: found.append(webhook_sid)
    return found


@pytest.mark.parametrize(
    ("source", "inbound", "starts"),
    [
        ("SDK", True, True),
        (None, True, True),
        ("SDK", False, False),
        ("API", False, True),
        (None, False, False),
    ],
)
def test_whose_messages_start_a_flow(sandbox, started, source, inbound, starts):
    store = sandbox._store
    store.webhooks.scoped["CH1"] = [
        webhook("WH1"),
        webhook("WH2", "webhook"),
        webhook("WH3", filters=["onX"]),
    ]
    store.webhooks.source = source
    notify_flows(store, MESSAGE, inbound=inbound)
    sandbox.clock.run_due()
    assert started == (["WH1"] if starts else [])


def test_the_delay_is_the_setting(sandbox, started):
    sandbox._store.webhooks.scoped["CH1"] = [webhook("WH1")]
    sandbox.settings.studio_delay = "10s"
    notify_flows(sandbox._store, MESSAGE, inbound=True)
    sandbox.clock.advance("9s")
    assert started == []
    sandbox.clock.advance("1s")
    assert started == ["WH1"]
