"""The relay, served, with a real Redis behind it and the sandbox's signed webhooks before it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from airflow_provider_flexout.events import read_event
from tests.sandbox_process import client_of
from tests.unit.relay.served import served
from tests.unit.relay.twilio_requests import (
    CONVERSATION,
    CUSTOMER,
    MESSAGE,
    TEXT,
    TOKEN,
    cloud_event,
    post,
    post_json,
    webhook,
)


def test_an_event_is_kept_and_published_without_address_and_text(relay, redis_server):
    listener = redis_server.client.pubsub()
    listener.subscribe("flexout-events")
    assert listener.get_message(timeout=30)["type"] == "subscribe"
    assert post(relay, webhook()).status_code == 204
    [kept] = redis_server.events()
    published = listener.get_message(timeout=30)
    assert published["data"] == kept
    assert CUSTOMER not in kept
    assert TEXT not in kept
    assert [(one.kind, one.conversation_sid, one.message_sid) for one in read_event(published)] == [
        ("reply", CONVERSATION, MESSAGE)
    ]
    assert json.loads(kept)["v"] == 1


def test_what_is_too_large_is_refused(relay, redis_server):
    stated = post(relay, webhook(Body="a" * (1 << 20)))
    with socket.create_connection(relay.removeprefix("http://").split(":")) as connection:
        connection.sendall(b"POST /events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
        connection.sendall(piece * 16 + b"1\r\na\r\n")  # and no end
        response = connection.recv(65_536)
    assert (stated.status_code, response[:13]) == (413, b"HTTP/1.1 413 ")
    assert redis_server.events() == []


@pytest.mark.parametrize(("age", "status", "kept"), [(5.9, 204, 1), (6.1, 400, 0)])
def test_an_old_request_is_refused_since_a_signature_never_ends(relay, redis_server, age, status, kept):
    written = datetime.now(timezone.utc) - timedelta(hours=age)
    response = post(relay, webhook(written))
    assert response.status_code == status
    assert kept or response.text == "all of its events are older than 6 hours.\n"
    assert len(redis_server.events()) == kept


def test_a_batch_of_event_streams(relay, redis_server):
    body = json.dumps(
        [cloud_event("com.twilio.voice.insights.call-summary.complete", callSid="CA" + "1" * 32)]
    ).encode()
    assert post_json(relay, body).status_code == 204
    assert redis_server.events() == []


def test_what_is_wrong_in_a_batch_does_not_stop_the_rest_of_it(relay, redis_server, caplog):
    """Twilio would send the whole batch again, for hours, and then drop it."""
    fine = {"ConversationSid": CONVERSATION, "MessageSid": MESSAGE, "Author": CUSTOMER, "Body": TEXT}
    added = "com.twilio.conversations.message.added"
    batch = [cloud_event(added, **fine | {"MessageSid": CUSTOMER}), cloud_event(added, **fine), CUSTOMER]
    assert post_json(relay, json.dumps(batch).encode()).status_code == 204
    assert [json.loads(event)["message_sid"] for event in redis_server.events()] == [MESSAGE]
    [line] = [record.message for record in caplog.records if "Left out 2 events" in record.message]
    assert "is not a SID" in line
    assert CUSTOMER not in line


@pytest.mark.parametrize(
    "media_type", ["Application/X-WWW-Form-URLEncoded", "application/x-www-form-urlencoded ;charset=utf-8"]
)
def test_a_media_type_is_the_same_in_any_case(relay, redis_server, media_type):
    form = webhook()
    headers = {
        "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(f"{relay}/events", form),
        "Content-Type": media_type,
    }
    sent = httpx.post(f"{relay}/events", content=urlencode(form), headers=headers, trust_env=False)
    assert (sent.status_code, len(redis_server.events())) == (204, 1)


@pytest.mark.parametrize("body", [b"{", b"[1, 2]", b'{"type": "x"}', b"\xff\xfe", b""])
def test_what_is_signed_and_not_understood_is_refused_with_what_was_expected(relay, redis_server, body):
    refused = post_json(relay, body)
    assert refused.status_code == 400
    assert "expected" in refused.text
    assert redis_server.events() == []


def test_events_about_something_else_are_acknowledged_and_passed_over(relay, redis_server):
    assert post(relay, webhook(EventType="onUserUpdated")).status_code == 204
    assert redis_server.events() == []


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/", 404), ("GET", "/events", 405)])
def test_whoever_calls_another_path_is_told_which_there_are(relay, caplog, method, path, status):
    response = httpx.request(method, relay + path, trust_env=False)
    said = "the relay takes POST /events, which Twilio must call, and GET /health."
    assert (response.status_code, response.text) == (status, f"{said}\n")
    assert [record.message for record in caplog.records] == [f"Refused a request with {status}: {said}"]


def test_many_at_once_are_all_kept(relay, redis_server):
    async def everything():
        # None is kept: the relay closes a connection that has been idle for 5 s, as one is on a busy machine.
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=0)
        async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:

            async def one(number: int) -> int:
                form = webhook(MessageSid=f"IM{number:032x}")
                signature = RequestValidator(TOKEN).compute_signature(f"{relay}/events", form)
                response = await client.post(
                    f"{relay}/events", data=form, headers={"X-Twilio-Signature": signature}
                )
                return response.status_code

            return await asyncio.gather(*map(one, range(300)))

    assert set(asyncio.run(everything())) == {204}
    kept = [json.loads(event)["message_sid"] for event in redis_server.events()]
    assert sorted(kept) == [f"IM{number:032x}" for number in range(300)]


def test_of_two_relays_each_takes_what_comes_to_it(redis_server):
    """What Twilio sends again, to the other one, is on the queue twice; whoever reads it knows its SID."""
    forms = [webhook(MessageSid=f"IM{number:032x}") for number in range(20)]
    with served(redis_server.url) as first, served(redis_server.url) as second:
        told = [post((first, second)[number % 2], form).status_code for number, form in enumerate(forms)]
        told.append(post(second, forms[0]).status_code)
    assert set(told) == {204}
    kept = [json.loads(event)["message_sid"] for event in redis_server.events()]
    assert kept == [*(one["MessageSid"] for one in forms), forms[0]["MessageSid"]]


def test_the_sandbox_pushes_what_its_customers_write(redis_server, flex_sandbox):
    sandbox = flex_sandbox
    connection = sandbox.connection()
    with (
        served(redis_server.url, connection["password"]) as where,
        client_of(connection) as twilio,
    ):
        form = {"PostWebhookUrl": f"{where}/events", "Method": "POST", "Filters": "onMessageAdded"}
        twilio.post("/v1/Configuration/Webhooks", data=form).raise_for_status()
        sid = twilio.post("/v1/Conversations").raise_for_status().json()["sid"]
        pair = {"MessagingBinding.Address": CUSTOMER, "MessagingBinding.ProxyAddress": "+13115550100"}
        twilio.post(f"/v1/Conversations/{sid}/Participants", data=pair).raise_for_status()
        sandbox.customer(CUSTOMER).says(TEXT)
        give_up = time.monotonic() + 30
        while not sandbox.callbacks or sandbox.callbacks[-1].status is None:
            assert time.monotonic() < give_up
            time.sleep(0.01)
    assert [one.status for one in sandbox.callbacks] == [204]
    [event] = [json.loads(event) for event in redis_server.events()]
    assert (event["kind"], event["conversation_sid"]) == ("reply", sid)
