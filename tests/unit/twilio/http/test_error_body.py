"""Whose error body it is: Twilio's, or that of something in between."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations, interactions
from airflow_provider_flexout.twilio.http.errors import (
    AuthenticationFailed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    read_code,
)
from tests.unit.twilio.http.responses import CH

CHANNEL = {"type": "sms", "initiated_by": "api"}

NOT_TWILIOS = ["", "<html>Bad Gateway</html>", "[]", '"no"', "{}", '{"message": "no"}', '{"status": 200}']
OTHERS_JSON = [
    '{"code": 404, "message": "no Route matched"}',
    '{"code": "409", "message": "conflict"}',
    '{"code": 5, "message": "not found", "details": []}',
    '{"code": true}',
    '{"code": 9999}',
    '{"code": 1000000000}',
    '{"timestamp": "2026-11-29T09:00:00Z", "status": %d, "error": "No", "path": "/v1/Interactions"}',
    '{"error": {"code": 20001, "status": %d}}',
    '{"code": null, "status": "%d"}',
    '{"type": "about:blank", "title": "Not Found", "status": %d, "instance": "/v1/Interactions"}',
    '{"type": "https://tools.ietf.org/html/rfc9110", "title": "No", "status": %d, "traceId": "00-1-2-00"}',
    '{"status": %d, "message": "no such route"}',
    '{"code": %d01, "message": "no such route", "data": null}',
    '{"code": %d01, "status": 200, "more_info": "https://docs.example/errors"}',
]
"""Error bodies of proxies, gateways and frameworks for web services."""


@pytest.mark.parametrize("status", [302, 307, 400, 401, 403, 404, 408, 409, 412, 429])
@pytest.mark.parametrize("body", [*NOT_TWILIOS, *OTHERS_JSON])
def test_a_status_without_a_body_of_twilios_rejects_nothing(client, network, status, body):
    """Something in between may answer after it has passed the request on to Twilio."""
    network.will(httpx.Response(status, text=body.replace("%d", str(status))))
    with pytest.raises(OutcomeUnknown, match=rf"HTTP {status}: .*without an error body of Twilio's"):
        client.send(interactions.create_interaction(CHANNEL, {}))
    assert len(network.requests) == 1


@pytest.mark.parametrize("status", [302, 307, 400, 401, 403, 404, 408, 409, 412, 429])
def test_what_harms_nobody_is_worth_another_attempt(client, network, status):
    network.will(httpx.Response(status), httpx.Response(200, json={"sid": CH}))
    assert client.send(conversations.fetch_conversation(CH)).sid == CH


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, {"code": "20005", "message": "inactive"}, AuthenticationFailed),
        (400, {"code": "50407"}, RequestRejected),
        (429, {"code": 20429}, RateLimited),
        (400, {"code": 10000}, RequestRejected),
    ],
)
@pytest.mark.parametrize(
    ("sign", "headers"),
    [
        ("status", {}),
        ("more_info", {}),
        ("id", {"Twilio-Request-Id": "RQ1"}),
    ],
)
def test_the_forms_of_twilios_rejections(client, network, status, body, expected, sign, headers):
    signs = {"status": status, "more_info": "https://www.twilio.com/docs/errors/20001"}
    body |= {sign: signs[sign]} if sign in signs else {}
    network.will(httpx.Response(status, json=body, headers={"Retry-After": "100", **headers}))
    with pytest.raises(expected):
        client.send(interactions.create_interaction(CHANNEL, {}))


SHORT_FORMS = [
    (404, {"status": 404, "message": "not found"}, NotFound),
    (401, {"status": 401, "code": None}, AuthenticationFailed),
    (403, {"status": 403}, AuthenticationFailed),
]


@pytest.mark.parametrize(("status", "body", "expected"), SHORT_FORMS)
def test_a_rejection_of_a_post_without_a_code_has_the_id_of_the_request(
    client, network, status, body, expected
):
    network.will(httpx.Response(status, json=body, headers={"Twilio-Request-Id": "RQ1"}))
    with pytest.raises(expected):
        client.send(interactions.create_interaction(CHANNEL, {}))


@pytest.mark.parametrize(("status", "body", "expected"), SHORT_FORMS)
def test_elsewhere_a_rejection_without_a_code_needs_no_id(client, network, status, body, expected):
    network.will(httpx.Response(status, json=body))
    with pytest.raises(expected):
        client.send(conversations.fetch_conversation(CH))


@pytest.mark.parametrize("member", ["title", "type", "error", "path", "timestamp", "traceId"])
def test_a_rejection_without_a_code_holds_nothing_of_others(client, network, member):
    network.will(
        httpx.Response(404, json={"status": 404, "message": "no", member: "x"}),
        httpx.Response(200, json={"sid": CH}),
    )
    assert client.send(conversations.fetch_conversation(CH)).sid == CH


@pytest.mark.parametrize(
    ("code", "read"),
    [
        (20404, 20404),
        ("20404", 20404),
        (10_000, 10_000),
        (9_999, None),
        (999_999_999, 999_999_999),
        (1_000_000_000, None),
        ("1000000000", None),
        ("\u0662\u0660\u0664\u0660\u0664", None),
        (True, None),
        (None, None),
    ],
)
def test_a_code_is_a_number_or_the_text_of_one(code, read):
    assert read_code({"code": code}) == read
