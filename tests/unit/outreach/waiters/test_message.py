"""The stages of a message, and the ends of a wait for them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import DeliveryFailed
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.waiters.message import MessageWaiter
from airflow_provider_flexout.outreach.waiters.polling import wait_for

CUSTOMER = "+12025550117"


@pytest.fixture
def sent(attempt, client, sandbox):
    def send(until: str, channel: str = "sms") -> MessageWaiter:
        conversation_sid = attempt(channel=channel).conversation_sid
        if channel == "whatsapp":  # opens the 24 hours for free text
            sandbox.customer(f"whatsapp:{CUSTOMER}").says("Hi", in_conversation=conversation_sid)
        message = client.run(send_once(MessageDraft(derive_key("m"), conversation_sid, body="Hello")))
        return MessageWaiter(conversation_sid, message.message_sid, until)

    return send


@pytest.mark.parametrize("until", ["sent", "delivered", "read"])
def test_the_stages_of_a_message(wait, elapsed, sandbox, sent, until):
    sandbox.customer().receives(after="20s", reads_after="2m")
    waiter = sent(until, "whatsapp" if until == "read" else "sms")
    began = sandbox.clock.now()
    assert wait(waiter) == until
    assert elapsed(began) <= {"sent": 20, "delivered": 30, "read": 160}[until]


def test_a_message_that_does_not_arrive(wait, sandbox, sent):
    sandbox.customer(CUSTOMER).fails(code=30007)
    with pytest.raises(DeliveryFailed, match=r"code 30007\. The carrier filtered it"):
        wait(sent("delivered"))


def test_the_first_poll_of_a_wait_comes_after_five_seconds(sent):
    procedure = wait_for(sent("sent"))
    assert next(procedure).seconds >= 5
