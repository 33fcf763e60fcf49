"""What the strategy conversation_first sends, and what it leaves behind; the grid stops it at every step."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown, RequestRejected


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


def test_a_customer_in_another_conversation_leaves_nothing_of_ours(open_by, elsewhere, sandbox):
    with pytest.raises(AlreadyTalking, match=elsewhere):
        open_by("first")
    assert [one.sid for one in sandbox.conversations] == [elsewhere]


@pytest.mark.parametrize("status", [503, 429])
def test_what_twilio_did_not_carry_out_is_tried_three_times(open_by, sandbox, status):
    sandbox.faults.fail("CreateInteraction", status, times=None)
    with pytest.raises(Exception, match="CreateInteraction") as failed:
        open_by("first")
    assert not failed.value.permanent
    assert sandbox.interactions == []


def test_another_attempts_interaction_is_looked_at_again_before_it_counts(open_by, requests, sandbox):
    """Twilio drops a second interaction on one conversation, and may say that it took it."""
    sandbox.faults.lose_request("CreateInteraction")
    opened = open_by("first")
    assert opened.created
    assert requests()[-3:] == ["CreateInteraction", "FetchTask", "UpdateConversation"]


def test_a_request_that_is_never_answered_ends_with_what_it_is(open_by, sandbox):
    sandbox.faults.lose_request("CreateInteraction", times=None)
    with pytest.raises(OutcomeUnknown):
        open_by("first")
    assert sandbox.requests.count("CreateInteraction") == 3


def test_what_twilio_refuses_is_known_not_to_be_sent_so_all_is_deleted_at_once(open_by, sandbox):
    began = sandbox.clock.time()
    sandbox.faults.fail("CreateInteraction", 400)
    with pytest.raises(RequestRejected):
        open_by("first")
    assert (sandbox.conversations, sandbox.clock.time() - began) == ([], 0.0)


def test_what_somebody_refuses_in_twilios_form_after_passing_it_on_is_not_deleted(open_by, sandbox):
    sandbox.faults.fail("CreateInteraction", 400, committed=True)
    with pytest.raises(RequestRejected):
        open_by("first")
    (conversation,) = sandbox.conversations
    assert open_by("second", retried=True).conversation_sid == conversation.sid
    assert len(sandbox.interactions) == 1


def test_all_of_an_outreach_is_sent(open_by, sandbox, plan):
    context, target = "HQ" + 32 * "0", "WB" + 32 * "0"
    open_by("first", interaction_context_sid=context, webhook_ttid=target)
    (form,) = (one.form for one in sandbox.requests if one.operation == "CreateInteraction")
    assert (form["InteractionContextSid"], form["WebhookTtid"]) == (context, target)
    channel, routing = json.loads(form["Channel"]), json.loads(form["Routing"])
    assert channel["properties"]["media_channel_sid"] == sandbox.conversations[0].sid
    assert routing["properties"]["attributes"]["flexout_key"] == plan().key
