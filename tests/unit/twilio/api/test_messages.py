"""A message contacts somebody; what is read of it contacts nobody, and neither does a file."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_flexout.twilio.api.messages import (
    Message,
    MessagePage,
    ReceiptPage,
    create_media,
    create_message,
    fetch_message,
    list_messages,
    list_receipts,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety
from airflow_provider_flexout.twilio.http.codes import ErrorCode


def test_a_second_message_would_be_read_by_a_customer():
    call = create_message("CH1", body="Hello", content_variables={"1": "Ada"}, attributes=None)
    assert call.retry_safety is RetrySafety.NON_IDEMPOTENT
    assert call.form == {"Body": "Hello", "ContentVariables": '{"1":"Ada"}'}


def test_reading_is_safe():
    for call in (fetch_message("CH1", "IM1"), list_messages("CH1"), list_receipts("CH1", "IM1")):
        assert call.retry_safety is RetrySafety.SAFE


def test_lists_name_their_items():
    assert MessagePage.model_validate({"messages": [{"sid": "IM1"}]}).items[0].sid == "IM1"


@pytest.mark.parametrize("written", [30034, "30034"])
def test_a_receipts_code_may_be_text(written):
    receipts = ReceiptPage.model_validate({"delivery_receipts": [{"sid": "DY1", "error_code": written}]})
    assert receipts.items[0].error_code == ErrorCode.SENDER_NOT_REGISTERED


def test_attributes_are_read_from_their_string():
    assert Message(sid="IM1", attributes='{"a": 1}').attribute_object == {"a": 1}


def test_a_file_is_sent_as_it_is(client, network):
    network.will(httpx.Response(201, json={"sid": "ME1", "size": 3}))
    made = client.send(create_media("IS1", b"\x89PN", "image/png"))
    (request,) = network.requests
    assert str(request.url) == "https://mcs.us1.twilio.com/v1/Services/IS1/Media"
    assert (request.method, request.read()) == ("POST", b"\x89PN")
    assert request.headers["Content-Type"] == "image/png"
    assert (made.sid, made.size) == ("ME1", 3)
