"""A message is sent once, whatever became of the request that sent it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from airflow_provider_flexout.outreach.durable import KEY_ATTRIBUTE, derive_key, lock_name, visibility_name
from airflow_provider_flexout.outreach.errors import ConversationEnded, NobodyListens, SessionWindowClosed
from airflow_provider_flexout.outreach.interaction.record import new_record
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.media import File
from airflow_provider_flexout.outreach.message.send_once import find_sent, prepare_message, send_once
from airflow_provider_flexout.outreach.timing import SEND_WITHIN, VISIBILITY_DELAY
from airflow_provider_flexout.outreach.visibility import VisibilityWait
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    create_participant,
    fetch_conversation,
)
from airflow_provider_flexout.twilio.api.messages import create_message
from airflow_provider_flexout.twilio.http.errors import OutcomeUnknown


@pytest.fixture
def draft(elsewhere):
    return lambda key="hello", **more: MessageDraft(derive_key(key), elsewhere, body="Hello", **more)


def test_the_second_call_adopts(client, draft, sandbox):
    first, second = (client.run(send_once(draft())) for _ in range(2))
    assert (first.created, second.created) == (True, False)
    assert second.message_sid == first.message_sid == sandbox.messages[0].sid
    assert len(sandbox.messages) == 1


def test_the_same_text_under_another_key_is_another_message(client, draft, sandbox):
    for key in ("hello", "hello again"):
        assert client.run(send_once(draft(key))).created
    assert len(sandbox.messages) == 2


def test_a_response_that_is_lost_is_looked_for(client, draft, sandbox):
    sandbox.faults.drop_response("CreateConversationMessage")
    assert not client.run(send_once(draft())).created
    assert len(sandbox.messages) == 1


def test_a_request_that_is_lost_is_sent_again_after_a_long_look(client, draft, sandbox):
    began = sandbox.clock.time()
    sandbox.faults.lose_request("CreateConversationMessage")
    assert client.run(send_once(draft())).created
    assert len(sandbox.messages) == 1
    assert sandbox.clock.time() - began >= 30.0


@pytest.mark.parametrize("most", [1, 3])
def test_it_is_sent_so_many_times_at_most(client, draft, sandbox, most):
    lost = sandbox.faults.lose_request("CreateConversationMessage", times=None)
    with pytest.raises(OutcomeUnknown):
        client.run(send_once(draft(), most_requests=most))
    assert lost.fired == most
    assert sandbox.messages == []


def test_a_retry_waits_for_a_request_that_may_be_on_its_way(client, draft, sandbox):
    began = sandbox.clock.time()
    client.run(send_once(draft(retried=True)))
    assert sandbox.clock.time() - began >= 30.0


def test_a_first_attempt_in_a_new_conversation_does_not_look(client, draft, sandbox):
    sandbox.requests.clear()
    client.run(send_once(draft(channel="sms"), first_attempt=True))
    assert [one.operation for one in sandbox.requests] == ["CreateConversationMessage"]
    assert client.run(send_once(draft("again"), first_attempt=True)).created
    assert sandbox.requests.count("ListConversationParticipant") == 0


def test_under_the_callers_lock_it_is_given_as_it_was_sent(client, draft, sandbox):
    sent = client.run(send_once(draft(), is_locked=True))
    assert (sent.message_sid, sent.created) == (sandbox.messages[0].sid, True)


def test_what_is_prepared_is_sent_as_it_is(client, draft, sandbox):
    ready = client.run(prepare_message(draft(channel="sms")))
    sandbox.requests.clear()
    assert client.run(send_once(ready, prepared=True)).created
    assert [one.operation for one in sandbox.requests] == ["CreateConversationMessage"]


def test_what_was_sent_is_found(client, draft):
    assert client.run(find_sent(draft())) is None
    sent = client.run(send_once(draft()))
    assert client.run(find_sent(draft())).sid == sent.message_sid


def test_a_conversation_that_is_gone(client):
    gone = MessageDraft(derive_key("hello"), "CH" + 32 * "f", body="Hello")
    for procedure in (send_once(gone), prepare_message(gone), find_sent(gone)):
        with pytest.raises(ConversationEnded, match=f"{gone.conversation_sid}.* was deleted"):
            client.run(procedure)


LOOK, SEND = "ListConversationMessage", "CreateConversationMessage"
LOCK, RELEASE = "CreateConversation", "DeleteConversation"


@pytest.fixture
def requests_of(client, sandbox):
    """Send a message, and name the requests that it took."""

    def run(draft, **arguments):
        sandbox.requests.clear()
        client.run(send_once(draft, clock=sandbox.clock.time, **arguments))
        return [one.operation for one in sandbox.requests]

    return run


def texts(sandbox, operation, name):
    return [one.form.get(name) for one in sandbox.requests if one.operation == operation]


def test_what_it_gives_is_plain_and_says_where_the_message_stands(client, draft, elsewhere, sandbox):
    client.run(send_once(draft("hello")))
    sent = client.run(send_once(draft("again")))
    assert sent.as_dict() == {
        "message_sid": sandbox.messages[1].sid,
        "conversation_sid": elsewhere,
        "index": 1,
        "created": True,
    }
    assert client.run(send_once(draft("again"))).as_dict() == sent.as_dict() | {"created": False}


def test_all_of_a_message_is_sent(client, elsewhere, sandbox):
    client.run(
        send_once(
            MessageDraft(
                derive_key("hello"),
                elsewhere,
                body="Hello",
                author="shop",
                subject="Late",
                attributes={"a": 1},
            )
        )
    )
    (form,) = (one.form for one in sandbox.requests if one.operation == SEND)
    attributes = json.loads(form.pop("Attributes"))
    assert form == {"Author": "shop", "Body": "Hello", "Subject": "Late"}
    assert attributes == {"a": 1, KEY_ATTRIBUTE: derive_key("hello")}


def test_a_template_and_a_file_are_sent_in_place_of_a_text(client, elsewhere, sandbox):
    approved = next(one for one in sandbox.templates if one.status == "approved")
    template = {"content_sid": approved.sid, "content_variables": approved.variables}
    client.run(send_once(MessageDraft(derive_key("a"), elsewhere, **template)))
    picture = File("card.png", "image/png", lambda: 3, lambda: b"PNG")
    client.run(send_once(MessageDraft(derive_key("b"), elsewhere, media=picture)))
    assert texts(sandbox, SEND, "ContentSid") == [approved.sid, None]
    assert json.loads(texts(sandbox, SEND, "ContentVariables")[0]) == approved.variables
    assert texts(sandbox, SEND, "MediaSid") == [None, sandbox.media[0].sid]


def test_a_retry_notes_since_when_it_has_looked_for_this_message_here(requests_of, draft, elsewhere, sandbox):
    late = draft(retried=True, channel="sms", listener="WT" + 32 * "0")
    requests = requests_of(late)
    assert texts(sandbox, LOCK, "UniqueName") == [
        visibility_name(late.key, elsewhere),
        lock_name(late.key),
    ]
    assert requests[-4:] == [LOOK, SEND, RELEASE, RELEASE], "the lock and the note are deleted"
    assert [one.unique_name for one in sandbox.conversations] == [None]


@pytest.mark.parametrize(
    ("given", "arguments", "is_locked"),
    [
        ({}, {}, False),
        ({"shared_key": True}, {}, True),
        ({"shared_key": True}, {"first_attempt": True}, False),
        ({"shared_key": True}, {"is_locked": True}, False),
        ({"retried": True}, {}, True),
        ({"retried": True}, {"is_locked": True}, False),
        ({}, {"looked_at": -SEND_WITHIN}, True),
        ({"began_at": -SEND_WITHIN}, {}, True),
        ({"began_at": -SEND_WITHIN}, {"looked_at": 0.0}, False),
        ({"shared_key": True}, {"looked_at": -SEND_WITHIN, "is_locked": True}, False),
    ],
)
def test_it_is_sent_under_a_lock_where_another_attempt_may_be_at_work(
    requests_of, draft, sandbox, given, arguments, is_locked
):
    now = sandbox.clock.time()
    given, arguments = (
        {name: now + value if name in ("looked_at", "began_at") else value for name, value in one.items()}
        for one in (given, arguments)
    )
    one = draft(channel="sms", **given)
    requests_of(one, **arguments)
    assert (lock_name(one.key) in texts(sandbox, LOCK, "UniqueName")) is is_locked


def test_by_default_the_time_for_sending_counts_from_its_own_look(requests_of, draft, sandbox):
    sandbox.faults.delay(LOOK, SEND_WITHIN)
    assert requests_of(draft(channel="sms", listener="WT1")) == [LOOK, LOCK, LOOK, SEND, RELEASE]


@pytest.mark.parametrize(
    ("listener", "wrote", "is_asked"),
    [
        ("WT1", False, False),
        ("WT1", True, False),
        ("WH1", False, False),
        ("WH1", True, True),
        (None, False, True),
        (None, True, True),
    ],
)
def test_who_hears_the_reply_is_asked_where_it_is_not_known(
    requests_of, draft, elsewhere, client, listener, wrote, is_asked
):
    """Flex takes a webhook away as soon as the customer writes, and makes an agent's task."""
    if wrote:
        client.send(create_message(elsewhere, author="+12025550117", body="Where is it?"))
    asked = ["FetchConversation"] * is_asked
    one = draft(channel="sms", listener=listener)
    assert requests_of(one) == [LOOK, *asked, SEND]
    assert requests_of(draft("again", channel="sms", listener=listener), has_listener=True) == [LOOK, SEND]


