"""Signatures of webhooks, as Twilio's own validator wants them."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from airflow_provider_flexout.sandbox.state.account.credentials import CREDENTIALS
from airflow_provider_flexout.sandbox.webhooks.delivery import WebhookDelivery, signature


@pytest.mark.parametrize("params", [{"Body": "Grüße", "Author": "a"}, {}])
def test_twilios_validator_accepts_the_signature(params):
    token = CREDENTIALS["basic"].password
    validator = RequestValidator(token)
    url = "https://example.com/hook?x=1"
    assert validator.validate(url, params, signature(token, url, params))
    assert not validator.validate(url, {**params, "More": "1"}, signature(token, url, params))


def test_stopping_before_anything_was_sent(sandbox):
    WebhookDelivery(sandbox._store).stop()
