"""The steps of a call: authorization, permits, and what is logged."""

from __future__ import annotations

import base64
import logging
import re
from typing import Any

import httpx
import pytest

from airflow_provider_flexout import __version__
from airflow_provider_flexout.twilio.api import conversations, messages
from airflow_provider_flexout.twilio.http.call import Call, Sleep
from airflow_provider_flexout.twilio.http.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineExceeded,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    ServiceUnavailable,
    TwilioError,
)
from airflow_provider_flexout.twilio.http.request import Request, Response, SendFailed
from airflow_provider_flexout.twilio.http.request_flow import (
    AcquirePermit,
    AcquireToken,
    RateLimitSleep,
    RequestFlow,
    request_flow,
)
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from tests.unit.twilio.http.responses import (
    CH,
    OAUTH,
    READ,
    SETTINGS,
    Time,
    ok,
    page,
    rejected,
    rejected_credentials,
    token,
)

OAUTH_SETTINGS = Settings(OAUTH)
LOGGER = "airflow_provider_flexout.twilio.http.request_flow"


@pytest.mark.parametrize("username", ["AC" + "0" * 32, "SK" + "0" * 32])
def test_accounts_and_keys_use_http_basic(connect, network, username):
    network.will(ok())
    connect(credentials=BasicCredentials(username, "s3cret")).send(READ)
    scheme, value = network.requests[0].headers["Authorization"].split()
    assert scheme == "Basic"
    assert base64.b64decode(value).decode() == f"{username}:s3cret"


def test_a_refused_token_is_replaced_once(connect, network):
    network.will(token("first"), rejected_credentials(), token("second"), ok())
    connect(credentials=OAUTH).send(messages.create_message(CH, body="Hello"))
    assert network.requests[-1].headers["Authorization"] == "Bearer second"

    network.will(rejected_credentials(), token("third"), rejected_credentials())
    with pytest.raises(AuthenticationFailed):
        connect(credentials=OAUTH).send(READ)


@pytest.mark.parametrize("body", ["", "<html>", '{"code": 401}'])
def test_a_token_that_something_in_between_refuses_sends_no_message_again(connect, network, body):
    """It may do so after Twilio has taken the message."""
    network.will(token("first"), httpx.Response(401, text=body))
    with pytest.raises(OutcomeUnknown, match="something in between"):
        connect(credentials=OAUTH).send(messages.create_message(CH, body="Hello"))
    assert [request.method for request in network.requests] == ["POST", "POST"]  # one of them for the token

    network.will(httpx.Response(401, text=body), token("second"), ok())
    assert connect(credentials=OAUTH).send(READ).sid == CH


def test_http_basic_is_not_tried_twice(client, network):
    network.will(rejected_credentials())
    with pytest.raises(AuthenticationFailed, match="login and password"):
        client.send(READ)


def test_a_call_whose_time_is_over_when_the_token_comes_is_not_sent(connect, network):
    network.will(token("first"))
    call = messages.create_message(CH, body="Hello").within(-1)
    with pytest.raises(ConnectionFailed, match="nothing was sent"):
        connect(credentials=OAUTH).send(call)
    assert len(network.requests) == 1


def test_the_user_agent_names_the_provider(client, network):
    network.will(page("conversations", [], None))
    client.send(conversations.list_conversations())
    assert f"airflow-provider-flexout/{__version__}" in network.requests[0].headers["User-Agent"]


def steps(call: Call[Any], time: Time) -> RequestFlow[Any]:
    return request_flow(call, SETTINGS, RetryPolicy(), time, needs_permits=True)


def test_a_call_whose_time_is_over_before_it_gets_a_permit_is_not_sent(time):
    flow = steps(READ.within(10), time)
    assert isinstance(next(flow), AcquirePermit)
    time.now += 11
    with pytest.raises(ConnectionFailed, match="nothing was sent"):
        flow.send(None)


@pytest.mark.parametrize("takes", [10.5, 600.0])
def test_a_call_whose_time_is_over_before_it_gets_a_token_is_not_sent(time, takes):
    flow = request_flow(READ.within(10), OAUTH_SETTINGS, RetryPolicy(), time)
    assert isinstance(next(flow), AcquireToken)
    time.now += takes
    with pytest.raises(DeadlineExceeded, match="nothing was sent"):
        flow.send("a token")


@pytest.mark.parametrize("takes", [9.5, 600.0])
def test_nor_is_one_whose_second_token_takes_too_long(time, takes):
    flow = request_flow(READ.within(10), OAUTH_SETTINGS, RetryPolicy(), time)
    next(flow)
    time.now += 1
    assert isinstance(flow.send("a token"), Request)
    assert isinstance(flow.send(Response(401, {}, b'{"code": 20003}')), AcquireToken)
    time.now += takes
    with pytest.raises(DeadlineExceeded, match="nothing was sent"):
        flow.send("another token")


