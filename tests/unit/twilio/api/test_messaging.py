"""Messaging Services and senders."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api.messaging import (
    ChannelsSender,
    fetch_messaging_service,
    list_channels_senders,
    list_service_phone_numbers,
    list_us_app_to_person,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_reading_is_safe_and_stays_in_its_path():
    for make in (fetch_messaging_service, list_service_phone_numbers, list_us_app_to_person):
        call = make("MG1/..")
        assert call.retry_safety is RetrySafety.SAFE
        assert call.path.startswith("/v1/Services/MG1%2F..")
    assert list_channels_senders("whatsapp").query["Channel"] == "whatsapp"


@pytest.mark.parametrize("name", ["sender_id", "senderId"], ids=["package", "page"])
def test_a_senders_id_is_read_under_both_of_its_names(name):
    assert ChannelsSender.model_validate({"sid": "XE1", name: "whatsapp:+1"}).sender_id == "whatsapp:+1"
