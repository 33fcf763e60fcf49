"""What holds for the whole account."""

from __future__ import annotations

from airflow_provider_flexout.twilio.api.configuration import (
    FlexConfiguration,
    fetch_configuration,
    fetch_configuration_webhook,
    fetch_flex_configuration,
    list_configuration_addresses,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_two_products_have_one_path_and_each_its_host():
    flex, conversations = fetch_flex_configuration(), fetch_configuration()
    assert flex.path == conversations.path
    assert (flex.product, conversations.product) == ("flex-api", "conversations")


def test_reading_is_safe():
    calls = (fetch_flex_configuration(), fetch_configuration(), fetch_configuration_webhook())
    for call in (*calls, list_configuration_addresses()):
        assert call.retry_safety is RetrySafety.SAFE


def test_what_people_write_into_flexs_attributes_is_not_kept():
    read = FlexConfiguration.model_validate({"status": "ok", "attributes": {"crm_key": "s3cret"}})
    assert "s3cret" not in str(read.model_dump())
