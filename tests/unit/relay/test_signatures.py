"""Only what Twilio signed, for the URL that it called, is kept."""

from __future__ import annotations

import httpx
import pytest
from twilio.request_validator import RequestValidator

from tests.unit.relay.served import served
from tests.unit.relay.twilio_requests import CUSTOMER, TOKEN, post, webhook


@pytest.mark.parametrize(
    "unsigned",
    [
        lambda where: httpx.post(f"{where}/events", data=webhook(), trust_env=False),
        lambda where: post(where, webhook(), token="another"),
        lambda where: post(where, webhook(), signed_url="https://elsewhere.example.com/events"),
        lambda where: httpx.post(
            f"{where}/events?bodySHA256={'0' * 64}",
            content=b"[]",
            headers={"X-Twilio-Signature": "c2lnbmF0dXJl", "Content-Type": "application/json"},
            trust_env=False,
        ),
    ],
    ids=["no signature", "another token", "another URL", "another body"],
)
def test_what_is_not_signed_is_refused(relay, redis_server, unsigned, caplog):
    refused = unsigned(relay)
    assert refused.status_code == 403
    assert redis_server.events() == []
    [line] = [record.getMessage() for record in caplog.records if record.name.endswith("relay.app")]
    assert line.startswith("Refused a request with 403: ")
    assert CUSTOMER not in line + refused.text


ESCAPED = [
    "/%65vents",
    "/ev%65nt%73",
    "/events?a=%7Eb%2f%2F&c=d%20e+f",
    "/events?name=%c3%a9&empty=",
    "/%65vents?a=%25",
    "/events?a=%ff",
]


@pytest.mark.parametrize("path", ESCAPED)
def test_twilio_signs_the_url_as_it_is_written(relay, redis_server, path):
    assert post(relay, webhook(), path=path).status_code == 204
    assert len(redis_server.events()) == 1


@pytest.mark.parametrize("path", ["/%65vents", "/events?a=%7eb"])
def test_a_url_that_means_the_same_is_another_one(relay, redis_server, path):
    written = relay + path.replace("%65", "e").replace("%7e", "~")
    assert post(relay, webhook(), signed_url=written, path=path).status_code == 403
    assert redis_server.events() == []


def test_a_signature_by_a_webhooks_rule_is_refused_with_what_to_do(relay, redis_server):
    headers = {
        "X-Twilio-Signature": "c2lnbmF0dXJl",
        "X-Twilio-Webhooks-Signature-Settings": "key=SK1,algorithm=HMAC_SHA256",
    }
    refused = httpx.post(f"{relay}/events", data=webhook(), headers=headers, trust_env=False)
    assert (refused.status_code, redis_server.events()) == (403, [])
    assert "No rule may apply" in refused.text


def test_a_changed_field_is_refused(relay, redis_server):
    form = webhook()
    signature = RequestValidator(TOKEN).compute_signature(f"{relay}/events", form)
    changed = form | {"ConversationSid": "CH" + "4" * 32}
    refused = httpx.post(
        f"{relay}/events", data=changed, headers={"X-Twilio-Signature": signature}, trust_env=False
    )
    assert (refused.status_code, redis_server.events()) == (403, [])


def test_behind_a_proxy_the_url_that_twilio_calls_is_what_counts(redis_server):
    public = "https://hooks.example.com/twilio"
    with served(redis_server.url, url=public) as where:
        assert post(where, webhook(), signed_url=public).status_code == 204
        assert post(where, webhook(), signed_url=f"{public}?a=b", path="/events?a=b").status_code == 204
        assert post(where, webhook()).status_code == 403
    assert len(redis_server.events()) == 2
