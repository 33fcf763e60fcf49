"""Opening an interaction once, counted in what the sandbox holds."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.message.draft import MessageDraft

CUSTOMER = "+12025550117"
both = pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])


def counts(sandbox) -> tuple[int, int, int, int]:
    """Conversations, customers in them, interactions, tasks."""
    customers = [one for one in sandbox.participants if one.address == CUSTOMER]
    return len(sandbox.conversations), len(customers), len(sandbox.interactions), len(sandbox.tasks)


def operations(sandbox) -> list[str]:
    return [one.operation for one in sandbox.requests]


@both
def test_an_outreach_is_one_of_each(attempt, sandbox, strategy):
    opened = attempt(strategy=strategy)
    assert counts(sandbox) == (1, 1, 1, 1)
    (conversation,), (interaction,), (task,) = sandbox.conversations, sandbox.interactions, sandbox.tasks
    assert opened.conversation_sid == conversation.sid
    assert opened.interaction_sid == interaction.sid
    assert opened.task_sid == task.sid
    assert opened.channel_sid.startswith("UO")
    assert opened.invite_sid.startswith("KG")
    assert (opened.channel_type, opened.created) == ("sms", True)
    assert task.attributes["customerName"] == "Ada"
    assert task.attributes["customerAddress"] == CUSTOMER


def test_the_first_try_costs_four_requests(attempt, sandbox):
    attempt()
    assert operations(sandbox) == [
        "CreateConversation",
        "CreateConversationParticipant",
        "CreateInteraction",
        "UpdateConversation",
    ]


@both
def test_a_repeated_attempt_adopts(attempt, sandbox, strategy):
    first = attempt(strategy=strategy)
    sandbox.clock.advance("3d")
    before = len(sandbox.requests)
    second = attempt(strategy=strategy, retried=True)
    assert (second.created, second.as_dict() | {"created": True}) == (False, first.as_dict())
    assert counts(sandbox)[:3] == (1, 1, 1)
    reads = [one for one in list(sandbox.requests)[before:] if one.method == "GET"]
    assert len(reads) <= 3


@both
@pytest.mark.parametrize("lag", [0, 5, 20])
@pytest.mark.parametrize("second", ["refuse", "drop", "accept"])
def test_an_answer_that_is_lost_after_the_commit(attempt, sandbox, strategy, lag, second):
    sandbox.settings.second_interaction = second
    sandbox.task_list_lag = lag
    fault = sandbox.faults.drop_response("CreateInteraction")
    opened = attempt(strategy=strategy, retried=strategy == "one_call")
    assert fault.fired == 1
    assert counts(sandbox) == (1, 1, 1, 1)
    assert opened.task_sid == sandbox.tasks[0].sid
    assert opened.conversation_sid == sandbox.conversations[0].sid


@both
@pytest.mark.parametrize("retried", [False, True])
def test_a_name_that_shows_a_second_later(attempt, sandbox, strategy, retried):
    sandbox.settings.update({"name_lag": 1})
    for operation in ("CreateConversation", "UpdateConversation"):
        sandbox.faults.drop_response(operation)
    opened = attempt(strategy=strategy, retried=retried)
    assert counts(sandbox) == (1, 1, 1, 1)
    assert opened.conversation_sid == sandbox.conversations[0].sid


@both
def test_a_request_that_never_arrives(attempt, sandbox, strategy):
    fault = sandbox.faults.lose_request("CreateInteraction")
    opened = attempt(strategy=strategy)
    assert fault.fired == 1
    assert opened.created
    assert counts(sandbox) == (1, 1, 1, 1)


@pytest.mark.parametrize("second", ["refuse", "drop", "accept"])
@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize(
    "operation",
    ["CreateConversation", "CreateConversationParticipant", "CreateInteraction", "UpdateConversation"],
)
def test_an_error_at_any_step(attempt, sandbox, operation, committed, second):
    sandbox.settings.second_interaction = second
    sandbox.task_list_lag = 20
    fault = sandbox.faults.fail(operation, 503, committed=committed)
    opened = attempt()
    assert fault.fired == 1
    assert counts(sandbox) == (1, 1, 1, 1)
    assert opened.interaction_sid == sandbox.interactions[0].sid


def test_a_name_taken_by_our_own_repeated_request_needs_no_reconciliation(attempt, sandbox):
    sandbox.faults.drop_response("CreateConversation")
    began = sandbox.clock.now()
    assert attempt().created
    assert (sandbox.clock.now() - began).total_seconds() < 2


@both
def test_a_slow_answer_is_looked_for_and_not_repeated(attempt, sandbox, strategy):
    sandbox.faults.delay("CreateInteraction", 60)
    opened = attempt(strategy=strategy, retried=strategy == "one_call")
    assert opened.task_sid == sandbox.tasks[0].sid
    assert counts(sandbox) == (1, 1, 1, 1)


def test_whatsapp(attempt, sandbox):
    opened = attempt(channel="whatsapp")
    assert opened.channel_type == "whatsapp"
    (customer,) = [one for one in sandbox.participants if one.address]
    assert customer.address == "whatsapp:" + CUSTOMER
    assert customer.proxy_address == sandbox.connection()["extra"]["whatsapp_from"]


def test_an_open_conversation_without_an_agent_is_joined_as_it_is(attempt, sandbox, elsewhere):
    joined = attempt(on_open_conversation="join")
    assert joined == InteractionResult(None, None, elsewhere, None, None, "sms", created=False)
    assert sandbox.interactions == []


def test_one_call_knows_the_callers_lock_and_first_message(client, plan, sandbox):
    """So it takes no lock of its own, and the message's time counts from the request that opens it."""
    message = FirstMessage(MessageDraft(derive_key("hello"), None, body="Hello"), sandbox.clock.time)
    request = plan(strategy="one_call", shared_key=True)
    opened = client.run(open_once(request, clock=sandbox.clock.time, first_message=message, is_locked=True))
    assert "CreateConversation" not in operations(sandbox)
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert len(record.lease_holder) == 32
    sandbox.clock.advance(timing.SEND_WITHIN)
    client.run(message.send(opened))
    assert "CreateConversation" in operations(sandbox)
