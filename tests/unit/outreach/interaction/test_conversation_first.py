"""The strategy conversation_first, by itself; the grid stops it at every step."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ConversationEnded
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.interaction.first_message import FirstMessage
from airflow_provider_flexout.outreach.interaction.reconciliation import Lease
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import SentMessage
from airflow_provider_flexout.twilio.api.conversations import (
    Conversation,
    create_conversation,
    delete_conversation,
    update_conversation,
)
from airflow_provider_flexout.twilio.api.interactions import Interaction
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.api.tasks import update_task
from airflow_provider_flexout.twilio.http.errors import DeadlineExceeded, OutcomeUnknown, RequestRejected
from tests.unit.outreach.late_calls import with_late_calls


@pytest.fixture
def open_by(client, plan, sandbox):
    def run(attempt_id, first_message=None, **arguments):
        attempt = ConversationFirst(plan(**arguments), attempt_id, sandbox.clock.time, first_message)
        return client.run(attempt.open())

    return run


@pytest.fixture
def requests(sandbox):
    """Give the operations since the last look."""

    def read():
        operations = [one.operation for one in sandbox.requests]
        sandbox.requests.clear()
        return operations

    return read


def hello(retried=False):
    """A first message."""
    return FirstMessage(MessageDraft(derive_key("hello"), None, body="Hello", retried=retried))


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
    with pytest.raises(ConversationEnded, match=f"An earlier attempt opened task {opened.task_sid}"):
        open_by("second", retried=True)
    assert len(sandbox.interactions) == 1


def test_it_is_not_opened_again_either_where_its_task_was_written_anew(open_by, client, plan, sandbox):
    """Nothing of the task but the key tells whose it is, as after an update by a CRM."""
    opened = open_by("first")
    client.send(delete_conversation(opened.conversation_sid))
    left = json.dumps({"flexout_key": plan().key})
    client.send(update_task(plan().workspace_sid, opened.task_sid, attributes=left))
    with pytest.raises(ConversationEnded, match=opened.task_sid):
        open_by("second", retried=True)
    assert len(sandbox.interactions) == 1


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


def test_a_conversation_that_lost_its_name_stands_for_the_one_that_has_it(open_by, client, requests, sandbox):
    sandbox.settings.closed_name = "freed"
    first = open_by("first")
    client.send(update_conversation(first.conversation_sid, state="closed"))
    requests()
    again = open_by("second", retried=True)
    assert again.as_dict() == first.as_dict() | {"created": False}
    assert requests() == [
        "CreateConversation",
        "ListParticipantConversation",
        "FetchConversation",
        "DeleteConversation",
    ]
    assert [one.sid for one in sandbox.conversations] == [first.conversation_sid]


def test_one_that_lost_its_name_before_its_sids_were_written_is_known_by_its_task(
    open_by, client, requests, sandbox
):
    sandbox.settings.closed_name = "freed"
    sandbox.faults.fail("UpdateConversation", 400)
    first = open_by("first")
    client.send(update_conversation(first.conversation_sid, state="closed"))
    requests()
    again = open_by("second", retried=True)
    assert again.as_dict() == first.as_dict() | {"created": False}
    assert requests() == [
        "CreateConversation",
        "ListParticipantConversation",
        "FetchConversation",
        "DeleteConversation",
        "ListTask",
        "UpdateConversation",
    ]
    assert len(sandbox.interactions) == 1


def test_a_first_message_is_sent_and_written_down(open_by, requests, sandbox):
    message = hello()
    opened = open_by("first", message)
    (sent,) = sandbox.messages
    assert message.sent == SentMessage(sent.sid, opened.conversation_sid, sent.index, created=True)
    assert requests()[-2:] == ["CreateConversationMessage", "UpdateConversation"]
    assert OutreachRecord.read(sandbox.conversations[0].attributes).first_message_sid == sent.sid


def test_a_first_message_that_is_written_down_is_not_looked_for(open_by, requests, sandbox):
    opened = open_by("first", hello())
    requests()
    again = hello(retried=True)
    assert open_by("second", again, retried=True).conversation_sid == opened.conversation_sid
    assert again.sent == SentMessage(sandbox.messages[0].sid, opened.conversation_sid, None, created=False)
    assert requests() == ["CreateConversation", "FetchConversation"]
    assert open_by("third", retried=True).conversation_sid == opened.conversation_sid
    assert requests() == ["CreateConversation", "FetchConversation"]


def test_a_first_message_that_was_not_sent_is_sent_by_the_next_attempt(open_by, requests, sandbox):
    sandbox.faults.fail("CreateConversationMessage", 400)
    failed = hello()
    opened = open_by("first", failed)
    assert isinstance(failed.error, RequestRejected)
    again = hello(retried=True)
    requests()
    assert open_by("second", again, retried=True).as_dict() == opened.as_dict() | {"created": False}
    assert "ListParticipantConversation" not in requests()
    assert again.sent.message_sid == sandbox.messages[0].sid
    assert len(sandbox.messages) == len(sandbox.interactions) == 1
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.first_message_sid, record.lease_holder) == (sandbox.messages[0].sid, "second")


def test_what_failed_for_good_and_was_deleted_is_opened_again(open_by, client, sandbox):
    sandbox.agent().declines(after="1s")
    canceled = open_by("first")
    sandbox.clock.advance("1m")
    client.send(delete_conversation(canceled.conversation_sid))
    again = open_by("second", retried=True)
    assert again.created
    assert again.conversation_sid != canceled.conversation_sid
    assert len(sandbox.interactions) == 2


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


@pytest.mark.parametrize("left", ["flexout_key", "conversationSid"])
def test_a_task_that_was_written_anew_is_known_by_what_is_left_of_it(open_by, client, plan, sandbox, left):
    sandbox.faults.fail("UpdateConversation", 400)
    first = open_by("first")
    attributes = {left: sandbox.tasks[0].attributes[left]}
    client.send(update_task(plan().workspace_sid, first.task_sid, attributes=json.dumps(attributes)))
    again = open_by("second")
    assert (again.task_sid, again.conversation_sid) == (first.task_sid, first.conversation_sid)
    assert len(sandbox.interactions) == 1


@pytest.fixture
def leave_closed(plan, client):
    """Leave the conversation of an attempt that was killed before it was routed, and is closed by now."""

    def run(text=None):
        attributes = new_record(plan(), "killed", 0.0).write_into({})
        sid = client.send(create_conversation(unique_name=plan().unique_name, attributes=attributes)).sid
        if text:
            client.send(create_message(sid, body=text))
        client.send(update_conversation(sid, state="closed"))
        return sid

    return run


@pytest.mark.parametrize("status", [None, 404])
def test_a_closed_one_in_which_nobody_was_reached_is_started_over(open_by, sandbox, leave_closed, status):
    leave_closed()
    if status:  # somebody else has deleted it in the meantime
        sandbox.faults.fail("DeleteConversation", status, committed=True)
    opened = open_by("second")
    assert opened.created
    assert [one.sid for one in sandbox.conversations] == [opened.conversation_sid]


def test_a_closed_one_in_which_something_was_said_is_not(open_by, sandbox, leave_closed):
    sid = leave_closed("Hello")
    with pytest.raises(ConversationEnded, match=sid):
        open_by("second")
    assert [one.sid for one in sandbox.conversations] == [sid]


@pytest.mark.parametrize(("left", "is_sent_at_once"), [(0.5, True), (-0.5, False)])
def test_the_interaction_is_created_within_the_lease_or_after_reconciling(
    open_by, requests, sandbox, left, is_sent_at_once
):
    sandbox.faults.delay("CreateConversationParticipant", timing.LEASE_TTL - left)
    assert open_by("first").created
    between = requests()[2:-1]
    assert (between == ["CreateInteraction"]) is is_sent_at_once
    assert between[-2:] == (["CreateInteraction"] if is_sent_at_once else ["CreateInteraction", "FetchTask"])
    assert len(sandbox.interactions) == 1


def test_a_request_that_is_too_late_for_the_lease_is_sent_under_the_next(client, plan, sandbox):
    attempt = ConversationFirst(plan(), "first", sandbox.clock.time)
    opened = client.run(with_late_calls(attempt.open(), "CreateInteraction", 2))
    assert [one.sid for one in sandbox.interactions] == [opened.interaction_sid]
    assert len(sandbox.conversations) == 1


def test_one_that_is_always_too_late_ends_with_that(client, plan, sandbox):
    attempt = ConversationFirst(plan(), "first", sandbox.clock.time)
    with pytest.raises(DeadlineExceeded):
        client.run(with_late_calls(attempt.open(), "CreateInteraction", 10))
    assert sandbox.interactions == []


@pytest.mark.parametrize(
    ("ttl", "request_name"),
    [(0.0, "FetchConversation"), (0.5, "CreateInteraction"), (-1.0, "FetchConversation")],
)
def test_a_lease_that_is_over_this_moment_is_over(plan, ttl, request_name):
    attempt = ConversationFirst(plan(), "first", lambda: 100.0)
    attempt._lease = Lease(100.0, ttl)
    assert next(attempt._route(Conversation(sid="CH1"))).name == request_name


def test_what_twilio_refuses_is_known_not_to_be_sent_so_all_is_deleted_at_once(open_by, sandbox):
    began = sandbox.clock.time()
    sandbox.faults.fail("CreateInteraction", 400)
    with pytest.raises(RequestRejected):
        open_by("first")
    assert (sandbox.conversations, sandbox.clock.time() - began) == ([], 0.0)


def test_all_of_an_outreach_is_sent(open_by, sandbox, plan):
    context, target = "HQ" + 32 * "0", "WB" + 32 * "0"
    open_by("first", interaction_context_sid=context, webhook_ttid=target)
    (form,) = (one.form for one in sandbox.requests if one.operation == "CreateInteraction")
    assert (form["InteractionContextSid"], form["WebhookTtid"]) == (context, target)
    channel, routing = json.loads(form["Channel"]), json.loads(form["Routing"])
    assert channel["properties"]["media_channel_sid"] == sandbox.conversations[0].sid
    assert routing["properties"]["attributes"]["flexout_key"] == plan().key


def test_a_look_is_for_the_conversation_and_for_the_key(plan):
    look = next(ConversationFirst(plan(), "first")._find("CH7"))
    assert (
        look.query["EvaluateTaskAttributes"] == f'conversationSid == "CH7" OR flexout_key == "{plan().key}"'
    )


INTERACTION = Interaction.model_validate(
    {
        "sid": "KD1",
        "channel": {"sid": "UO1"},
        "routing": {"properties": {"sid": "WT1", "attributes": "{}"}},
    }
)


@pytest.mark.parametrize(("took", "is_believed"), [(19.5, True), (20.0, False), (25.0, False)])
def test_a_response_that_came_within_the_lease_is_believed(plan, took, is_believed):
    """After that, another attempt may have sent one, of which Twilio drops the second."""
    now = 100.0
    attempt = ConversationFirst(plan(), "first", lambda: now)
    attempt._lease, attempt._is_first = Lease(now, 20.0), True
    steps = attempt._create_interaction(Conversation(sid="CH1"))
    assert next(steps).name == "CreateInteraction"
    now += took
    if not is_believed:
        assert steps.send(INTERACTION).path.endswith("/Tasks/WT1")
    with pytest.raises(StopIteration) as done:
        steps.send(INTERACTION)
    result = done.value.value
    assert (result.interaction_sid, result.conversation_sid, result.task_sid) == ("KD1", "CH1", "WT1")
