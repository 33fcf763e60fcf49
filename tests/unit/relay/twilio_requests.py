"""What Twilio sends to a relay, signed by Twilio's own package."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone

import httpx
from twilio.request_validator import RequestValidator

TOKEN = "0123456789abcdef0123456789abcdef"
CONVERSATION, MESSAGE, PARTICIPANT = "CH" + "1" * 32, "IM" + "2" * 32, "MB" + "3" * 32
CUSTOMER, TEXT = "+12025550117", "Yes, it has come"


def webhook(written: datetime | None = None, **fields: str) -> dict[str, str]:
    """The form of onMessageAdded, as Twilio's page on Conversations' webhooks has it."""
    return {
        "EventType": "onMessageAdded",
        "AccountSid": "AC" + "9" * 32,
        "Source": "SMS",
        "ConversationSid": CONVERSATION,
        "MessageSid": MESSAGE,
        "ParticipantSid": PARTICIPANT,
        "Index": "3",
        "Author": CUSTOMER,
        "Body": TEXT,
        "Attributes": "{}",
        "DateCreated": f"{written or datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S.000Z}",
        **fields,
    }


def cloud_event(event_type: str, **data: str) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "type": event_type,
        "source": f"/{data.get('conversationSid', CONVERSATION)}",
        "id": "EZ" + "5" * 32,
        "time": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S.000Z}",
        "datacontenttype": "application/json",
        "data": data,
    }


def post(where: str, form: dict[str, str], token: str = TOKEN, signed_url: str | None = None, path="/events"):
    """Send a form as Twilio does, signed by Twilio's own package."""
    signature = RequestValidator(token).compute_signature(signed_url or where + path, form)
    return httpx.post(where + path, data=form, headers={"X-Twilio-Signature": signature}, trust_env=False)


def post_json(where: str, body: bytes):
    """Send JSON as Event Streams does: the URL is signed, and names the hash of the body."""
    url = f"{where}/events?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {
        "X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, {}),
        "Content-Type": "application/json",
    }
    return httpx.post(url, content=body, headers=headers, trust_env=False)
