"""What failed for good leaves nothing behind, and what reached nobody is started over."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.interaction.cleanup import withdraw
from airflow_provider_flexout.twilio.api.conversations import update_conversation
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
    with pytest.raises(ConversationEnded, match="choose another idempotency_key"):
        attempt(retried=True)


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


def test_what_is_taken_back_twice_is_no_error(taken_back, client, sandbox):
    sandbox.faults.drop_response("UpdateInteractionChannel")
    sandbox.faults.drop_response("DeleteConversation")
    assert taken_back()[1]
    assert sandbox.conversations == []
