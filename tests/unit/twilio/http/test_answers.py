"""Answers are read leniently, and shown sparingly."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout.twilio.api import conversations, interactions
from airflow_provider_flexout.twilio.http.errors import RequestRejected
from airflow_provider_flexout.twilio.http.redaction import mask_address, mask_text

KD, UO, CH, WT, KG = (prefix + "1" * 32 for prefix in ("KD", "UO", "CH", "WT", "KG"))


def test_an_interaction_carries_its_task_as_json_in_a_string():
    answer = interactions.Interaction.model_validate(
        {
            "sid": KD,
            "channel": {"type": "sms", "sid": UO},
            "routing": {
                "reservation": None,
                "properties": {
                    "sid": WT,
                    "attributes": f'{{"conversationSid": "{CH}", "flexChannelInviteSid": "{KG}"}}',
                    "date_created": 1761934290,
                    "assignmentCounter": 0,
                },
            },
        }
    )
    assert (answer.channel_sid, answer.channel_type, answer.task_sid) == (UO, "sms", WT)
    assert answer.task_attributes == {"conversationSid": CH, "flexChannelInviteSid": KG}
    assert answer.task["date_created"] == 1761934290


@pytest.mark.parametrize(
    "routing",
    [
        None,
        {},
        {"properties": None},
        {"properties": {"attributes": None}},
        {"properties": {"attributes": "not json"}},
        {"properties": {"attributes": "[1]"}},
    ],
)
def test_what_is_missing_reads_as_missing(routing):
    answer = interactions.Interaction.model_validate({"sid": KD, "routing": routing})
    assert (answer.task_sid, answer.task_attributes, answer.channel_sid) == (None, {}, None)


def test_unknown_fields_are_kept():
    answer = conversations.Conversation.model_validate({"sid": CH, "brand_new": {"a": 1}})
    assert answer.model_extra == {"brand_new": {"a": 1}}


def test_a_repr_shows_no_more_than_the_sid():
    answer = conversations.Participant.model_validate(
        {"sid": "MB1", "messaging_binding": {"address": "+13115552368"}}
    )
    assert "2368" not in repr(answer)
    assert "MB1" in repr(answer)


def test_the_date_of_an_answer_is_twilios(client, network):
    network.will(
        httpx.Response(200, json={"sid": CH}, headers={"Date": "Sun, 22 Nov 2026 10:00:00 GMT"}),
        httpx.Response(200, json={"sid": CH}, headers={"Date": "whenever"}),
        httpx.Response(200, json={"sid": CH}),
    )
    dates = [client.send(conversations.fetch_conversation(CH)).served_at for _ in range(3)]
    assert str(dates[0]) == "2026-11-22 10:00:00+00:00"
    assert dates[1:] == [None, None]


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
        "binding address +1•••••2368. Request RQ123. Twilio takes addresses in E.164 (+13115552368), WhatsApp "
        "ones as whatsapp:+13115552368. https://www.twilio.com/docs/errors/50407"
    )


def test_newer_products_describe_problems_by_rfc_9457(client, network):
    problem = {"type": "about:blank", "title": "Bad", "detail": "The field is wrong", "code": 20001}
    network.will(httpx.Response(400, json={**problem, "status": 400}))
    with pytest.raises(RequestRejected, match="The field is wrong"):
        client.send(conversations.fetch_conversation(CH))


@pytest.mark.parametrize("body", ["", "<html>Bad Gateway</html>", "[]", '"no"'])
def test_an_error_without_a_body_is_an_error_all_the_same(client, network, body):
    network.will(httpx.Response(404, text=body))
    with pytest.raises(RequestRejected, match="HTTP 404: Not Found"):
        client.send(conversations.fetch_conversation(CH))


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("+13115552368", "+1•••••2368"),
        ("whatsapp:+13115552368", "whatsapp:+1•••••2368"),
        ("ada@example.com", "a•••@example.com"),
        ("messenger:1234567890", "messenger:12•••"),
        ("guest_42", "gu•••"),
        (None, "(none)"),
        ("", "(none)"),
    ],
)
def test_masked_addresses(address, masked):
    assert mask_address(address) == masked


def test_sids_survive_masking():
    text = f"A binding for +13115552368 already exists in Conversation {CH}"
    assert mask_text(text) == f"A binding for +1•••••2368 already exists in Conversation {CH}"
