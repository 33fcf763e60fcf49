"""The function on the page about pushed replies, called as an HTTP API of AWS calls it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.paths import DOCS
from tests.unit.outreach.events.pushed import ON_MESSAGE_ADDED, REPLY

TOKEN, URL = "0123456789abcdef0123456789abcdef", "https://hooks.example.com/twilio"
FORM = {**ON_MESSAGE_ADDED, "MessagingServiceSid": "", "Body": "Ja, é hoje + 1 & mais = 2"}


def call(**changed):
    """Call the function with a webhook; give its response and what it put on the queue."""
    (code,) = re.findall(
        r"```python\n((?:(?!```).)*def handler.*?)```", (DOCS / "push.md").read_text(), re.DOTALL
    )
    queue = []
    names = {
        "AUTH_TOKEN": TOKEN,
        "URL": URL,
        "QUEUE": "flexout",
        "sqs": SimpleNamespace(send_message=lambda **message: queue.append(message)),
    }
    exec(code, names)  # noqa: S102 - our own page
    event = {
        "body": b64encode(urlencode(FORM).encode()).decode(),
        "isBase64Encoded": True,
        "headers": {"x-twilio-signature": RequestValidator(TOKEN).compute_signature(URL, FORM)},
    }
    return names["handler"](event | changed, None), queue


@pytest.mark.parametrize("changed", [{}, {"body": urlencode(FORM), "isBase64Encoded": False}])
def test_what_twilio_signed_goes_on_the_queue_without_its_text(changed):
    response, queue = call(**changed)
    assert response == {"statusCode": 204}
    assert queue == [{"QueueUrl": "flexout", "MessageBody": json.dumps(REPLY)}]


@pytest.mark.parametrize("headers", [{}, {"x-twilio-signature": "c2lnbmF0dXJl"}])
def test_anything_else_does_not(headers):
    assert call(headers=headers) == ({"statusCode": 403}, [])
