"""Customers and agents follow their scripts, in the sandbox's own time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.sandbox import Sandbox

CUSTOMER = "+15005550010"


def said(sandbox, sids):
    return [(each.role, each.body) for each in sandbox.conversation(sids["conversation"]).transcript]


@pytest.fixture
def write(twilio):
    return lambda sids, body: twilio.conversations.v1.conversations(sids["conversation"]).messages.create(
        body=body, author="pipeline"
    )


def test_replies_are_counted_from_the_message_that_they_answer(sandbox, open_one, write):
    sandbox.customer(CUSTOMER).replies("yes", after="2h").replies("thanks", after="10m")
    sids = open_one()
    start = sandbox.clock.now()
    write(sids, "shall we?")
    sandbox.clock.advance("1h")
    write(sids, "still there?")
    sandbox.clock.advance("5h")
    transcript = sandbox.conversation(sids["conversation"]).transcript
    assert [(each.body, each.role, each.at - start) for each in transcript] == [
        ("shall we?", "pipeline", timedelta()),
        ("still there?", "pipeline", timedelta(hours=1)),
        ("thanks", "customer", timedelta(hours=1, minutes=10)),
        ("yes", "customer", timedelta(hours=2)),
    ]


def test_replies_are_used_once_per_conversation(sandbox, open_one, write, extra):
    sandbox.customer().replies("yes", after="1m")
    first = open_one()
    second = open_one(participants=[{"address": "+15005550011", "proxy_address": extra["sms_from"]}])
    for sids in (first, second, first):
        write(sids, "shall we?")
    sandbox.clock.advance("1h")
    assert said(sandbox, first).count(("customer", "yes")) == 1
    assert said(sandbox, second).count(("customer", "yes")) == 1


def test_a_closed_conversation_gets_no_reply(sandbox, twilio, open_one, write):
    sandbox.customer().replies("yes", after="1m")
    sids = open_one()
    write(sids, "shall we?")
    twilio.conversations.v1.conversations(sids["conversation"]).update(state="closed")
    sandbox.clock.advance("1h")
    assert said(sandbox, sids) == [("pipeline", "shall we?")]


def test_a_customer_of_their_own_takes_after_the_default(sandbox, open_one, write):
    sandbox.customer().receives(after="1h").replies("default", after="2s")
    sandbox.customer(CUSTOMER).replies("own", after="1s")
    sids = open_one()
    message = write(sids, "hello")
    sandbox.clock.advance("10m")
    assert said(sandbox, sids)[-1] == ("customer", "own")
    assert message.fetch().delivery["delivered"] == "none"
    sandbox.clock.advance("1h")
    assert message.fetch().delivery["delivered"] == "all"


def test_a_customer_can_speak_up(sandbox, open_one):
    with pytest.raises(LookupError, match="no open conversation"):
        sandbox.customer(CUSTOMER).says("hello?")
    sids = open_one()
    sandbox.customer(CUSTOMER).says("hello?")
    sandbox.customer().says("anybody?", in_conversation=sids["conversation"])
    assert said(sandbox, sids) == [("customer", "hello?"), ("customer", "anybody?")]
    with pytest.raises(LookupError, match="not in conversation"):
        sandbox.customer("+15005550011").says("me too", in_conversation=sids["conversation"])


def test_an_agent_does_the_whole_job(sandbox, open_one, tasks):
    sandbox.agent().accepts(after="1s").says("Hello, Ada", after="5s").finishes(
        after="5m", outcome="sold", wrap_up="1m"
    )
    sids = open_one()
    sandbox.clock.advance("10s")
    assert tasks(sids["task"]).fetch().assignment_status == "assigned"
    assert said(sandbox, sids) == [("agent", "Hello, Ada")]
    sandbox.clock.advance("5m")
    assert sandbox.conversation(sids["conversation"]).state == "closed"
    [task] = sandbox.tasks
    assert (task.status, task.attributes["outcome"]) == ("wrapping", "sold")
    sandbox.clock.advance("1m")
    assert sandbox.tasks[0].status == "completed"
    assert sandbox.interactions[0].channel_status == "closed"


def test_an_agent_who_declines_leaves_a_conversation_without_anybody(sandbox, open_one):
    sandbox.agent("ana").declines(after="1s")
    sids = open_one()
    sandbox.clock.advance("10s")
    assert sandbox.tasks[0].status == "canceled"
    view = sandbox.conversation(sids["conversation"])
    assert view.state == "active"
    assert [each.address for each in view.participants] == [CUSTOMER]


def test_a_task_for_everybody_goes_to_the_next_agent(sandbox, open_one):
    sandbox.agent().declines(after="1s")
    sandbox.agent("chloe").accepts(after="1s")
    open_one(initiated_by="api", routed={"worker_sid": None, "queue_sid": None})
    sandbox.clock.advance("1m")
    sids = sandbox.tasks[0].conversation_sid
    assert [each.identity for each in sandbox.conversation(sids).participants] == [None, "chloe"]


def test_an_agent_comes_back(sandbox, open_one):
    sandbox.agent().away()
    open_one()
    sandbox.clock.advance("1h")
    assert sandbox.tasks[0].status == "pending"
    sandbox.agent().accepts(after="1s")
    sandbox.clock.advance("1s")
    assert sandbox.tasks[0].status == "assigned"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: s.customer().opts_out(),
        lambda s: s.customer().replies("", after="1s"),
        lambda s: s.customer().replies("yes", after="soon"),
        lambda s: s.customer().replies("yes", after=-1),
        lambda s: s.customer().receives(after=True),
        lambda s: s.customer().fails(code="30007"),
        lambda s: s.customer().fails(code=7),
        lambda s: s.customer().fails(status="lost"),
        lambda s: s.agent("nobody"),
        lambda s: s.agent("WK" + "0" * 32),
        lambda s: s.agent().says("x" * 1601),
    ],
)
def test_wrong_directions_are_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        wrong(Sandbox(seed=1))


def test_a_customer_can_close_the_conversation(sandbox, twilio, tasks, open_one):
    sandbox.agent().accepts(after="1s")
    sandbox.customer().closes(after="2h")
    sids = open_one()
    said = twilio.conversations.v1.conversations(sids["conversation"]).messages
    said.create(body="Hello")
    sandbox.clock.advance("1h")
    said.create(body="Still there?")
    sandbox.clock.advance("59m")
    assert sandbox.conversation(sids["conversation"]).state == "active"
    sandbox.clock.advance("1m")
    assert sandbox.conversation(sids["conversation"]).state == "closed"
    assert tasks(sids["task"]).fetch().assignment_status == "wrapping"
    assert sandbox.interactions[0].channel_status == "closed"


def test_a_conversation_without_an_agent_can_be_closed_too(sandbox, twilio, extra):
    sandbox.customer("+12025550117").closes()
    bare = twilio.conversations.v1.conversations.create()
    bare.participants.create(
        messaging_binding_address="+12025550117", messaging_binding_proxy_address=extra["sms_from"]
    )
    bare.messages.create(body="Hello")
    sandbox.clock.advance("1s")
    assert sandbox.conversation(bare.sid).state == "closed"