@pytest.fixture
def nobody_listens(client, plan):
    """A conversation of ours that began without an agent, and has lost its webhook."""
    record = dataclasses.replace(new_record(plan(), "first", 0.0), on_reply="FW" + 32 * "0")
    return client.send(create_conversation(attributes=record.write_into({}))).sid


def test_nothing_is_said_where_nobody_would_see_the_reply(client, nobody_listens, sandbox):
    draft = MessageDraft(derive_key("hello"), nobody_listens, body="Hello", channel="sms")
    for procedure in (send_once(draft), prepare_message(draft)):
        with pytest.raises(NobodyListens, match=nobody_listens):
            client.run(procedure)
    assert sandbox.messages == []
    client.run(send_once(draft, has_listener=True))
    assert len(sandbox.messages) == 1


@pytest.mark.parametrize(("ago", "waits"), [(5, True), (120, False)])
def test_an_agents_task_is_waited_for_where_the_customer_has_just_written(
    client, nobody_listens, sandbox, ago, waits
):
    client.send(create_message(nobody_listens, author="+12025550117", body="Where is it?"))
    sandbox.clock.advance(ago)
    began = sandbox.clock.time()
    with pytest.raises(NobodyListens):
        client.run(send_once(MessageDraft(derive_key("hello"), nobody_listens, body="Hello", channel="sms")))
    assert sandbox.clock.time() - began == (VISIBILITY_DELAY if waits else 0.0)


