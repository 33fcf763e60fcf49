"""By what the strategy conversation_first knows what an earlier attempt opened."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import ConversationEnded
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.api.conversations import (
    update_conversation,
)
from airflow_provider_flexout.twilio.api.tasks import update_task


def test_another_attempt_waits_for_what_may_still_arrive(open_by, sandbox):
    sandbox.faults.drop_response("CreateInteraction")
    sandbox.task_list_lag = 20
    began = sandbox.clock.now()
    opened = open_by("first")
    assert (len(sandbox.interactions), opened.interaction_sid) == (1, sandbox.interactions[0].sid)
    assert (sandbox.clock.now() - began).total_seconds() >= 20


def test_a_record_with_the_sids_is_all_that_another_attempt_needs(open_by, requests):
    first = open_by("first")
    requests()
    assert open_by("second", retried=True).as_dict() == first.as_dict() | {"created": False}
    assert requests() == ["CreateConversation", "FetchConversation"]


def test_where_no_sids_were_written_down_the_task_tells_them(open_by, requests, sandbox):
    sandbox.faults.fail("UpdateConversation", 400)
    first = open_by("first")
    requests()
    assert open_by("second").as_dict() == first.as_dict() | {"created": False}
    assert requests() == ["CreateConversation", "FetchConversation", "ListTask", "UpdateConversation"]
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.lease_holder, record.sids["interaction_sid"]) == ("second", first.interaction_sid)


def test_a_task_that_has_lost_our_key_is_known_by_its_conversation(open_by, client, plan, requests, sandbox):
    sandbox.faults.fail("UpdateConversation", 400)
    first = open_by("first")
    left = {name: one for name, one in sandbox.tasks[0].attributes.items() if name != durable.KEY_ATTRIBUTE}
    client.send(update_task(plan().workspace_sid, first.task_sid, attributes=json.dumps(left)))
    requests()
    assert open_by("second").as_dict() == first.as_dict() | {"created": False}
    assert requests() == ["CreateConversation", "FetchConversation", "ListTask", "UpdateConversation"]


@pytest.mark.parametrize(
    ("written", "further"), [(True, []), (False, ["ListTask", "UpdateConversation"])], ids=["sids", "no sids"]
)
def test_a_conversation_that_lost_its_name_stands_for_the_one_that_has_it(
    open_by, client, requests, sandbox, written, further
):
    """Its SIDs are in its record or, where they were not written there, in its task."""
    sandbox.settings.closed_name = "freed"
    if not written:
        sandbox.faults.fail("UpdateConversation", 400)
    first = open_by("first")
    client.send(update_conversation(first.conversation_sid, state="closed"))
    requests()
    again = open_by("second", retried=True)
    assert again.as_dict() == first.as_dict() | {"created": False}
    looks = ["CreateConversation", "ListParticipantConversation", "FetchConversation"]
    assert requests() == [*looks, "DeleteConversation", *further]
    assert [one.sid for one in sandbox.conversations] == [first.conversation_sid]
    assert len(sandbox.interactions) == 1


def test_whose_task_a_crm_wrote_anew_is_known_by_the_conversation_in_it(open_by, client, plan, sandbox):
    sandbox.faults.fail("UpdateConversation", 400)
    first = open_by("first")
    left = json.dumps({"conversationSid": first.conversation_sid})
    client.send(update_task(plan().workspace_sid, first.task_sid, attributes=left))
    assert open_by("second", retried=True).task_sid == first.task_sid
    assert len(sandbox.interactions) == 1


def test_one_that_is_created_on_a_retry_costs_two_looks_more(open_by, requests):
    assert open_by("first", retried=True).created
    assert requests() == [
        "CreateConversation",
        "ListParticipantConversation",
        "ListTask",
        "CreateConversationParticipant",
        "CreateInteraction",
        "UpdateConversation",
    ]


def test_one_whose_task_ended_and_is_gone_is_an_error(open_by, sandbox):
    """Twilio says that the conversation has an interaction, and nothing tells its SIDs any more."""
    sandbox.agent().away()
    sandbox.faults.fail("UpdateConversation", 400)
    opened = open_by("first")
    sandbox.clock.advance("2d")
    with pytest.raises(ConversationEnded, match=f"on {opened.conversation_sid}, but its task has ended"):
        open_by("second", retried=True)
    assert (len(sandbox.interactions), sandbox.conversations) == (1, [])


@pytest.mark.parametrize("left", ["flexout_key", "conversationSid"])
def test_a_task_that_was_written_anew_is_known_by_what_is_left_of_it(open_by, client, plan, sandbox, left):
    sandbox.faults.fail("UpdateConversation", 400)
    first = open_by("first")
    attributes = {left: sandbox.tasks[0].attributes[left]}
    client.send(update_task(plan().workspace_sid, first.task_sid, attributes=json.dumps(attributes)))
    again = open_by("second")
    assert (again.task_sid, again.conversation_sid) == (first.task_sid, first.conversation_sid)
    assert len(sandbox.interactions) == 1


def test_a_look_is_for_the_conversation_and_for_the_key(plan):
    look = next(ConversationFirst(plan(), "first")._find("CH7"))
    assert (
        look.query["EvaluateTaskAttributes"] == f'conversationSid == "CH7" OR flexout_key == "{plan().key}"'
    )
