"""Who wants to know of an event, and what was sent."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.state.webhook_registry import (
    Callback,
    EventStreams,
    ScopedWebhook,
    SinkRecord,
    SubscriptionRecord,
    WebhookRegistry,
)


def test_an_event_goes_to_those_who_asked_for_it():
    registry = WebhookRegistry()
    account = registry.configuration
    account.post_url, account.filters = "http://all", ["onMessageAdded"]
    one = ScopedWebhook("WH1", "CH1", "webhook", 0, 0, url="http://one", filters=["onMessageAdded"])
    word = ScopedWebhook("WH2", "CH1", "trigger", 0, 0, url="http://word", method="get", triggers=["Help"])
    flow = ScopedWebhook("WH3", "CH1", "studio", 0, 0, url="http://flow")
    registry.scoped["CH1"] = [one, word, flow]

    def told(event, sid, body):
        return list(registry.subscribers(event, sid, body))

    assert told("onMessageAdded", "CH1", "please HELP me") == [
        ("http://all", "POST", None),
        ("http://one", "POST", "WH1"),
        ("http://word", "GET", "WH2"),
    ]
    assert told("onMessageAdded", "CH2", "help") == [("http://all", "POST", None)]
    assert told("onMessageRemoved", "CH1", "help") == []


def test_what_is_posted_is_kept_and_delivered_where_somebody_delivers():
    registry, delivered = WebhookRegistry(), []
    callback = Callback("onMessageAdded", "http://all", "POST", {}, "CH1")
    registry.post(callback)
    registry.deliver = delivered.append
    registry.post(callback)
    assert (len(registry.sent), delivered) == (2, [callback])
    registry.clear()
    assert (len(registry.sent), registry.deliver) == (0, delivered.append)


def test_each_subscription_names_its_sink_and_its_version():
    called = SinkRecord("DG1", "", "webhook", {"destination": "https://x.example", "method": "POST"}, 0.0)
    kept = SinkRecord("DG2", "", "kinesis", {"arn": "arn:x"}, 0.0)
    streams = EventStreams({"DG1": called, "DG2": kept})
    streams.subscriptions["DF1"] = SubscriptionRecord("DF1", "", "DG1", {"a": 1, "b": 2}, 0.0)
    streams.subscriptions["DF2"] = SubscriptionRecord("DF2", "", "DG2", {"b": 1}, 0.0)
    assert list(streams.subscribers("a")) == [(called, 1)]
    assert list(streams.subscribers("b")) == [(called, 2), (kept, 1)]
    assert list(streams.subscribers("c")) == []
    assert (called.address, kept.address) == ("https://x.example", "arn:x")