def test_an_agent_who_has_the_task_hears_the_reply(client, nobody_listens, attempt, plan, sandbox):
    sender = sandbox.connection()["extra"]["sms_from"]
    client.send(create_participant(nobody_listens, address="+12025550117", proxy_address=sender))
    routed = {"to": None, "media_channel_sid": nobody_listens, "initiated_by": "api"}
    attempt(channel="sms", key=derive_key("routing"), **routed)
    workspace = plan().workspace_sid
    draft = MessageDraft(
        derive_key("hello"), nobody_listens, body="Hello", channel="sms", workspace_sid=workspace
    )
    assert client.run(send_once(draft)).created


def test_what_is_sent_already_needs_no_listener_any_more(client, nobody_listens):
    draft = MessageDraft(derive_key("hello"), nobody_listens, body="Hello", channel="sms")
    sent = client.run(send_once(draft, has_listener=True))
    assert client.run(send_once(draft)).message_sid == sent.message_sid
    assert client.run(prepare_message(draft)).body == "Hello"


def test_what_a_caller_has_fetched_is_not_fetched_again(client, draft, elsewhere, sandbox):
    conversation = client.send(fetch_conversation(elsewhere))
    sandbox.requests.clear()
    client.run(prepare_message(draft(channel="sms"), conversation=conversation))
    assert [one.operation for one in sandbox.requests] == [LOOK]


def test_preparing_waits_for_an_earlier_attempts_message(client, draft, elsewhere, sandbox):
    began, one = sandbox.clock.time(), draft(channel="sms")
    client.run(prepare_message(one, VisibilityWait(one.key, elsewhere)))
    assert sandbox.clock.time() - began == VISIBILITY_DELAY


def test_free_text_is_checked_against_the_session_window_where_the_channel_is_known(client, sandbox, attempt):
    sid = attempt(channel="whatsapp").conversation_sid
    draft = MessageDraft(derive_key("hello"), sid, body="Hello")
    for refused in (
        send_once(draft),
        prepare_message(draft),
        send_once(dataclasses.replace(draft, channel="whatsapp"), first_attempt=True),
    ):
        with pytest.raises(SessionWindowClosed):
            client.run(refused)
    assert sandbox.messages == []


@pytest.mark.parametrize("ours", [True, False])
def test_the_customers_last_message_opens_the_window_whatever_we_said_after_it(client, attempt, ours):
    sid = attempt(channel="whatsapp").conversation_sid
    client.send(create_message(sid, author="whatsapp:+12025550117", body="Where is it?"))
    if ours:
        client.run(send_once(MessageDraft(derive_key("before"), sid, body="We look.", author="shop")))
    client.run(send_once(MessageDraft(derive_key("hello"), sid, body="Hello")))


def test_the_window_is_counted_by_twilios_clock(client, attempt, sandbox):
    sid = attempt(channel="whatsapp").conversation_sid
    client.send(create_message(sid, author="whatsapp:+12025550117", body="Where is it?"))
    sandbox.clock.advance("25h")
    with pytest.raises(SessionWindowClosed):
        client.run(send_once(MessageDraft(derive_key("hello"), sid, body="Hello")))


def test_our_own_message_is_not_the_customers_whoever_it_shows_as_its_author(client, attempt):
    sid = attempt(channel="whatsapp").conversation_sid
    attributes = json.dumps({KEY_ATTRIBUTE: derive_key("before")})
    client.send(create_message(sid, author="whatsapp:+12025550117", body="Hello", attributes=attributes))
    with pytest.raises(SessionWindowClosed):
        client.run(send_once(MessageDraft(derive_key("hello"), sid, body="Hello")))