def test_waiting_for_a_permit_takes_no_time_of_the_policy(time):
    flow = steps(READ, time)
    assert isinstance(next(flow), AcquirePermit)
    for _ in range(5):
        time.now += 600
        assert isinstance(flow.send(None), Request)
        assert isinstance(flow.send(Response(429, {})), RateLimitSleep)
        assert isinstance(flow.send(None), AcquirePermit)


WRITE = conversations.update_conversation(CH, attributes={})
SEND = messages.create_message(CH, body="Hello")
LOST, NEVER_LEFT = SendFailed("reset", never_left=False), SendFailed("refused", never_left=True)
GONE = Response(404, {}, b'{"code": 20404, "status": 404}')
PROXY = Response(401, {}, b"<html>")


@pytest.mark.parametrize(
    ("call", "outcomes", "unknown"),
    [
        (WRITE, [GONE], False),
        (WRITE, [NEVER_LEFT, GONE], False),
        (WRITE, [Response(429, {}), GONE], False),
        (WRITE, [LOST, GONE], True),
        (WRITE, [LOST, NEVER_LEFT, GONE], True),
        (WRITE, [LOST] * RetryPolicy().max_attempts, True),
        (WRITE, [LOST, *[NEVER_LEFT] * (RetryPolicy().max_attempts - 1)], True),
        (READ, [LOST, GONE], False),
        (READ, [LOST] * RetryPolicy().max_attempts, False),
        (SEND, [GONE], False),
        (SEND, [LOST], True),
    ],
)
def test_an_error_says_whether_an_attempt_may_have_taken_effect(time, call, outcomes, unknown):
    flow = request_flow(call, SETTINGS, RetryPolicy(), time)
    assert error_of(flow, *outcomes).outcome_unknown is unknown


def error_of(flow: RequestFlow[Any], *outcomes: Response | SendFailed) -> TwilioError:
    """Give the error that a flow ends with after its requests came to these outcomes."""
    step, left = next(flow), list(outcomes)
    try:
        while True:
            if isinstance(step, Request):
                step = flow.send(left.pop(0))
            else:
                step = flow.send("a token" if isinstance(step, AcquireToken) else None)
    except TwilioError as error:
        assert not left
        return error


def test_so_does_one_after_a_token_that_something_in_between_refused(time):
    flow = request_flow(WRITE, OAUTH_SETTINGS, RetryPolicy(), time)
    assert error_of(flow, PROXY, GONE).outcome_unknown
    refused = Response(401, {}, b'{"code": 20003, "status": 401}')
    flow = request_flow(WRITE, OAUTH_SETTINGS, RetryPolicy(), time)
    assert not error_of(flow, refused, GONE).outcome_unknown


def test_so_does_one_of_a_call_that_is_too_late_to_be_sent_again(time):
    flow = steps(WRITE.within(10), time)
    assert isinstance(next(flow), AcquirePermit)
    assert isinstance(flow.send(None), Request)
    assert isinstance(flow.send(LOST), Sleep)
    time.now += 11
    assert isinstance(flow.send(None), AcquirePermit)
    with pytest.raises(DeadlineExceeded, match="it was not sent again") as late:
        flow.send(None)
    assert late.value.outcome_unknown


def log_of(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == LOGGER]


def test_the_debug_log_says_why_a_request_is_or_is_not_sent_again(client, network, caplog):
    caplog.set_level(logging.DEBUG)
    network.will(rejected(429, 20429, **{"Retry-After": "7"}), httpx.ConnectError("no"), rejected(503))
    with pytest.raises(OutcomeUnknown):
        client.send(messages.create_message(CH, body="Hello"))
    network.will(httpx.ReadTimeout("late"), rejected(404, 20404))
    with pytest.raises(NotFound):
        client.send(READ)
    post, get = (
        "POST CreateConversationMessage (non-idempotent), attempt",
        "GET FetchConversation (safe), attempt",
    )
    assert [re.sub(r"[01]\.\d s", "0.x s", line) for line in log_of(caplog)] == [
        f"{post} 1: HTTP 429, code 20429; sent again in 7.0 s: Twilio did not process it",
        f"{post} 2: ConnectionFailed; sent again in 0.x s: it never left",
        f"{post} 3: HTTP 503; not sent again: it may have taken effect",
        f"{get} 1: OutcomeUnknown; sent again in 0.x s: it may have taken effect",
        f"{get} 2: HTTP 404, code 20404; not sent again: Twilio rejected it",
    ]


