"""What Twilio pushes is read through every wrapping, and only what Twilio signed counts as Twilio's."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from airflow_provider_flexout.events import check_signature, read_event
from airflow_provider_flexout.outreach.errors import InvalidInput
from tests.unit.outreach.events.pushed import (
    AUTHOR,
    MESSAGE_ADDED,
    ON_MESSAGE_ADDED,
    REPLY,
    TASK_WRAPUP,
    TEXT,
    cloud_event,
)

TOKEN = "an-auth-token-of-thirty-two-chars"
OURS = json.dumps(REPLY)
BATCH = json.dumps([MESSAGE_ADDED, cloud_event("com.example.other", {}), TASK_WRAPUP])


def sqs(body: str) -> dict[str, Any]:
    return {"MessageId": "m", "ReceiptHandle": "r", "MD5OfBody": "5", "Body": body}


def sns(message: str) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:x", "Message": message}


def kinesis(data: str) -> dict[str, Any]:
    return {
        "ShardId": "shardId-000000000000",
        "SequenceNumber": "4",
        "PartitionKey": "p",
        "ApproximateArrivalTimestamp": None,
        "Data": base64.b64encode(data.encode()).decode(),
    }


def batch(*messages: dict[str, Any]) -> dict[str, Any]:
    """As Airflow's triggers for SQS and Kinesis hand on what they got."""
    return {"status": "success", "message_batch": list(messages)}


def redis(data: object, kind: str = "message") -> dict[str, Any]:
    return {"type": kind, "pattern": None, "channel": "flexout", "data": data}


@pytest.mark.parametrize(
    "data",
    [
        ON_MESSAGE_ADDED,
        urlencode(ON_MESSAGE_ADDED),
        urlencode(ON_MESSAGE_ADDED).encode(),
        MESSAGE_ADDED,
        [MESSAGE_ADDED],
        json.dumps(MESSAGE_ADDED),
        REPLY,
        OURS.encode(),
        bytearray(OURS.encode()),
        redis(OURS),
        redis(OURS.encode()),
        redis(OURS, "pmessage"),
        batch(sqs(OURS)),
        batch(sqs(urlencode(ON_MESSAGE_ADDED))),
        batch(sqs(json.dumps(sns(json.dumps([MESSAGE_ADDED]))))),
        batch(kinesis(json.dumps(MESSAGE_ADDED))),
        {"Data": json.dumps(MESSAGE_ADDED).encode(), "SequenceNumber": "4", "PartitionKey": "p"},
        sns(OURS),
    ],
)
def test_a_reply_is_read_through_every_wrapping(data):
    assert [one.payload() for one in read_event(data)] == [REPLY]


def test_a_batch_keeps_its_order_and_passes_over_what_is_about_something_else():
    assert [one.kind for one in read_event(BATCH)] == ["reply", "task"]
    wrapped = batch(sqs(OURS), sqs(BATCH), kinesis(json.dumps(TASK_WRAPUP)))
    assert [one.kind for one in read_event(wrapped)] == ["reply", "reply", "task", "task"]
    assert read_event([]) == read_event(batch()) == []


def test_what_a_queue_says_of_itself_is_passed_over():
    assert read_event(redis(1, "subscribe")) == []
    assert read_event(sns("x") | {"Type": "SubscriptionConfirmation"}) == []


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        "",
        TEXT,
        f"EventType {TEXT}",
        {"From": AUTHOR, "Body": TEXT},
        {AUTHOR: TEXT},
        b"\xff" + AUTHOR.encode(),
        batch(kinesis("")) | {"message_batch": [{"Data": AUTHOR, "SequenceNumber": "1"}]},
        "[" * 100_000,
        ["x"] * 2,
        redis(None),
        redis(OURS, {}),  # type: ignore[arg-type]
    ],
    ids=lambda one: repr(one)[:30],
)
def test_a_form_that_is_unknown_is_an_error_that_shows_nothing_of_it(data):
    with pytest.raises(InvalidInput) as refused:
        read_event(data)
    assert "Kinesis" in str(refused.value)
    assert not any(part in str(refused.value) for part in (AUTHOR, TEXT, "Elm", "555"))


def test_a_text_in_a_text_in_a_text_ends():
    data = OURS
    for _ in range(8):
        data = json.dumps([data])
    with pytest.raises(InvalidInput, match="too many layers of wrapping"):
        read_event(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "channel",
                        "data",
                        "specversion",
                        "EventType",
                        "v",
                        "kind",
                        "Body",
                        "MessageId",
                        "TopicArn",
                        "Type",
                        "Message",
                        "Data",
                        "SequenceNumber",
                        "message_batch",
                        "payload",
                        "message_sid",
                        "written_at",
                    ]
                )
                | st.text(),
                one,
            )
        ),
    )
)
def test_whatever_comes_is_read_or_refused(data):
    try:
        found = read_event(data)
    except InvalidInput:
        return
    assert all(one.payload() for one in found)


