"""The strategy conversation_first, by itself; the grid stops it at every step."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import delete_conversation


@pytest.fixture
def open_by(client, plan, sandbox):
    def run(attempt_id, **arguments):
        clock = lambda: sandbox.clock.now().timestamp()  # noqa: E731
        return client.run(ConversationFirst(plan(**arguments), attempt_id, clock).open())

    return run


def test_the_customer_is_in_the_conversation_before_it_is_routed(open_by, sandbox):
    opened = open_by("first")
    assert [one.operation for one in sandbox.requests] == [
        "CreateConversation",
        "CreateConversationParticipant",
        "CreateInteraction",
        "UpdateConversation",
    ]
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.sids["interaction_sid"], record.lease_ttl) == (opened.interaction_sid, 0.0)


def test_another_attempt_waits_for_what_may_still_arrive(open_by, sandbox):
    sandbox.faults.drop_response("CreateInteraction")
    sandbox.task_list_lag = 20
    began = sandbox.clock.now()
    opened = open_by("first")
    assert (len(sandbox.interactions), opened.interaction_sid) == (1, sandbox.interactions[0].sid)
    assert (sandbox.clock.now() - began).total_seconds() >= 20


def test_a_customer_in_another_conversation_leaves_nothing_of_ours(open_by, elsewhere, sandbox):
    with pytest.raises(AlreadyTalking, match=elsewhere):
        open_by("first")
    assert [one.sid for one in sandbox.conversations] == [elsewhere]


def test_a_conversation_that_somebody_deleted_is_not_opened_again(open_by, client, sandbox):
    opened = open_by("first")
    client.send(delete_conversation(opened.conversation_sid))
    with pytest.raises(ConversationEnded, match=f"An earlier attempt opened {opened.interaction_sid}"):
        open_by("second", retried=True)
    assert len(sandbox.interactions) == 1
