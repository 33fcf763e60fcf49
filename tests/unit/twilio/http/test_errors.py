"""What an error says, and how it shows an address."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http.errors import (
    AuthenticationFailed,
    Conflict,
    NotFound,
    OutcomeUnknown,
    PreconditionFailed,
    RateLimited,
    RequestRejected,
    error_class,
)
from tests.unit.twilio.http.responses import CH


def test_an_error_says_what_happened_and_what_to_do(client, network):
    network.will(
        httpx.Response(
            400,
            json={
                "code": 50407,
                "message": "Invalid messaging binding address +13115552368",
                "more_info": "https://www.twilio.com/docs/errors/50407",
                "status": 400,
            },
            headers={"Twilio-Request-Id": "RQ123"},
        )
    )
    with pytest.raises(RequestRejected) as caught:
        client.send(conversations.create_participant(CH, address="+13115552368", proxy_address="+1"))
    error = caught.value
    assert (error.status, error.code, error.request_id) == (400, 50407, "RQ123")
    assert str(error) == (
        "CreateConversationParticipant: Twilio responded with HTTP 400, code 50407: Invalid messaging "
        "binding address +1•••••2368. Request RQ123. Write addresses in E.164: +13115552368, or "
        "whatsapp:+13115552368. https://www.twilio.com/docs/errors/50407"
    )


def test_newer_products_describe_problems_by_rfc_9457(client, network):
    problem = {"type": "about:blank", "title": "Bad", "detail": "The field is wrong", "code": 20001}
    network.will(httpx.Response(400, json={**problem, "status": 400}))
    with pytest.raises(RequestRejected, match="The field is wrong"):
        client.send(conversations.fetch_conversation(CH))


@pytest.mark.parametrize("body", ["", "<html>Bad Gateway</html>", "[]", '"no"'])
def test_an_error_without_a_body_names_its_status(client, network, body):
    network.will(httpx.Response(404, text=body))
    with pytest.raises(RequestRejected, match="HTTP 404: Not Found"):
        client.send(conversations.fetch_conversation(CH))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, None, RequestRejected),
        (400, 45010, RateLimited),
        (400, 45352, OutcomeUnknown),
        (401, 20003, AuthenticationFailed),
        (403, None, AuthenticationFailed),
        (404, 20404, NotFound),
        (409, 50353, Conflict),
        (412, 20412, PreconditionFailed),
        (429, None, RateLimited),
        (500, None, OutcomeUnknown),
        (503, 20503, OutcomeUnknown),
    ],
)
def test_status_and_code_say_which_error_it_is(status, code, expected):
    assert error_class(status, code) is expected
