"""What Twilio's sum of a message's receipts says of it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.delivery import MessageDelivery, read_delivery
from airflow_provider_flexout.twilio.api.messages import Message, Receipt, ReceiptPage

MESSAGE, CONVERSATION = "IM" + 32 * "0", "CH" + 32 * "0"


def read(delivery: dict[str, str] | None, *receipts: tuple[str, int]) -> MessageDelivery:
    """Run the look over these responses."""
    procedure = read_delivery(CONVERSATION, MESSAGE)
    next(procedure)
    response = Message(sid=MESSAGE, delivery=delivery)
    page = ReceiptPage(items=[Receipt(sid="DY0", status=one, error_code=code) for one, code in receipts])
    try:
        procedure.send(response)
        procedure.send(page)
    except StopIteration as done:
        return done.value
    raise AssertionError("asks for more")


@pytest.mark.parametrize(
    ("delivery", "receipts", "found"),
    [
        (None, (), MessageDelivery(None)),
        ({}, (), MessageDelivery("queued")),
        ({"sent": "all"}, (), MessageDelivery("sent")),
        ({"sent": "all", "delivered": "some"}, (), MessageDelivery("delivered")),
        ({"delivered": "all", "read": "all"}, (), MessageDelivery("read")),
        (
            {"sent": "all", "undelivered": "all"},
            (("undelivered", 30003),),
            MessageDelivery("undelivered", 30003),
        ),
        ({"failed": "some"}, (("delivered", 0), ("failed", 0)), MessageDelivery("failed")),
        ({"sent": "all", "failed": "all"}, (("sent", 0),), MessageDelivery("sent")),
    ],
)
def test_what_became_of_a_message(delivery, receipts, found):
    assert read(delivery, *receipts) == found


@pytest.mark.parametrize(
    ("status", "reached"),
    [
        (None, ["queued", "sent", "delivered", "read"]),
        ("queued", ["queued"]),
        ("delivered", ["queued", "sent", "delivered"]),
        ("failed", []),
        ("undelivered", []),
    ],
)
def test_how_far_it_is(status, reached):
    stages = ("queued", "sent", "delivered", "read")
    assert [one for one in stages if MessageDelivery(status).has_reached(one)] == reached
    assert MessageDelivery(status).has_failed is (status in ("failed", "undelivered"))