def test_the_debug_log_says_when_a_request_was_tried_for_long_enough(client, network, caplog):
    caplog.set_level(logging.DEBUG)
    network.will(*[rejected(503) for _ in range(5)], rejected(429, 20429, **{"Retry-After": "600"}))
    with pytest.raises(ServiceUnavailable):
        client.send(READ)
    with pytest.raises(RateLimited):
        client.send(READ)
    assert log_of(caplog)[-2].endswith("attempt 5: HTTP 503; not sent again: it was sent 5 times")
    assert log_of(caplog)[-1].endswith("not sent again: no attempt starts later than 60 s after the first")


def test_the_debug_log_holds_no_address_no_text_and_no_token(connect, network, caplog):
    caplog.set_level(logging.DEBUG)
    network.will(token("first-token"), rejected_credentials(), token("second-token"))
    network.will(*[rejected(503) for _ in range(5)], rejected(503))
    client = connect(credentials=OAUTH)
    with pytest.raises(ServiceUnavailable):
        client.send(conversations.list_participant_conversations(address="+13115552368"))
    with pytest.raises(OutcomeUnknown):
        client.send(messages.create_message(CH, body="The secret text"))
    logged = "\n".join(log_of(caplog))
    assert "GET ListParticipantConversation, attempt 1: sent again with a new token" in logged
    for hidden in ("2368", "secret", "-token", OAUTH.client_secret, "twilio.com", "/v1"):
        assert hidden not in logged


LARGE = "9" * 5_000
BODIES = [
    "[" * 100_000,
    '{"a":' * 100_000,
    f'{{"code": "{LARGE}"}}',
    f'{{"code": {LARGE}}}',
    '{"code": 1e999, "message": {}, "more_info": []}',
    '{"conversations": [], "meta": {"next_page_url": "http://["}}',
    '{"conversations": [], "meta": {"next_page_url": "/x\u2100 y"}}',
    '{"conversations": [], "meta": {"next_page_url": "/x\\r\\nHost: evil.example"}}',
]
HEADERS = [{"Date": f"Mon, 01 Jan {LARGE} 00:00:00 GMT", "Retry-After": f"01 Feb {LARGE} 00:00 GMT"}]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("status", [200, 400, 500])
def test_no_body_raises_anything_but_an_error_that_says_what_became_of_the_request(
    client, network, status, body
):
    network.will(*[httpx.Response(status, text=body, headers=HEADERS[0]) for _ in range(5)])
    with pytest.raises(ServiceUnavailable) as caught:
        client.send(conversations.list_conversations())
    assert len(str(caught.value)) < 5_000


def test_dates_that_no_calendar_has_are_not_read(client, network):
    network.will(
        rejected(429, 20429, **HEADERS[0]), httpx.Response(200, json={"sid": CH}, headers=HEADERS[0])
    )
    assert client.send(conversations.fetch_conversation(CH)).served_at is None


@pytest.mark.parametrize("long", ["message", "detail", "title", "more_info", "Twilio-Request-Id"])
def test_of_a_long_text_the_beginning_is_kept(client, network, long):
    text = "no " * 20_000
    body = {"code": 20001, "message": "no", "status": 400} | (
        {"message": None} if long in ("detail", "title") else {}
    )
    network.will(httpx.Response(400, json={**body, long: text}, headers={long: text.strip()}))
    with pytest.raises(RequestRejected) as caught:
        client.send(conversations.fetch_conversation(CH))
    assert "no no no" in str(caught.value)
    assert len(str(caught.value)) < 2_500


def test_what_stands_in_for_twilio_is_told_which_host_was_meant(connect, network):
    network.will(ok(), ok())
    connect(hosts=Hosts(base_url="http://127.0.0.1:8765")).send(READ)
    connect().send(READ)
    told = [each.headers.get("X-Forwarded-Host") for each in network.requests]
    assert told == ["conversations.twilio.com", None], "Twilio itself is told nothing"


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ({"Config": "Workers", "Limit": "1000", "Remaining": "7"}, ("Workers", "1000", "7")),
        ({"Limit": "1000", "Remaining": "7"}, ("requests", "1000", "7")),
        ({"Limit": "1000"}, None),
        ({}, None),
    ],
)
def test_a_rate_limit_is_read_where_twilio_shows_it(client, network, headers, read):
    named = {f"X-Rate-Limit-{name}": value for name, value in headers.items()}
    network.will(httpx.Response(200, json={"sid": CH}, headers=named))
    assert client.send(READ).rate_limit == read
