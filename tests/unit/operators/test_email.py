"""Mails: who counts as the customer, with whom they have a thread, and what a mail may hold."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException
from tests.unit.alerts.planned import plan
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred

ADA, BEN, SUPPORT = "ada@example.com", "ben@example.com", "support@flexout.example"
UMLAUT, ASCII = "info@müller.de", "info@xn--mller-kva.de"


@pytest.fixture
def open_one(run):
    def opened(**arguments):
        given = {"task_id": "open", "channel": "email", "to": ADA} | arguments
        return run(CreateInteractionOperator(**given)).xcoms["conversation_sid"]

    return opened


# Somebody in cc or bcc -------------------------------------------------------------------------------------


@pytest.fixture
def copied(open_one, served, run):
    """A thread in which somebody who got a copy is out of office; give its SID."""
    sid = open_one(cc=BEN)
    run(SendConversationMessageOperator(task_id="say", conversation_sid=sid, body="Late?", subject="Late"))
    served.customer(BEN).says("I am out of office.", in_conversation=sid)
    return sid


def sensor(sid, **arguments):
    return ConversationReplySensor(task_id="wait", conversation_sid=sid, after=-1, **arguments)


def test_an_out_of_office_of_who_got_a_copy_is_no_reply(run, served, copied):
    with pytest.raises(TaskDeferred) as leaving:
        run(sensor(copied, deferrable=True))
    assert "levels" not in leaving.value.trigger.waiter
    served.customer(ADA).says("On Friday.", in_conversation=copied)
    found = run(sensor(copied), resume=leaving.value, event=fire(leaving.value.trigger)).xcoms
    assert [one.author for one in served.messages if one.sid in found["message_sids"]] == [ADA]


@pytest.mark.parametrize("levels", ["cc", ["to", "cc"], ("bcc", "cc")])
def test_a_copy_counts_where_it_is_asked_for(run, served, copied, levels):
    found = run(sensor(copied, levels=levels)).xcoms
    assert [one.author for one in served.messages if one.sid in found["message_sids"]] == [BEN]


def test_whose_reply_counts_goes_with_the_trigger(run, served, open_one):
    sid = open_one(cc=BEN)
    with pytest.raises(TaskDeferred) as leaving:
        run(sensor(sid, levels="cc", deferrable=True))
    assert json.loads(json.dumps(leaving.value.trigger.serialize()[1]["waiter"]))["levels"] == ["cc"]
    served.customer(BEN).says("Yes.", in_conversation=sid)
    assert run(sensor(sid), resume=leaving.value, event=fire(leaving.value.trigger)).xcoms["count"] == 1


@pytest.mark.parametrize("levels", ["from", [], ["to", "all"]])
def test_levels_that_are_refused(run, copied, levels):
    with pytest.raises(AirflowFailException, match="levels: must be some of to, cc, bcc"):
        run(sensor(copied, levels=levels))


@pytest.mark.parametrize("levels", ["to", ["to", "cc"]])
def test_a_follow_up(run, served, copied, levels):
    operator = FollowUpOperator(
        task_id="follow_up",
        conversation_sid=copied,
        steps=[{"after": "4h", "body": "Any news?", "subject": "Late"}],
        levels=levels,
    )
    if levels == "to":
        with pytest.raises(TaskDeferred):
            run(operator)
    else:
        assert run(operator).xcoms["outcome"] == "replied"


def test_who_got_a_copy_is_not_contacted_against_their_will(run, copied):
    operator = SendConversationMessageOperator(
        task_id="again", conversation_sid=copied, body="Again", suppression=[BEN]
    )
    with pytest.raises(AirflowSkipException):
        run(operator)


# Another of our senders ------------------------------------------------------------------------------------


@pytest.mark.parametrize("binding", ["set", "unset"])
def test_a_thread_with_another_sender_is_no_open_conversation(served, open_one, binding):
    served.settings.email_binding = binding
    served.agent().accepts(after=0)
    first = open_one(from_=SUPPORT, from_name="Support", idempotency_key="first")
    served.clock.advance("1s")
    second = open_one(idempotency_key="second")
    assert first != second
    served.clock.advance("1s")
    with pytest.raises(AlreadyTalking, match=f"{second}"):
        open_one(idempotency_key="third")
    assert open_one(idempotency_key="third", on_open_conversation="join") == second


def test_before_an_agent_accepts_the_binding_tells_the_sender(served, open_one):
    served.agent().by_hand()
    open_one(from_=SUPPORT, from_name="Support", idempotency_key="first")
    open_one(idempotency_key="second")
    assert len(served.conversations) == 2


def test_a_thread_that_tells_no_sender_counts_as_open(served, open_one):
    served.settings.email_binding = "unset"
    served.agent().by_hand()
    first = open_one(from_=SUPPORT, from_name="Support", idempotency_key="first")
    with pytest.raises(AlreadyTalking, match=first):
        open_one(idempotency_key="second")


def test_who_got_a_copy_has_no_open_conversation(served, open_one):
    open_one(cc=BEN, idempotency_key="first")
    open_one(to=BEN, idempotency_key="second")
    assert len(served.conversations) == 2


def test_a_campaign_and_the_notifier_go_past_a_thread_with_another_sender(run, served, open_one):
    served.agent().accepts(after=0)
    open_one(from_=SUPPORT, from_name="Support")
    served.clock.advance("1s")
    operator = BulkOutreachOperator(task_id="bulk", contacts=[{"to": ADA}], message="Late", channel="email")
    assert run(operator).xcoms["summary"]["opened"] == 1
    served.clock.advance("1s")
    notifier = FlexNotifier(channel="email", to=ADA, from_="alerts@flexout.example", body="Late again")
    notifier({})
    assert len(served.conversations) == 3
    assert [one.body for one in served.messages] == ["Late", "Late again"]


# Line breaks -----------------------------------------------------------------------------------------------

BREAK = "Ada\nBcc: everybody@example.com"


@pytest.mark.parametrize("character", ["\n", "\r", "\x00", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"subject": "Late{}Bcc: x"},
        {"customer_name": "Ada{}Bcc: x"},
        {"from_name": "Us{}Bcc: x"},
        {"to": "Ada{}Bcc <ada@example.com>"},
        {"cc": '"Ben{}B" <ben@example.com>'},
        {"bcc": ["Ben{}B <ben@example.com>"]},
    ],
)
def test_a_line_break_is_refused(run, served, open_one, arguments, character):
    (name,) = arguments
    given = {
        name: value[0].format(character).split("|") if isinstance(value, list) else value.format(character)
        for name, value in arguments.items()
    }
    with pytest.raises(AirflowFailException, match=rf"(to|{name}): holds a (line break|NUL character)"):
        open_one(**given)
    assert not served.conversations


def test_a_line_break_in_a_whole_channel_is_refused(open_one, served):
    channel = {
        "type": "email",
        "initiated_by": "agent",
        "properties": {"from": SUPPORT, "from_name": "Us"},
        "participants": [{"level": "to", "name": BREAK, "address": ADA}],
    }
    with pytest.raises(AirflowFailException, match="line break"):
        open_one(channel=channel, to=None)
    channel["participants"][0]["name"], channel["properties"]["from_name"] = "Ada", BREAK
    with pytest.raises(AirflowFailException, match="line break"):
        open_one(channel=channel, to=None)
    with pytest.raises(AirflowFailException, match=r"code 45366.*properties.from_name holds a line break"):
        open_one(channel=channel, to=None, validate=False)
    assert not served.conversations


def test_a_line_break_in_a_message_a_step_a_campaign_and_a_notification(run, served, open_one):
    sid = open_one()
    with pytest.raises(AirflowFailException, match="subject: holds a line break"):
        run(SendConversationMessageOperator(task_id="a", conversation_sid=sid, body="x", subject=BREAK))
    step = {"after": "1h", "body": "x", "subject": BREAK}
    with pytest.raises(AirflowFailException, match=r"steps\[0\]: subject: holds a line break"):
        run(FollowUpOperator(task_id="b", conversation_sid=sid, steps=[step]))
    rows = [
        {"to": "cai@example.com", "subject": BREAK},
        {"to": "dora@example.com", "customer_name": BREAK},
    ]
    operator = BulkOutreachOperator(task_id="c", contacts=rows, message="x", channel="email")
    with pytest.raises(AirflowFailException, match="of 2 contacts, invalid 2"):
        run(operator)
    with pytest.raises(ValueError, match="FlexNotifier: subject: holds a line break"):
        FlexNotifier(channel="email", to="eve@example.com", body="x", subject=BREAK)
    FlexNotifier(channel="email", to="eve@example.com", body="x", subject="{{ subject }}")({"subject": BREAK})
    assert not served.messages


# Domains that are not ASCII --------------------------------------------------------------------------------


def customer(served):
    return next(one.address for one in served.participants if one.address)


@pytest.mark.parametrize("written", [UMLAUT, "INFO@MÜLLER.DE", f"Müller <{UMLAUT}>", ASCII])
def test_a_domain_goes_out_in_punycode(served, open_one, written):
    open_one(to=written)
    assert customer(served).lower() == ASCII
    (task,) = served.tasks
    assert task.attributes["customerAddress"].lower() == ASCII


def test_a_local_part_that_is_not_ascii_is_refused(open_one):
    with pytest.raises(AirflowFailException, match="is not a mail address"):
        open_one(to="jürgen@example.com")


def test_a_whole_channel_is_refused_with_the_punycode(open_one):
    channel = {
        "type": "email",
        "initiated_by": "agent",
        "properties": {"from": SUPPORT, "from_name": "Us"},
        "participants": [{"level": "to", "name": "Info", "address": UMLAUT}],
    }
    with pytest.raises(AirflowFailException, match=r"Write its domain as xn--mller-kva.de"):
        open_one(channel=channel, to=None)


@pytest.mark.parametrize(("given", "listed"), [(UMLAUT, ASCII), (ASCII, UMLAUT)])
def test_it_is_one_person(run, served, open_one, given, listed):
    with pytest.raises(AirflowSkipException):
        open_one(to=given, suppression=[listed])
    rows = [{"to": given}, {"to": listed}]
    operator = BulkOutreachOperator(task_id="bulk", contacts=rows, message="Late", channel="email")
    summary = run(operator).xcoms["summary"]
    assert (summary["opened"], summary["duplicate"]) == (1, 1)
    made = plan(rows, to="to", channel="email")
    assert [one["rows"] for one in made["people"]] == [[1, 2]]
