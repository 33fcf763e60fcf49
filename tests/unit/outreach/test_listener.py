"""Who has written, as a list of messages shows it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.listener import has_written
from airflow_provider_flexout.twilio.api.conversations import ConversationWebhook
from airflow_provider_flexout.twilio.api.messages import Message

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def message(age=None, *, ours=False):
    created = None if age is None else NOW - timedelta(seconds=age)
    attributes = f'{{"{durable.KEY_ATTRIBUTE}": "fx1"}}' if ours else "{}"
    return Message.model_validate({"sid": "IM1", "date_created": created, "attributes": attributes})


@pytest.mark.parametrize(
    ("messages", "written"),
    [
        ([], (False, False)),
        ([message(1, ours=True)], (False, False)),
        ([message(3600)], (True, False)),
        ([message(31)], (True, True)),
        ([message(3600), message(2)], (True, True)),
        ([message()], (True, True)),
    ],
)
def test_who_has_written_and_how_lately(messages, written):
    assert has_written(messages, NOW) == written
    assert has_written(messages, None) == (written[0], written[0])


@pytest.mark.parametrize(
    ("target", "configuration", "hears"),
    [
        ("studio", {"flow_sid": "FW1"}, True),
        ("studio", {"flow_sid": "FW1", "filters": ["onMessageAdded"]}, True),
        ("studio", {"flow_sid": "FW1", "filters": ["onParticipantAdded"]}, False),
        ("webhook", {"url": "https://example.com", "filters": ["onMessageAdded"]}, True),
        ("webhook", {"url": "https://example.com", "filters": ["onDeliveryUpdated"]}, False),
        ("trigger", {"url": "https://example.com", "triggers": ["STOP"]}, False),
        (None, {}, False),
    ],
)
def test_which_webhooks_hear_what_the_customer_writes(target, configuration, hears):
    assert ConversationWebhook(sid="WH1", target=target, configuration=configuration).hears_messages is hears
