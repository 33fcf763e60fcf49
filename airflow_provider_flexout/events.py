"""What Twilio pushes, read: whatever it came through, and only from Twilio.

::

    for event in read_event(json.loads(body)):
        log.info("%s %s", event.kind, event.conversation_sid)

Nothing here reads anything from a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.event import ARGUMENT, Event, read_payload
from airflow_provider_flexout.outreach.events.event_streams import read_cloud_event
from airflow_provider_flexout.outreach.events.webhooks import read_webhook

__all__ = ["Event", "check_signature", "read_event"]

_EXPECTED = (
    "expected a webhook's form with EventType, a CloudEvent of Event Streams, an event of flexout relay, a "
    "list of these, or one of them as SQS, SNS, Kinesis, Kafka or Redis hand it on"
)
_DEEPEST = 10
"""Event Streams' list in SNS in SQS in Airflow's batch is eight deep: each object, list and text counts."""


def read_event(data: object) -> list[Event]:
    """Read what Twilio sent of messages, delivery receipts, tasks and interaction channels.

    ``data`` is one of these, as text, bytes or what JSON makes of it:

    * the form of a webhook of Conversations, of Flex's interactions or of TaskRouter; a value may be a list
      of one text
    * CloudEvents of Event Streams, one or a list: ``com.twilio.conversations.message.added``, and
      ``com.twilio.taskrouter`` for tasks and reservations
    * what ``flexout relay`` puts on a queue, and the payload of ``FlexReplyTrigger``
    * any of these as a queue hands it on: a message of SQS (``Body``, also from SNS), a record of Kinesis
      (``Data``, in base64), the bytes of a Kafka message, a message of Redis' Pub/Sub (``type``, ``channel``,
      ``data``), and Airflow's ``{"status": …, "message_batch": […]}``

    https://www.twilio.com/docs/conversations/conversations-webhooks
    https://www.twilio.com/docs/events/event-types

    :param data: the above. It may hold what people wrote; what is returned does not.
    :returns: the events in their order, without those that are about something else.
    :raises InvalidInput: when it is none of these, or a field is not what it should be. The error names what
        was expected, and shows nothing of what was found.
    """
    return _read(data, _DEEPEST)


def check_signature(
    token: str, url: str, params_or_body: Mapping[str, str | list[str]] | bytes, signature: str | None
) -> bool:
    """Say whether Twilio signed a request.

    Twilio signs with the account's primary Auth Token, also where API keys are used. Its signature covers the
    URL, and the fields of a form; any other body is covered by its hash, which is the URL's ``bodySHA256``.
    Twilio may or may not sign the port, so both are tried.

    https://www.twilio.com/docs/usage/security#validating-requests

    :param token: the Auth Token.
    :param url: the URL that Twilio called, with its query; the proxy's where one stands before the server.
    :param params_or_body: the fields of the form, empty for GET; or the bytes of any other body.
    :param signature: the value of ``X-Twilio-Signature``; ``None`` where there is none.
    :returns: ``True`` only for what Twilio signed: ``False`` without a token, without a signature, and for a
        body that the signature does not cover.
    """
    import hashlib
    import hmac
    from base64 import b64encode
    from urllib.parse import parse_qs, urlsplit

    if not token or not signature:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    fields = ""
    if isinstance(params_or_body, Mapping):
        for name in sorted(params_or_body):
            given = params_or_body[name]
            values = {given} if isinstance(given, str) else set(given)
            fields += "".join(name + value for value in sorted(values))
    else:
        stated = parse_qs(parts.query).get("bodySHA256", [""])[0]
        if not hmac.compare_digest(hashlib.sha256(params_or_body).hexdigest().encode(), _bytes(stated)):
            return False
    without = parts.netloc.rpartition(":")[0] if port else parts.netloc
    with_port = parts.netloc if port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
    for host in (without, with_port):
        signed = parts._replace(netloc=host).geturl() + fields
        digest = hmac.new(_bytes(token), _bytes(signed), hashlib.sha1).digest()
        if hmac.compare_digest(b64encode(digest), _bytes(signature)):
            return True
    return False


def _bytes(text: str) -> bytes:
    """Encode a text; what is not UTF-8 becomes bytes that Twilio never signed."""
    return text.encode(errors="surrogatepass")


def _read(data: object, depth: int) -> list[Event]:
    if depth == 0:
        raise InvalidInput(ARGUMENT, f"too many wrappings; {_EXPECTED}.")
    if isinstance(data, (bytes, bytearray, memoryview)):
        data = _decoded(bytes(data))
    if isinstance(data, str):
        return _read(_parsed(data), depth - 1)
    if isinstance(data, (list, tuple)):
        return [event for one in data for event in _read(one, depth - 1)]
    if not isinstance(data, Mapping):
        raise InvalidInput(ARGUMENT, f"got {type(data).__name__}; {_EXPECTED}.")
    if "specversion" in data:
        return _some(read_cloud_event(data))
    if "EventType" in data:
        return _some(read_webhook(data))
    if "v" in data or {"message_sid", "written_at"} <= data.keys():
        return [read_payload(data)]
    return _read(_unwrapped(data), depth - 1)


def _some(event: Event | None) -> list[Event]:
    return [event] if event else []


def _unwrapped(data: Mapping[str, Any]) -> object:
    """Take one wrapping of a queue away."""
    if "message_batch" in data:
        return data["message_batch"]
    if "Body" in data and "MessageId" in data:  # SQS
        return data["Body"]
    if "TopicArn" in data:  # SNS; its other messages ask to confirm the subscription
        return data["Message"] if data.get("Type") == "Notification" else []
    if "Data" in data and "SequenceNumber" in data:  # Kinesis
        return _of_base64(data["Data"])
    if {"channel", "data"} <= data.keys() and isinstance(
        data.get("type"), str
    ):  # Redis; its other messages tell of subscriptions
        return data["data"] if data["type"] in ("message", "pmessage") else []
    raise InvalidInput(ARGUMENT, f"got an object of another form; {_EXPECTED}.")


def _of_base64(data: object) -> bytes:
    import base64
    import binascii

    if isinstance(data, bytes):  # as the client of AWS gives it
        return data
    try:
        return base64.b64decode(str(data), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(ARGUMENT, "the Data of a record of Kinesis is not base64.") from None


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidInput(ARGUMENT, f"got bytes that are not UTF-8; {_EXPECTED}.") from None


def _parsed(text: str) -> object:
    """Read JSON, or the fields of a form."""
    import json
    from urllib.parse import parse_qs

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        form = parse_qs(text, keep_blank_values=True) if "EventType=" in text else {}
    if "EventType" not in form:
        raise InvalidInput(ARGUMENT, f"got a text that is neither JSON nor a form; {_EXPECTED}.")
    return form
