"""What failed for good leaves nothing behind, and what reached nobody is started over."""

from __future__ import annotations

import dataclasses

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.interaction.cleanup import check_unreached, delete_failed, withdraw
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    create_participant,
    update_conversation,
)
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown, RequestRejected

CUSTOMER = "+12025550117"
SOURCE = {"dag_id": "orders", "run_id": "r", "task_id": "open", "map_index": -1}


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


def test_a_closed_conversation_without_a_message_is_started_over(attempt, plan, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    client.send(update_conversation(left.sid, state="closed"))
    opened = attempt(retried=True)
    assert opened.created
    assert opened.conversation_sid != left.sid
    assert len(sandbox.conversations) == len(sandbox.interactions) == 1


def test_a_closed_conversation_in_which_a_message_is_is_an_error(attempt, client, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        attempt()
    sandbox.faults.clear()
    (left,) = sandbox.conversations
    sandbox.customer(CUSTOMER).says("Hello?", in_conversation=left.sid)
    client.send(update_conversation(left.sid, state="closed"))
    sandbox.requests.clear()
    with pytest.raises(ConversationEnded, match="choose another idempotency_key"):
        attempt(retried=True)
    (looked,) = [one.path for one in sandbox.requests if one.operation == "ListConversationMessage"]
    assert looked.endswith("PageSize=1")


@pytest.fixture
def clean_up(client, sandbox):
    """Say whether the conversation of an interaction that may have failed is deleted."""
    workspace_sid = sandbox.connection()["extra"]["workspace_sid"]
    return lambda opened, key="test": client.run(delete_failed(derive_key(key), workspace_sid, opened))


@pytest.fixture
def canceled(attempt, sandbox):
    """An outreach whose task is canceled, since every agent declines it."""
    sandbox.agent().declines(after="1s")
    opened = attempt()
    sandbox.clock.advance("10m")
    return opened


def test_the_conversation_of_a_canceled_task_is_deleted(attempt, sandbox, clean_up, canceled):
    assert clean_up(canceled)
    assert sandbox.conversations == []
    assert not clean_up(canceled)
    assert attempt(retried=True).created


def test_what_was_deleted_is_so_though_the_response_was_lost(sandbox, clean_up, canceled):
    sandbox.faults.drop_response("DeleteConversation")
    assert clean_up(canceled)
    assert sandbox.conversations == []


def test_the_conversation_of_a_channel_that_failed_is_deleted(attempt, sandbox, clean_up):
    sandbox.faults.fail_channel()
    opened = attempt()
    sandbox.clock.advance("1m")
    assert clean_up(opened)
    assert sandbox.conversations == []


def test_the_conversation_that_an_agent_may_have_stays(attempt, sandbox, clean_up):
    opened = attempt()
    sandbox.clock.advance("1m")
    assert not clean_up(opened)
    sandbox.agent().accepts(after=0)
    sandbox.clock.advance("1m")
    assert not clean_up(opened)
    assert [one.sid for one in sandbox.conversations] == [opened.conversation_sid]


def test_the_conversation_in_which_something_was_said_stays(sandbox, clean_up, canceled, caplog):
    sandbox.customer(CUSTOMER).says("Hello?", in_conversation=canceled.conversation_sid)
    assert not clean_up(canceled)
    assert [one.sid for one in sandbox.conversations] == [canceled.conversation_sid]
    assert f"Conversation {canceled.conversation_sid} stays" in caplog.text


def test_the_conversation_of_another_outreach_stays(sandbox, clean_up, canceled):
    assert not clean_up(canceled, "another")
    assert [one.sid for one in sandbox.conversations] == [canceled.conversation_sid]


def test_a_conversation_that_was_joined_without_a_task_stays(sandbox, clean_up, elsewhere):
    joined = InteractionResult(None, None, elsewhere, None, None, "sms", created=False)
    sandbox.requests.clear()
    assert not clean_up(joined)
    assert list(sandbox.requests) == []
    assert [one.sid for one in sandbox.conversations] == [elsewhere]


@pytest.mark.parametrize(
    ("who", "contacted"),
    [(None, False), ("ada", False), ("agent_7", True)],
    ids=["nobody", "customer", "agent"],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_where_an_agent_was_somebody_was_contacted(client, plan, who, contacted, recorded):
    """A customer of chat takes part by an identity, as an agent does; the record tells them apart."""
    chat = new_record(plan(channel="chat", to="ada", initiated_by="api"), "first", 0.0)
    conversation = client.send(create_conversation(attributes=chat.write_into({}) if recorded else {}))
    if who:
        client.send(create_participant(conversation.sid, identity=who))
    client.send(create_participant(conversation.sid, address=CUSTOMER, proxy_address="+12025550100"))
    if contacted or (who and not recorded):
        with pytest.raises(ConversationEnded, match="or an agent was there"):
            client.run(check_unreached(conversation))
    else:
        client.run(check_unreached(conversation))


@pytest.fixture
def taken_back(attempt, client):
    """Open an outreach, and take it back in the name of a task; give what was opened, and whether it was."""

    def run(*, source=SOURCE, before=lambda _: None, **arguments):
        opened = attempt(source=SOURCE, **arguments)
        before(opened)
        return opened, client.run(withdraw(opened, source))

    return run


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
@pytest.mark.parametrize("accepted", [False, True])
def test_what_is_taken_back_leaves_the_agent_nothing_to_do(taken_back, attempt, sandbox, strategy, accepted):
    if accepted:
        sandbox.agent().accepts(after="1s")
    _, done = taken_back(strategy=strategy, before=lambda _: sandbox.clock.advance("5s"))
    assert done
    (looked,) = [one.path for one in sandbox.requests if one.operation == "ListConversationMessage"]
    assert looked.endswith("PageSize=1")
    assert sandbox.requests.count("ListInteractionChannel") == 0
    assert sandbox.conversations == []
    assert [task.status for task in sandbox.tasks] == ["completed"]
    if strategy == "conversation_first":
        with pytest.raises(ConversationEnded, match="was deleted or renamed since"):
            attempt(source=SOURCE, retried=True)
        sandbox.clock.advance("6m")
    assert attempt(source=SOURCE, strategy=strategy, retried=True).created


def test_where_something_was_said_the_agent_keeps_it(taken_back, sandbox):
    opened, done = taken_back(before=lambda _: sandbox.customer(CUSTOMER).says("Hello?"))
    assert not done
    assert [(one.sid, one.state) for one in sandbox.conversations] == [(opened.conversation_sid, "active")]
    assert sandbox.tasks[0].status in ("pending", "reserved")


@pytest.mark.parametrize("other", [{"map_index": 1}, {"run_id": "another"}, {"task_id": "route"}])
def test_what_another_task_opened_is_not_taken_back(taken_back, sandbox, other):
    _, done = taken_back(source=SOURCE | other)
    assert not done
    assert len(sandbox.conversations) == 1
    assert sandbox.tasks[0].status in ("pending", "reserved")


def test_what_has_no_interaction_is_not_taken_back(attempt, client, sandbox):
    opened = dataclasses.replace(attempt(source=SOURCE), interaction_sid=None)
    assert not client.run(withdraw(opened, SOURCE))
    assert len(sandbox.conversations) == 1


def test_what_is_taken_back_twice_is_no_error(taken_back, client, sandbox):
    sandbox.faults.drop_response("UpdateInteractionChannel")
    sandbox.faults.drop_response("DeleteConversation")
    assert taken_back()[1]
    assert sandbox.conversations == []
