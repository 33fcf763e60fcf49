"""The stages of an interaction and of a message, and the ends of a wait for them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import DeliveryFailed, InteractionFailed
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.waiters.polling import wait_for
from airflow_provider_flexout.outreach.waiters.stages import InteractionWaiter, MessageWaiter
from airflow_provider_flexout.twilio.http.errors import ServiceUnavailable


@pytest.fixture
def waiter_until(attempt, sandbox):
    def make(until: str) -> InteractionWaiter:
        opened = attempt()
        workspace = sandbox.connection()["extra"]["workspace_sid"]
        return InteractionWaiter(
            workspace, opened.interaction_sid, opened.channel_sid, opened.task_sid, until
        )

    return make


@pytest.mark.parametrize(
    ("until", "status"),
    [("accepted", "accepted"), ("active", "active"), ("assigned", "assigned"), ("completed", "completed")],
)
def test_the_stages_of_an_interaction(wait, elapsed, sandbox, waiter_until, until, status):
    sandbox.settings.channel_setup = 8.0
    sandbox.agent().accepts(after="30s").finishes(after="5m")
    began = sandbox.clock.now()
    assert wait(waiter_until(until)) == status
    reached = {"accepted": 0, "active": 8, "assigned": 38, "completed": 338}[until]
    assert reached <= elapsed(began) <= reached * 1.1 + 15


def test_a_day_of_waiting_costs_few_reads(wait, sandbox, waiter_until):
    sandbox.agent().accepts(after="23h")
    waiter = waiter_until("assigned")
    sandbox.requests.clear()
    wait(waiter)
    assert len(sandbox.requests) <= 250


def test_a_task_that_has_ended_and_vanished(wait, sandbox, waiter_until):
    sandbox.agent().accepts(after=0).finishes(after="1m")
    waiter = waiter_until("completed")
    sandbox.clock.advance("1d")
    assert wait(waiter) == "completed"


def test_a_task_that_timed_out_and_vanished_ends_the_wait(wait, sandbox, waiter_until):
    sandbox.agent().away()
    waiter = waiter_until("assigned")
    sandbox.clock.advance("2d")
    with pytest.raises(InteractionFailed, match="is gone"):
        wait(waiter)


def test_a_failed_channel_ends_the_wait(wait, sandbox, waiter_until):
    sandbox.faults.fail_channel(45352)
    with pytest.raises(InteractionFailed, match="45352"):
        wait(waiter_until("active"))


def test_a_canceled_task_ends_the_wait(wait, sandbox, waiter_until):
    sandbox.agent().declines(after="1m")
    with pytest.raises(InteractionFailed, match="was canceled"):
        wait(waiter_until("assigned"))


def test_an_outage_in_the_middle_is_survived(wait, sandbox, waiter_until):
    sandbox.agent().accepts(after="10m")
    waiter = waiter_until("assigned")
    sandbox.faults.fail("FetchTask", 503, times=12)
    assert wait(waiter) == "assigned"


def test_an_outage_without_an_end_is_not(wait, sandbox, waiter_until):
    waiter = waiter_until("completed")
    sandbox.faults.fail("FetchTask", 503, times=None)
    with pytest.raises(ServiceUnavailable):
        wait(waiter)


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
