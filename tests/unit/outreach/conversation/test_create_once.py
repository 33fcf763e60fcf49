"""Opening a conversation without an agent: adopting, joining, and starting over. The grid has the faults."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.conversation.agent_on_reply import AgentOnReply
from airflow_provider_flexout.outreach.conversation.create_once import TakenUp, create_once, request_of_record
from airflow_provider_flexout.outreach.conversation.request import build_request
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationOfAnotherOutreach
from airflow_provider_flexout.outreach.interaction.lookup import is_open
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.twilio.api.conversations import create_conversation, update_conversation
from airflow_provider_flexout.twilio.api.messages import create_message
from tests.unit.outreach.late_calls import with_late_calls

CUSTOMER = "+12025550117"


@pytest.fixture
def request_with(defaults):
    def make(key="fx0", **arguments):
        spec = OutreachSpec(**({"channel": "sms", "to": CUSTOMER} | arguments))
        return build_request(spec, key=key, defaults=defaults)

    return make


@pytest.fixture
def run(connect):
    def carry_out(procedure):
        with connect() as client:
            return client.run(procedure)

    return carry_out


@pytest.fixture
def create(run, request_with, sandbox):
    def attempt(on_open_conversation="fail", **arguments):
        request = request_with(**arguments)
        clock = lambda: sandbox.clock.now().timestamp()  # noqa: E731
        return run(create_once(request, on_open_conversation=on_open_conversation, clock=clock))

    return attempt


def test_a_second_attempt_adopts(create, sandbox):
    first, second = create(), create()
    assert (first.created, second.created) == (True, False)
    assert (first.conversation_sid, first.participant_sid, first.webhook_sid) == (
        second.conversation_sid,
        second.participant_sid,
        second.webhook_sid,
    )
    assert len(sandbox.conversations) == 1


def test_a_closed_conversation_that_somebody_wrote_in_is_adopted(create, run, sandbox):
    first = create()
    run(steps(create_message(first.conversation_sid, body="Hello"), close(first)))
    second = create()
    assert (second.conversation_sid, second.created) == (first.conversation_sid, False)
    assert len(sandbox.conversations) == 1


def test_a_closed_conversation_that_reached_nobody_is_made_anew(create, run, sandbox):
    first = create()
    run(steps(close(first)))
    second = create()
    assert (second.created, second.conversation_sid != first.conversation_sid) == (True, True)
    assert [one.state for one in sandbox.conversations] == ["active"]


def test_another_outreach_with_the_customer_is_joined_or_refused(create):
    first = create()
    with pytest.raises(AlreadyTalking):
        create(key="fx1")
    joined = create(key="fx1", on_open_conversation="join")
    assert (joined.conversation_sid, joined.created) == (first.conversation_sid, False)


def test_a_name_of_somebody_elses_is_refused(create, run):
    run(steps(create_conversation(unique_name="flexout_fx0")))
    with pytest.raises(ConversationOfAnotherOutreach):
        create()


def test_whether_it_is_open(create, run, request_with):
    assert run(is_open(request_with())) is False
    create()
    assert run(is_open(request_with())) is True
    assert run(is_open(request_with(key="fx1"))) is False


def close(opened):
    return update_conversation(opened.conversation_sid, state="closed")


def steps(*calls):
    for call in calls:  # noqa: UP028 - a tuple takes no responses
        yield call


def test_a_webhook_that_is_too_late_for_the_lease_is_registered_under_the_next(run, request_with, sandbox):
    request = request_with()
    opening = create_once(request, on_open_conversation="fail", clock=sandbox.clock.time)
    opened = run(with_late_calls(opening, "CreateConversationScopedWebhook", 2))
    assert opened.created
    (registered,) = sandbox._store.webhooks.scoped[opened.conversation_sid]
    assert registered.sid == opened.webhook_sid


FLOW = "FW" + "1" * 32


@pytest.mark.parametrize(("on_reply", "flow_sid"), [(FLOW, FLOW), ("pipeline", None)])
def test_the_request_of_a_record(on_reply, flow_sid):
    record = OutreachRecord("fx1", "+1***17", "sms", "abc", "holder", 20.0, on_reply=on_reply)
    request = request_of_record(record, "WS1")
    assert (request.key, request.channel_type, request.workspace_sid) == ("fx1", "sms", "WS1")
    assert (request.flow_sid, request.on_reply) == (flow_sid, on_reply)


def test_taking_up_is_an_attempt_like_the_first():
    assert issubclass(TakenUp, AgentOnReply)
