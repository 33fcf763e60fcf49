"""Which sinks get an event."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.state.event_streams import EventStreams, SinkRecord, SubscriptionRecord


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
