"""The strategy one_call, by itself; the grid stops it at every step."""

from __future__ import annotations

import dataclasses
import json

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.durable import (
    RECORD_ATTRIBUTE,
    RECORD_VERSION,
    derive_key,
    lock_name,
    visibility_name,
)
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ContactedAlready, ReconciliationPending
from airflow_provider_flexout.outreach.interaction.first_message import FirstMessage
from airflow_provider_flexout.outreach.interaction.one_call import OneCall
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.api.interactions import Interaction
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.api.tasks import Task, update_task
from airflow_provider_flexout.twilio.http.call import Sleep


@pytest.fixture
def open_by(client, plan):
    return lambda attempt_id, **arguments: client.run(
        OneCall(plan(strategy="one_call", **arguments), attempt_id).open()
    )


def test_a_second_attempt_finds_the_name_that_the_first_gave(open_by, plan, sandbox):
    first, second = open_by("first"), open_by("second", retried=True)
    assert (first.created, second.created) == (True, False)
    assert sandbox.conversations[0].unique_name == plan().unique_name
    assert first.as_dict() == second.as_dict() | {"created": True}


def test_what_was_killed_before_it_gave_a_name_is_known_by_its_task(open_by, client, sandbox):
    opened = open_by("first")
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", attributes={}))
    again = open_by("second", retried=True)
    assert (again.interaction_sid, len(sandbox.interactions)) == (opened.interaction_sid, 1)


def test_a_task_that_says_something_else_is_not_ours(open_by, client, sandbox):
    opened = open_by("first", attributes={"order": 1})
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", attributes={}))
    with pytest.raises(AlreadyTalking, match=opened.conversation_sid):
        open_by("second", retried=True, attributes={"order": 2})
    assert len(sandbox.interactions) == 1


def test_the_one_request_is_sent_once_and_what_it_made_is_looked_for(open_by, sandbox):
    sandbox.faults.drop_response("CreateInteraction")
    opened = open_by("first", retried=True)
    created = [one for one in sandbox.requests if one.operation == "CreateInteraction"]
    assert (len(created), opened.interaction_sid) == (1, sandbox.interactions[0].sid)


@pytest.fixture
def forget_name(client):
    """Leave a conversation as an attempt does that was killed before it named it; or as another one's."""

    def run(conversation_sid, attributes=None):
        client.send(
            update_conversation(conversation_sid, unique_name="somebody's", attributes=attributes or {})
        )

    return run


def test_of_several_customers_tasks_the_one_on_the_conversation_is_looked_at(open_by, forget_name, sandbox):
    open_by("other", to="+12025550118", attributes={"order": 1}, key=derive_key("other"))
    opened = open_by("first", attributes={"order": 2})
    forget_name(opened.conversation_sid)
    again = open_by("second", retried=True, attributes={"order": 2})
    assert again.interaction_sid == opened.interaction_sid
    assert len(sandbox.interactions) == 2


def test_whose_conversation_it_is_its_record_tells_before_the_task(open_by, forget_name, plan, sandbox):
    opened = open_by("first")
    theirs = new_record(plan(key=derive_key("another")), "other", 0.0)
    forget_name(opened.conversation_sid, theirs.write_into({}))
    with pytest.raises(AlreadyTalking, match=opened.conversation_sid):
        open_by("second", retried=True)
    ours = new_record(plan(), "first", 0.0)
    forget_name(opened.conversation_sid, ours.write_into({}))
    again = open_by("second", retried=True, attributes={"order": "changed"})
    assert (again.interaction_sid, len(sandbox.interactions)) == (opened.interaction_sid, 1)


def test_what_somebody_else_began_is_not_ours(open_by, forget_name, sandbox):
    opened = open_by("first")
    forget_name(opened.conversation_sid)
    assert sandbox.tasks[0].attributes["initiatedBy"] == "agent"
    with pytest.raises(AlreadyTalking, match=opened.conversation_sid):
        open_by("second", retried=True, initiated_by="api")


INTERACTION = {
    "sid": "KD1",
    "channel": {"sid": "UO1"},
    "routing": {"properties": {"sid": "WT1", "attributes": "{}"}},
}
NAMED = '{"conversationSid": "CH1", "flexInteractionSid": "KD1", "flexInteractionChannelSid": "UO1"}'


