"""How long after a customer's message a channel takes free text."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.message.session_window import LastInbound, channel_in, last_inbound_of
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from airflow_provider_flexout.twilio.api.messages import Message

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
PAIRS = {
    "sms": ("+12025550117", "+15005550006"),
    "whatsapp": ("whatsapp:+12025550117", "whatsapp:+15005550006"),
    "messenger": ("messenger:24381250", "messenger:100005550006"),
    "email": ("ada@example.com", "shop@example.com"),
}


@pytest.mark.parametrize(
    ("at", "is_open"),
    [(NOW, True), (NOW - DAY + SECOND, True), (NOW - DAY, False), (NOW - DAY - SECOND, False), (None, False)],
)
def test_a_window_is_open_for_its_length(at, is_open):
    last_inbound = LastInbound(CHANNELS["whatsapp"], at, NOW)
    assert last_inbound.is_within(DAY) is is_open
    assert last_inbound.is_within(None)


def test_where_twilio_does_not_tell_the_time_the_computers_clock_counts():
    for ago, is_open in ((timedelta(hours=1), True), (2 * DAY, False)):
        assert LastInbound(CHANNELS["whatsapp"], datetime.now(timezone.utc) - ago).is_within(DAY) is is_open


def test_a_customer_is_known_by_their_address():
    def read(author):
        return last_inbound_of(Message(sid="IM1", author=author, date_created=NOW), NOW + SECOND)

    assert read("whatsapp:+12025550117") == LastInbound(CHANNELS["whatsapp"], NOW, NOW + SECOND)
    assert read("ana") is None
    assert read(None) is None


@pytest.mark.parametrize(
    ("channels", "narrowest"),
    [
        (["sms"], "sms"),
        (["sms", "whatsapp"], "whatsapp"),
        (["messenger", "sms"], "messenger"),
        (["messenger", "whatsapp"], "whatsapp"),
        (["email", "sms"], "sms"),
        ([], None),
    ],
)
def test_the_channel_with_the_narrowest_rules_counts(client, channels, narrowest):
    sid = client.send(create_conversation()).sid
    client.send(create_participant(sid, identity="ana"))
    for name in channels:
        address, proxy_address = PAIRS[name]
        client.send(create_participant(sid, address=address, proxy_address=proxy_address))
    channel = client.run(channel_in(sid))
    assert (channel and channel.name) == narrowest