@pytest.mark.parametrize("data", [ON_MESSAGE_ADDED, MESSAGE_ADDED, TASK_WRAPUP])
def test_nothing_that_people_wrote_is_in_an_event(data):
    (event,) = read_event(data)
    for shown in (repr(event), json.dumps(event.payload())):
        assert not any(part in shown for part in (AUTHOR, TEXT, "Ada"))


# Signatures. Twilio's own validator takes a form as a MultiDict, which is what frameworks give it.


class MultiDict(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        return self[name]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
PATHS = st.text(st.sampled_from("abcXYZ09/-._~%"), max_size=12)
URLS = st.builds(
    "{}://{}{}/{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["relay.example.com", "10.0.0.7", "localhost"]),
    st.sampled_from(["", ":80", ":443", ":8766", ":"]),
    PATHS,
    st.sampled_from(["", "?", "?a=b", "?a=b&bodySHA256=0f", "#part"]),
)
FORMS = st.dictionaries(TEXTS, st.lists(TEXTS, max_size=3), max_size=4)


@given(URLS, FORMS, st.booleans(), TEXTS)
def test_a_signed_form_is_taken_as_twilios_own_validator_takes_it(url, form, with_port, other):
    theirs = RequestValidator(TOKEN)
    signed = url.replace(":443", "").replace(":80", "") if with_port else url
    for text, fields in ((signed, form), (url, form), (url + other, form), (url, form | {other: [other]})):
        signature = theirs.compute_signature(text, MultiDict(fields))
        expected = theirs.validate(url, MultiDict(form), signature)
        assert check_signature(TOKEN, url, form, signature) is expected
        assert check_signature(TOKEN + "x", url, form, signature) is False
        assert check_signature(TOKEN, url, form, signature + "=") is False


@given(URLS, TEXTS, TEXTS)
def test_a_signed_body_is_taken_as_twilios_own_validator_takes_it(url, body, other):
    theirs = RequestValidator(TOKEN)
    bare = url.partition("#")[0].partition("?")[0]
    hashed = f"{bare}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = theirs.compute_signature(hashed, {})
    for text in (body, other):
        assert check_signature(TOKEN, hashed, text.encode(), signature) is theirs.validate(
            hashed, text, signature
        )


def test_a_request_that_twilio_signed():
    """The example of Twilio's page on security, so that both validators cannot be wrong at once."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    params = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234"}
    params |= {"From": "+14158675310", "To": "+18005551212"}
    assert check_signature("12345", url, params, "GvWf1cFY/Q7PnoempGyD5oXAezc=")


def signed(url: str, token: str = TOKEN) -> str:
    return RequestValidator(token).compute_signature(url, {})


def test_it_fails_closed():
    url, body = "https://relay.example.com/", b'{"a": 1}'
    hashed = f"{url}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    assert check_signature(TOKEN, hashed, body, signed(hashed))
    assert not check_signature("", hashed, body, signed(hashed, ""))
    assert not check_signature(TOKEN, hashed, body, None)
    assert not check_signature(TOKEN, hashed, body, "")
    assert not check_signature(TOKEN, hashed, body, "é\udc80")
    assert not check_signature(TOKEN, hashed, b'{"a": 2}', signed(hashed))
    # Nothing covers a body whose hash is not in the URL.
    assert not check_signature(TOKEN, url, body, signed(url))
    assert not check_signature(TOKEN, f"{url}?bodySHA256=", body, signed(f"{url}?bodySHA256="))
    wrong = f"{url}?bodySHA256={quote('é')}"
    assert not check_signature(TOKEN, wrong, body, signed(wrong))
    for nonsense in ("https://relay.example.com:port/", "https://[::1", "https://relay.example.com:99999/"):
        assert not check_signature(TOKEN, nonsense, {}, signed(nonsense))
    assert not check_signature(TOKEN, url, {"Body": "\udc80"}, signed(url))


def test_the_port_goes_and_the_credentials_stay():
    url = "https://user:secret@relay.example.com:8443/"
    assert check_signature(TOKEN, url, {}, signed("https://user:secret@relay.example.com/"))
    assert check_signature(TOKEN, url, {}, signed(url))
    assert not check_signature(TOKEN, url, {}, signed("https://user/"))


def test_the_time_of_an_event_is_aware():
    (event,) = read_event(ON_MESSAGE_ADDED)
    assert event.time == datetime(2026, 11, 22, 6, 0, 0, 123000, tzinfo=timezone.utc)
