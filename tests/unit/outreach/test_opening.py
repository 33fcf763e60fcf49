"""Opening a conversation once, counted in what the sandbox holds."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import (
    AlreadyTalking,
    ConversationEnded,
    ConversationOfAnotherOutreach,
    KeyReused,
)
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    create_participant,
    update_conversation,
)
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown, RequestRejected

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
    fault = sandbox.faults.drop_answer("CreateInteraction")
    opened = attempt(strategy=strategy, retried=strategy == "one_call")
    assert fault.fired == 1
    assert counts(sandbox) == (1, 1, 1, 1)
    assert opened.task_sid == sandbox.tasks[0].sid
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


def test_a_name_taken_by_our_own_repeated_request_needs_no_settling(attempt, sandbox):
    sandbox.faults.drop_answer("CreateConversation")
    began = sandbox.clock.now()
    assert attempt().created
    assert (sandbox.clock.now() - began).total_seconds() < 2


def test_one_key_for_two_customers_is_refused(attempt, sandbox):
    attempt()
    with pytest.raises(KeyReused, match=r"\+1•••••0117 on sms, this one is for \+1•••••0118 on sms"):
        attempt(to="+12025550118")
    assert counts(sandbox) == (1, 1, 1, 1)


def test_a_name_that_is_not_ours_is_refused(attempt, plan, client, sandbox):
    client.send(create_conversation(unique_name=plan().unique_name))
    with pytest.raises(ConversationOfAnotherOutreach, match=sandbox.conversations[0].sid):
        attempt()


@pytest.fixture
def elsewhere(client, sandbox) -> str:
    sender = sandbox.connection()["extra"]["sms_from"]
    sid = client.send(create_conversation()).sid
    client.send(create_participant(sid, address=CUSTOMER, proxy_address=sender))
    return sid


@both
def test_an_open_conversation_elsewhere_is_named_and_nothing_is_left_behind(
    attempt, sandbox, elsewhere, strategy
):
    with pytest.raises(AlreadyTalking, match=elsewhere):
        attempt(strategy=strategy)
    assert [one.sid for one in sandbox.conversations] == [elsewhere]
    assert sandbox.interactions == []


@both
def test_an_open_conversation_elsewhere_is_joined(attempt, sandbox, elsewhere, strategy):
    opened = attempt(strategy=strategy, on_open_conversation="join")
    assert opened.conversation_sid == elsewhere
    assert (opened.interaction_sid, opened.created) == (None, False)
    assert len(sandbox.conversations) == 1


@both
def test_joining_gives_the_sids_of_the_interaction_that_is_there(attempt, sandbox, strategy):
    first = attempt(strategy=strategy)
    joined = attempt(strategy=strategy, on_open_conversation="join", key=derive_key("another"))
    assert joined.as_dict() == first.as_dict() | {"created": False}
    assert counts(sandbox) == (1, 1, 1, 1)


@both
def test_a_closed_conversation_elsewhere_is_in_nobodys_way(attempt, sandbox, client, elsewhere, strategy):
    sandbox.settings.pair_release = 5.0
    client.send(update_conversation(elsewhere, state="closed"))
    assert attempt(strategy=strategy).created
    assert len(sandbox.interactions) == 1


def test_what_twilio_refuses_for_good_leaves_nothing_behind(attempt, sandbox):
    with pytest.raises(RequestRejected, match="CreateInteraction"):
        attempt(routing={"workflow_sid": "WW" + "9" * 32})
    assert sandbox.conversations == []
    assert attempt().created


def test_what_fails_for_good_on_the_last_try_leaves_nothing_behind(attempt, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    assert len(sandbox.conversations) == 1
    with pytest.raises(OutcomeUnknown):
        attempt(retried=True, last_try=True)
    assert sandbox.conversations == []
    sandbox.faults.clear()
    assert attempt(retried=True).created


def test_a_silent_closed_conversation_is_begun_again(attempt, plan, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    client.send(update_conversation(left.sid, state="closed"))
    opened = attempt(retried=True)
    assert opened.created
    assert opened.conversation_sid != left.sid
    assert counts(sandbox) == (1, 1, 1, 1)


def test_a_closed_conversation_in_which_something_was_said_is_an_error(attempt, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    sandbox.customer(CUSTOMER).says("Hello?", in_conversation=left.sid)
    client.send(update_conversation(left.sid, state="closed"))
    with pytest.raises(ConversationEnded, match="choose another idempotency_key"):
        attempt(retried=True)


def test_what_others_wrote_into_the_attributes_stays(attempt, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    client.send(update_conversation(left.sid, attributes={**left.attributes, "crm": 17}))
    attempt(retried=True)
    assert sandbox.conversations[0].attributes["crm"] == 17


def test_the_mark_holds_no_address(attempt, sandbox):
    attempt()
    (conversation,) = sandbox.conversations
    assert CUSTOMER not in str(conversation.attributes)
    assert OutreachRecord.read(conversation.attributes).to == "+1•••••0117"


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


def test_a_conversation_that_a_customer_began_is_routed_once(attempt, sandbox, elsewhere):
    arguments = {"to": None, "initiated_by": "customer", "media_channel_sid": elsewhere}
    first = attempt(**arguments)
    assert (first.conversation_sid, first.created) == (elsewhere, True)
    second = attempt(**arguments, retried=True)
    assert second.as_dict() == first.as_dict() | {"created": False}
    assert len(sandbox.interactions) == 1
    with pytest.raises(AlreadyTalking):
        attempt(**arguments, key=derive_key("another"))
