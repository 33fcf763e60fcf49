"""What a row can say of itself."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.state.records import (
    ConversationRecord,
    MessageRecord,
    ParticipantRecord,
    ReceiptRecord,
)


def message(index=0, recipients=2, *statuses):
    receipts = [ReceiptRecord("DY", "MB", "SM", status, 0, 0, 0) for status in statuses]
    text = (None, "{}", None, None, None, None, None)
    return MessageRecord("IM", "CH", index, "shop", 0, 0, *text, recipients, receipts)


def test_a_delivery_is_summed_up():
    assert message(0, 0).delivery() is None
    assert message(0, 2).delivery() == {
        "total": 2,
        **dict.fromkeys(("sent", "delivered", "read", "failed", "undelivered"), "none"),
    }
    summary = message(0, 2, "read", "undelivered").delivery()
    assert summary == {
        "total": 2,
        "sent": "all",
        "delivered": "some",
        "read": "some",
        "failed": "none",
        "undelivered": "some",
    }


def test_a_message_is_found_by_its_index_though_others_are_deleted():
    row = ConversationRecord("CH", 1, 0, 0, "system", messages=[message(0), message(3), message(4)])
    assert row.message_at(3) is row.messages[1]
    assert row.message_at(1) is None
    assert row.message_at(5) is None


def test_a_participant_is_known_by_address_or_identity():
    assert ParticipantRecord("MB1", "CH", 0, 0, identity="ada").who == "ada"
    assert ParticipantRecord("MB1", "CH", 0, 0, address="+1202").who == "+1202"
    assert ParticipantRecord("MB1", "CH", 0, 0).who == "MB1"
