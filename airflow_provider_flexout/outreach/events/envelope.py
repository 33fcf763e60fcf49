"""Taking each event that Twilio pushes out of whatever a queue has wrapped around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.event import ARGUMENT, Event, read_payload
from airflow_provider_flexout.outreach.events.event_streams import read_cloud_event
from airflow_provider_flexout.outreach.events.webhooks import read_webhook

_EXPECTED = (
    "expected a webhook's form with EventType, a CloudEvent of Event Streams, an event of flexout relay, a "
    "list of these, or one of them as SQS, SNS, Kinesis, Kafka or Redis hand it on"
)
_DEEPEST = 10
"""Event Streams' list in SNS in SQS in Airflow's batch is eight deep: each object, list and text counts."""


def read_each(data: object) -> list[Event | InvalidInput]:
    """Read the events in what Twilio or a queue hands over; one that is wrong does not stop the others.

    :param data: as :func:`airflow_provider_flexout.events.read_event` takes it.
    :returns: the events, and the errors of those that cannot be read, in their order.
    """
    return _read_alone(data, _DEEPEST)


def _read_alone(data: object, depth: int) -> list[Event | InvalidInput]:
    try:
        return _read(data, depth)
    except InvalidInput as error:
        return [error]


def _read(data: object, depth: int) -> list[Event | InvalidInput]:
    if depth == 0:
        raise InvalidInput(ARGUMENT, f"too many layers of wrapping; {_EXPECTED}.")
    if isinstance(data, (bytes, bytearray, memoryview)):
        data = _decoded(bytes(data))
    if isinstance(data, str):
        return _read(_parsed(data), depth - 1)
    if isinstance(data, (list, tuple)):
        return [event for one in data for event in _read_alone(one, depth - 1)]
    if not isinstance(data, Mapping):
        raise InvalidInput(ARGUMENT, f"got {type(data).__name__}; {_EXPECTED}.")
    if "specversion" in data:
        return _some(read_cloud_event(data))
    if "EventType" in data:
        return _some(read_webhook(data))
    if "v" in data or {"message_sid", "written_at"} <= data.keys():
        return [] if durable.is_repetition(data) else [read_payload(data)]
    return _read(_unwrapped(data), depth - 1)


def _some(event: Event | None) -> list[Event | InvalidInput]:
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
