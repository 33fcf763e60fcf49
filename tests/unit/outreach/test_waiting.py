from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import DeliveryFailed, InteractionFailed
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.waiters import InteractionWaiter, MessageWaiter, wait_for
from airflow_provider_flexout.twilio.http.errors import ServiceUnavailable

CUSTOMER = "+12025550117"


@pytest.fixture
def watch(attempt, sandbox):
    def make(until: str) -> InteractionWaiter:
        opened = attempt()
        workspace = sandbox.connection()["extra"]["workspace_sid"]
        return InteractionWaiter(
            workspace, opened.interaction_sid, opened.channel_sid, opened.task_sid, until
        )

    return make


@pytest.fixture
def said(attempt, client, sandbox):
    def say(until: str, channel: str = "sms") -> MessageWaiter:
        conversation_sid = attempt(channel=channel).conversation_sid
        if channel == "whatsapp":  # opens the 24 hours for free text
            sandbox.customer(f"whatsapp:{CUSTOMER}").says("Hi", in_conversation=conversation_sid)
        message = client.run(send_once(MessageDraft(derive_key("m"), conversation_sid, body="Hello")))
        return MessageWaiter(conversation_sid, message.message_sid, until)

    return say


@pytest.fixture
def wait(client, sandbox):
    """Carry a wait to its end on the sandbox's clock."""
    return lambda watch: client.run(wait_for(watch, clock=lambda: sandbox.clock.now().timestamp()))


def elapsed(sandbox, began) -> float:
    return (sandbox.clock.now() - began).total_seconds()


@pytest.mark.parametrize(
    ("until", "status"),
    [("accepted", "accepted"), ("active", "active"), ("assigned", "assigned"), ("completed", "completed")],
)
def test_the_stages_of_an_interaction(wait, sandbox, watch, until, status):
    sandbox.settings.channel_setup = 8.0
    sandbox.agent().accepts(after="30s").finishes(after="5m")
    began = sandbox.clock.now()
    assert wait(watch(until)) == status
    reached = {"accepted": 0, "active": 8, "assigned": 38, "completed": 338}[until]
    assert reached <= elapsed(sandbox, began) <= reached * 1.1 + 15


def test_a_day_of_waiting_costs_few_reads(wait, sandbox, watch):
    sandbox.agent().accepts(after="23h")
    watching = watch("assigned")
    sandbox.requests.clear()
    wait(watching)
    assert len(sandbox.requests) <= 250


def test_a_task_that_has_ended_and_vanished(wait, sandbox, watch):
    sandbox.agent().accepts(after=0).finishes(after="1m")
    watching = watch("completed")
    sandbox.clock.advance("1d")
    assert wait(watching) == "completed"


def test_a_task_that_timed_out_and_vanished_ends_the_wait(wait, sandbox, watch):
    sandbox.agent().away()
    watching = watch("assigned")
    sandbox.clock.advance("2d")
    with pytest.raises(InteractionFailed, match="is gone"):
        wait(watching)


def test_a_failed_channel_ends_the_wait(wait, sandbox, watch):
    sandbox.faults.fail_channel(45352)
    with pytest.raises(InteractionFailed, match="45352"):
        wait(watch("active"))


def test_a_canceled_task_ends_the_wait(wait, sandbox, watch):
    sandbox.agent().declines(after="1m")
    with pytest.raises(InteractionFailed, match="was canceled"):
        wait(watch("assigned"))


def test_an_outage_in_the_middle_is_survived(wait, sandbox, watch):
    sandbox.agent().accepts(after="10m")
    watching = watch("assigned")
    sandbox.faults.fail("FetchTask", 503, times=12)
    assert wait(watching) == "assigned"


def test_an_outage_without_an_end_is_not(wait, sandbox, watch):
    watching = watch("completed")
    sandbox.faults.fail("FetchTask", 503, times=None)
    with pytest.raises(ServiceUnavailable):
        wait(watching)


@pytest.mark.parametrize("until", ["sent", "delivered", "read"])
def test_the_stages_of_a_message(wait, sandbox, said, until):
    sandbox.customer().receives(after="20s", reads_after="2m")
    watching = said(until, "whatsapp" if until == "read" else "sms")
    began = sandbox.clock.now()
    assert wait(watching) == until
    assert elapsed(sandbox, began) <= {"sent": 20, "delivered": 30, "read": 160}[until]


def test_a_message_that_does_not_arrive(wait, sandbox, said):
    sandbox.customer(CUSTOMER).fails(code=30007)
    with pytest.raises(DeliveryFailed, match=r"code 30007\. The carrier filtered the message"):
        wait(said("delivered"))


def test_the_first_look_of_a_wait_comes_after_five_seconds(sandbox, said):
    procedure = wait_for(said("sent"))
    assert next(procedure).seconds >= 5
