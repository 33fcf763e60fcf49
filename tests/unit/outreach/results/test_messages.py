"""What the messages of an outreach tell."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.results.messages import read_deliveries, status_of, summarize
from airflow_provider_flexout.twilio.api.messages import Message, Receipt, ReceiptPage

BEGAN = datetime(2026, 11, 22, tzinfo=timezone.utc)
CUSTOMER = "MB1"
STAGES = ("sent", "delivered", "read", "undelivered", "failed")


def message(index, *, by=None, body="Hi", key=None, delivery=None):
    reached = {stage: "all" if stage in (delivery or "").split() else "none" for stage in STAGES}
    return Message(
        sid=f"IM{index}",
        index=index,
        conversation_sid="CH1",
        participant_sid=by,
        body=body,
        attributes=json.dumps({"flexout_key": key}) if key else "{}",
        delivery=None if delivery is None else reached,
        date_created=BEGAN + timedelta(minutes=index),
    )


def read(messages, receipts=()):
    """Run the procedure; each list of receipts that it asks for is the same."""
    procedure, asked, page = read_deliveries(messages, {CUSTOMER}), [], None
    while True:
        try:
            asked.append(procedure.send(page))
        except StopIteration as done:
            return done.value, asked
        page = ReceiptPage(items=list(receipts))


@pytest.mark.parametrize(
    ("delivery", "status"),
    [
        (None, None),
        ("", "queued"),
        ("sent", "sent"),
        ("sent delivered", "delivered"),
        ("sent delivered read", "read"),
        ("sent undelivered", "undelivered"),
        ("failed", "failed"),
    ],
)
def test_the_furthest_stage_of_a_delivery(delivery, status):
    assert status_of(message(0, delivery=delivery)) == status


def test_who_wrote_a_message():
    messages = [
        message(0, key="fx0", delivery="sent"),
        message(1, by=CUSTOMER),
        message(2, by="MB2", delivery="sent"),
        message(3, delivery="sent"),
    ]
    found, asked = read(messages)
    assert [one.author_kind for one in found] == ["pipeline", "customer", "agent", "system"]
    assert [one.status for one in found] == ["sent", None, "sent", "sent"]
    assert asked == []


@pytest.mark.parametrize(
    ("receipts", "code"),
    [
        ([("failed", "MB2", 30003), ("undelivered", CUSTOMER, 30007)], 30007),
        ([("failed", "MB2", 30003), ("delivered", CUSTOMER, 0)], 30003),
        ([("undelivered", CUSTOMER, 0)], None),
        ([], None),
    ],
)
def test_the_code_is_the_customers_where_they_have_one(receipts, code):
    made = [
        Receipt(sid=f"DY{number}", status=status, participant_sid=by, error_code=error)
        for number, (status, by, error) in enumerate(receipts)
    ]
    (found,), asked = read([message(0, delivery="undelivered")], made)
    assert (found.error_code, len(asked)) == (code, 1)


def summary_of(*messages, first_message_sid=None, code=None):
    receipts = [Receipt(sid="DY1", status="failed", participant_sid=CUSTOMER, error_code=code)]
    found, _ = read(list(messages), receipts)
    return summarize(found, CHANNELS["sms"], first_message_sid)


def test_the_first_message_and_the_reply_to_it():
    early, agent, ours, reply = (
        message(0, by=CUSTOMER),
        message(1, by="MB2"),
        message(2, key="fx0"),
        message(3, by=CUSTOMER),
    )
    summary = summary_of(early, agent, ours, reply)
    assert (summary.first.message, summary.first_reply.message) == (ours, reply)
    assert (summary.inbound, summary.outbound) == (2, 2)
    named = summary_of(early, agent, ours, reply, first_message_sid="IM1")
    assert named.first.message is agent
    assert summary_of(early, agent).first.message is agent
    assert summary_of(early).first is None
    assert summary_of(early).first_reply.message is early
    assert summary_of(ours).first_reply is None


@pytest.mark.parametrize(
    ("messages", "code", "at"),
    [
        ([message(0, delivery="delivered"), message(1, by=CUSTOMER, body=" stop ")], None, 1),
        ([message(0, by=CUSTOMER, body="STOP"), message(1, by=CUSTOMER, body="START")], None, None),
        ([message(0, by=CUSTOMER, body="STOP"), message(1, by=CUSTOMER, body="Why?")], None, 0),
        ([message(0, by=CUSTOMER, body="STOP"), message(1, delivery="delivered")], None, None),
        ([message(0, by=CUSTOMER, body="STOP"), message(1, delivery="sent")], None, 0),
        *[([message(0, delivery="failed")], code, 0) for code in (21610, 30630, 63014, 63033, 63050)],
        ([message(0, delivery="failed")], 30003, None),
        ([message(0, by="MB2", body="STOP")], None, None),
        ([], None, None),
    ],
)
def test_when_the_customer_opted_out(messages, code, at):
    found = summary_of(*messages, code=code).opted_out_at
    assert found == (None if at is None else BEGAN + timedelta(minutes=at))