def completed(plan, *tasks):
    """Complete an interaction whose conversation is not named yet, with what each look at its task shows."""
    looks = OneCall(plan(strategy="one_call"), "first")._complete(Interaction.model_validate(INTERACTION))
    waited, listed, response = 0.0, iter(tasks), None
    try:
        while True:
            step = looks.send(response)
            waited += step.seconds if isinstance(step, Sleep) else 0.0
            response = (
                None if isinstance(step, Sleep) else Task.model_validate({"sid": "WT1"} | next(listed, {}))
            )
    except StopIteration as done:
        return waited, done.value


def test_a_conversation_that_is_named_after_the_response_is_waited_for(plan):
    waited, result = completed(plan, {"attributes": "{}"}, {"attributes": NAMED})
    assert waited == 2 * timing.POLL_INTERVAL
    assert (result.conversation_sid, result.task_sid, result.created) == ("CH1", "WT1", True)


def test_one_that_is_never_named_is_given_up_after_the_delay(plan):
    with pytest.raises(ReconciliationPending, match="KD1"):
        completed(plan)
    looks = -(-timing.VISIBILITY_DELAY // timing.POLL_INTERVAL)
    last = [{"attributes": "{}"}] * int(looks - 1) + [{"attributes": NAMED}]
    assert completed(plan, *last)[0] == looks * timing.POLL_INTERVAL
    with pytest.raises(ReconciliationPending):
        completed(plan, *last[:1], *last)


def test_who_was_slower_closes_their_interaction_and_takes_the_others_sids(open_by, client, plan, sandbox):
    """The other attempt named its conversation while this one's request was on its way."""
    winner = open_by("first")
    loser = OneCall(plan(strategy="one_call"), "second")
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    assert client.run(loser._name(mine)) == dataclasses.replace(winner, created=False)
    states = {one.sid: one.state for one in sandbox.conversations}
    assert states == {winner.conversation_sid: "active", mine.conversation_sid: "closed"}
    (closing,) = [one for one in sandbox.requests if one.operation == "UpdateInteractionChannel"]
    assert json.loads(closing.form["Routing"]) == {"status": "closed"}


def test_one_whose_winner_has_no_sids_keeps_its_own(open_by, client, plan, sandbox):
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    winner = open_by("first")
    bare = new_record(plan(), "first", 0.0).write_into({})
    client.send(update_conversation(winner.conversation_sid, attributes=bare))
    assert client.run(OneCall(plan(strategy="one_call"), "second")._name(mine)) == mine
    assert {one.state for one in sandbox.conversations} == {"active"}


def test_one_without_a_channel_cannot_be_closed_and_the_others_sids_are_taken(open_by, client, plan):
    winner = open_by("first")
    mine = open_by("other", to="+12025550118", key=derive_key("other"))
    for without in ({"channel_sid": None}, {"interaction_sid": None}):
        slower = dataclasses.replace(mine, **without)
        found = client.run(OneCall(plan(strategy="one_call"), "second")._name(slower))
        assert found == dataclasses.replace(winner, created=False)
    assert client.send(fetch_conversation(mine.conversation_sid)).state == "active"


@pytest.fixture
def timed(client, plan, sandbox):
    """Make one attempt by Twilio's clock; give its result, the seconds that it took, and its requests."""

    def run(attempt_id="first", first_message=None, *, is_locked=None, **arguments):
        sandbox.requests.clear()
        began = sandbox.clock.time()
        opened = client.run(
            OneCall(
                plan(strategy="one_call", **arguments),
                attempt_id,
                sandbox.clock.time,
                first_message,
                **({} if is_locked is None else {"is_locked": is_locked}),
            ).open()
        )
        return opened, sandbox.clock.time() - began, [one.operation for one in sandbox.requests]

    return run


LOOKS = ["FetchConversation", "ListParticipantConversation"]
LOCK, RELEASE = "CreateConversation", "DeleteConversation"
SEND, NAME, TASKS = "CreateInteraction", "UpdateConversation", "ListTask"


def names_made(sandbox):
    return [one.form.get("UniqueName") for one in sandbox.requests if one.operation == LOCK]


def test_a_first_attempt_looks_once_and_sends(timed, sandbox, plan):
    opened, took, requests = timed()
    assert (took, requests) == (0.0, [*LOOKS, SEND, NAME])
    record = OutreachRecord.read(sandbox.conversations[0].attributes)
    assert (record.key, record.lease_holder, record.lease_ttl) == (plan().key, "first", 0.0)
    assert record.result(opened.conversation_sid) == dataclasses.replace(opened, created=False)


def test_a_retry_looks_until_an_earlier_attempts_would_show_and_sends_under_a_lock(timed, sandbox, plan):
    _, took, requests = timed(retried=True)
    assert took == timing.VISIBILITY_DELAY
    assert names_made(sandbox) == [visibility_name(plan().key, ""), lock_name(plan().key)]
    assert requests[-5:] == ["ListParticipantConversation", SEND, NAME, RELEASE, RELEASE]
    assert [one.unique_name for one in sandbox.conversations] == [plan().unique_name]


@pytest.mark.parametrize(
    ("arguments", "is_locked"),
    [({}, False), ({"shared_key": True}, True), ({"shared_key": True, "is_locked": True}, False)],
)
def test_a_key_of_the_users_own_takes_the_lock_unless_the_caller_holds_it(
    timed, sandbox, plan, arguments, is_locked
):
    timed(**arguments)
    assert names_made(sandbox) == [lock_name(plan().key)] * is_locked


def test_a_look_that_took_too_long_is_made_again_under_the_lock(timed, sandbox):
    sandbox.faults.delay("ListParticipantConversation", timing.SEND_WITHIN)
    assert timed()[2] == [*LOOKS, LOCK, *LOOKS, SEND, NAME, RELEASE]


def test_what_was_lost_is_sent_again_once_it_would_show(timed, sandbox):
    lost = sandbox.faults.lose_request(SEND)
    opened, took, requests = timed()
    assert (lost.fired, len(sandbox.interactions), opened.created) == (1, 1, True)
    assert took == timing.VISIBILITY_DELAY
    assert requests[-6:] == [LOCK, *LOOKS, SEND, NAME, RELEASE]


@pytest.mark.parametrize("is_locked", [False, True])
def test_what_got_through_is_found_however_late_its_task_shows(timed, sandbox, is_locked):
    sandbox.faults.drop_response(SEND)
    sandbox.settings.task_list_lag = 20
    opened, _, requests = timed(shared_key=is_locked, is_locked=is_locked)
    assert (requests.count(SEND), opened.interaction_sid) == (1, sandbox.interactions[0].sid)
    assert requests[-1] == NAME
    assert not opened.created


def test_an_earlier_attempts_conversation_without_sids_is_known_by_its_name_and_task(timed, client, plan):
    opened, _, _ = timed()
    assert timed("second")[2] == ["FetchConversation"]
    bare = new_record(plan(), "first", 0.0).write_into({})
    client.send(update_conversation(opened.conversation_sid, attributes=bare))
    again, _, requests = timed("second")
    assert again == dataclasses.replace(opened, created=False)
    assert requests == ["FetchConversation", TASKS]


@pytest.mark.parametrize("arguments", [{"retried": True}, {"shared_key": True}, {}])
def test_what_lost_its_name_is_known_by_its_record_and_stays_as_it_is(timed, client, arguments):
    opened, _, _ = timed()
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", state="closed"))
    again, took, requests = timed("second", **arguments)
    assert (again, took) == (dataclasses.replace(opened, created=False), 0.0)
    assert requests == LOOKS


def test_what_was_not_named_is_named_by_who_finds_it(timed, forget_name, plan, sandbox):
    opened, _, _ = timed()
    forget_name(opened.conversation_sid)
    _, _, requests = timed("second", retried=True)
    assert requests == [*LOOKS, TASKS, NAME]
    (conversation,) = sandbox.conversations
    assert conversation.unique_name == plan().unique_name
    assert OutreachRecord.read(conversation.attributes).lease_holder == "second"


def test_whom_the_customer_talks_with_is_asked_where_it_may_be_an_earlier_attempt(timed, sandbox, elsewhere):
    for arguments, waits in (
        ({}, 0.0),
        ({"shared_key": True}, 0.0),
        ({"retried": True}, timing.VISIBILITY_DELAY),
    ):
        began = sandbox.clock.time()
        with pytest.raises(AlreadyTalking, match=elsewhere):
            timed(**arguments)
        assert sandbox.clock.time() - began == waits
        assert (TASKS in [one.operation for one in sandbox.requests]) is bool(arguments)
    assert not sandbox.interactions


def test_one_that_is_closed_is_in_nobodys_way(timed, client, elsewhere):
    client.send(update_conversation(elsewhere, state="closed"))
    assert timed(retried=True)[0].created


def test_a_person_whom_the_campaign_has_contacted_is_not_contacted_again(client, plan, sandbox):
    campaign = derive_key("campaign")
    theirs = dataclasses.replace(plan(strategy="one_call", key=derive_key("row 1")), campaign=campaign)
    opened = client.run(OneCall(theirs, "first", sandbox.clock.time).open())
    client.send(create_message(opened.conversation_sid, body="Hello"))
    ours = dataclasses.replace(plan(strategy="one_call"), campaign=campaign)
    with pytest.raises(ContactedAlready, match=opened.conversation_sid):
        client.run(OneCall(ours, "second", sandbox.clock.time).open())
    assert len(sandbox.interactions) == 1


def test_a_conversation_that_cannot_be_named_is_open_all_the_same(timed, sandbox, caplog):
    sandbox.faults.fail(NAME, 400, times=None)
    assert timed()[0].created
    assert "Could not name conversation" in caplog.text


def test_the_time_of_a_first_message_counts_from_the_one_request(timed, client, sandbox):
    first = FirstMessage(MessageDraft(derive_key("hello"), None, body="Hello"), sandbox.clock.time)
    sandbox.faults.delay(NAME, timing.SEND_WITHIN)
    opened, _, _ = timed(first_message=first)
    sandbox.requests.clear()
    client.run(first.send(opened))
    assert next(one.operation for one in sandbox.requests) == LOCK


@pytest.mark.parametrize("initiated_by", [None, "agent"])
def test_a_task_that_does_not_say_who_began_it_may_be_ours(
    timed, forget_name, client, sandbox, plan, initiated_by
):
    opened, _, _ = timed(attributes={"order": 1})
    forget_name(opened.conversation_sid)
    attributes = {**sandbox.tasks[0].attributes, "initiatedBy": initiated_by, "crm": "added"}
    written = json.dumps({name: value for name, value in attributes.items() if value is not None})
    client.send(update_task(plan().workspace_sid, opened.task_sid, attributes=written))
    assert timed("second", retried=True, attributes={"order": 1})[0].task_sid == opened.task_sid


def test_all_of_an_outreach_is_sent(timed, sandbox, plan):
    context, target = "HQ" + 32 * "0", "WB" + 32 * "0"
    timed(interaction_context_sid=context, webhook_ttid=target, initiated_by="api")
    form = next(one.form for one in sandbox.requests if one.operation == SEND)
    assert (form["InteractionContextSid"], form["WebhookTtid"]) == (context, target)
    assert (json.loads(form["Channel"])["type"], json.loads(form["Channel"])["initiated_by"]) == (
        "sms",
        "api",
    )
    assert json.loads(form["Routing"])["properties"]["workspace_sid"] == plan().workspace_sid


def test_a_chat_users_conversation_that_lost_its_name_is_found_by_their_identity(timed, client, sandbox):
    chat = {"channel": "chat", "to": "ada", "initiated_by": "api"}
    opened, _, _ = timed(**chat)
    client.send(update_conversation(opened.conversation_sid, unique_name="somebody's", state="closed"))
    again, _, _ = timed("second", retried=True, **chat)
    assert again == dataclasses.replace(opened, created=False)
    assert len(sandbox.interactions) == 1


OF_ANOTHER = {"key": derive_key("another"), "v": RECORD_VERSION + 1}


@pytest.mark.parametrize(
    "record", [OF_ANOTHER, OF_ANOTHER | {"v": RECORD_VERSION, "claim": None}, {"key": 7}, "x"]
)
@pytest.mark.parametrize("state", ["closed", "active"])
def test_another_outreachs_record_need_not_be_understood(timed, client, elsewhere, sandbox, record, state):
    """A newer version of this provider may have written it, or somebody may have changed it."""
    client.send(update_conversation(elsewhere, state=state, attributes={RECORD_ATTRIBUTE: record}))
    if state == "closed":
        assert timed(retried=True)[0].created
    else:
        with pytest.raises(AlreadyTalking, match=elsewhere):
            timed(retried=True)
    assert len(sandbox.interactions) == (state == "closed")
