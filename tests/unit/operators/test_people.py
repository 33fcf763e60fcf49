"""One person, whatever their address looks like: through operator, campaign, plan, follow-up and notifier."""

from __future__ import annotations

import json
import re
import traceback

import pytest

from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException
from tests.unit.alerts.planned import excluded, plan
from tests.unit.moments import at
from tests.version_compat import TaskDeferred

MEXICAN = ("whatsapp:+525512345678", "whatsapp:+5215512345678")
ARGENTINE = ("whatsapp:+5491123456789", "whatsapp:+541123456789")
BRAZILIAN = ("whatsapp:+5511987654321", "whatsapp:+551187654321")
USER_ID = ("whatsapp:US.24681357902468135790", "US.24681357902468135790")
people = pytest.mark.parametrize(
    ("address", "other"),
    [pair for forms in (MEXICAN, ARGENTINE, BRAZILIAN) for pair in (forms, forms[::-1])] + [USER_ID],
    ids=lambda one: one.removeprefix("whatsapp:"),
)
CAP = {"at_most": 1, "per": "P1D"}


def create(to, **arguments):
    return CreateInteractionOperator(**{"task_id": "open", "channel": "whatsapp", "to": to} | arguments)


@pytest.fixture
def skip_reason(run):
    def reason(operator):
        xcoms = {}
        with pytest.raises(AirflowSkipException):
            run(operator, xcoms=xcoms)
        return xcoms["skip_reason"]

    return reason


@pytest.fixture
def template(served):
    (sid,) = (one.sid for one in served.templates if one.name == "order_late")
    return {"content_sid": sid, "content_variables": {"1": "Ada", "2": "4711"}}


@people
@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_an_operator(run, served, skip_reason, address, other, strategy):
    run(create(address, strategy=strategy))
    (customer,) = (one for one in served.participants if one.address)
    assert customer.address == address
    again = {"task_id": "again", "strategy": strategy}
    assert skip_reason(create(other, on_open_conversation="skip", **again)) == "already_talking"
    assert skip_reason(create(other, frequency_cap=CAP, **again)) == "frequency_cap"
    for entry in (address, other, address.removeprefix("whatsapp:").removeprefix("+")):
        assert skip_reason(create(other, suppression=[entry], **again)) == "suppressed"
    served.customer(address).says("Revoke")
    assert skip_reason(create(other, consent="receipts", **again)) == "opted_out"
    served.customer(address).says("yes")
    assert len(served.conversations) == 1


@people
def test_a_campaign(run, served, tmp_path, template, address, other):
    results = tmp_path / "results.jsonl"
    rows = [{"to": address}, {"to": other}, {"to": "+12025550117"}]
    campaign = {"channel": "whatsapp", "results": str(results), "suppression": ["(202) 555-0117"], **template}
    run(BulkOutreachOperator(task_id="bulk", contacts=rows, **campaign))
    ended = [json.loads(line) for line in results.read_text().splitlines()]
    assert {one["line"]: one["outcome"] for one in ended} == {1: "opened", 2: "duplicate", 3: "suppressed"}
    assert [one.participants[0].address for one in served.conversations] == [address]
    assert address.removeprefix("whatsapp:") not in results.read_text()
    with pytest.raises(AirflowFailException, match="of 1 contact, failed 1"):
        run(BulkOutreachOperator(task_id="next", contacts=[{"to": other}], **campaign))
    (next_one,) = (json.loads(line) for line in results.read_text().splitlines())
    assert next_one["outcome"] == "failed"
    assert "already has an open conversation" in next_one["reason"]
    assert len(served.conversations) == 1


@pytest.mark.parametrize("variables", [{1: "{name}", "2": 4711}, '{"1": "{name}", "2": 4711}'])
def test_the_variables_of_a_campaign_and_a_notifier(run, served, use_connection, template, variables):
    given = template | {"content_variables": variables, "channel": "sms"}
    run(BulkOutreachOperator(task_id="bulk", contacts=[{"to": "+12025550117", "name": "Ada"}], **given))
    FlexNotifier(to="+12025550118", idempotency_key="one", **given)({})
    sent = [one.content_variables for one in served.messages]
    assert sent == [{"1": "Ada", "2": "4711"}, {"1": "{name}", "2": "4711"}]


@people
def test_a_plan(address, other):
    rows = [{"phone": address}, {"phone": other}]
    made = plan(rows, channel="whatsapp")
    assert [one["to"] for one in made["contacts"]] == [address]
    assert [one["rows"] for one in made["people"]] == [[1, 2]]
    assert address.removeprefix("whatsapp:") not in json.dumps(made["people"])
    assert excluded(plan(rows, channel="whatsapp", suppression=[other])) == {1: "suppressed", 2: "suppressed"}


@people
@pytest.mark.parametrize("word", ["QUIT", "no, thanks"])
def test_a_follow_up(run, served, address, other, word):
    sid = run(create(address)).xcoms["conversation_sid"]
    operator = FollowUpOperator(
        task_id="follow", conversation_sid=sid, steps=[{"after": "4h", "body": "One"}]
    )
    with pytest.raises(TaskDeferred):
        run(operator)
    served.customer(address).says(word, in_conversation=sid)
    ended = run(operator).xcoms["return_value"]
    assert ended["outcome"] == ("opted_out" if word == "QUIT" else "replied")


@people
def test_a_notifier(served, use_connection, template, address, other):
    for to in (address, other):
        FlexNotifier(channel="whatsapp", to=to, idempotency_key="one", **template)({})
    FlexNotifier(channel="whatsapp", to=other, idempotency_key="two", **template)({})
    assert (len(served.conversations), len(served.messages)) == (1, 2)


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_where_twilio_does_not_open_a_conversation_by_a_user_id(run, served, strategy):
    served.settings.user_id_participant = "refuse"
    with pytest.raises(AirflowFailException, match=r"50407.*contact them by their number") as refused:
        run(create(USER_ID[0], strategy=strategy))
    assert "2468135790" not in str(refused.value)
    assert not served.conversations
    assert not served.tasks


def test_a_user_id_tells_the_zone(run, served):
    window = {"start": "09:00", "end": "18:00", "unknown_zone": "fail"}
    night_in_berlin, morning_in_berlin = "2026-11-23T03:00:00+00:00", "2026-11-23T08:00:00+00:00"
    operator = create("DE.24681357902468135790", contact_window=window)
    with at(night_in_berlin, served), pytest.raises(TaskDeferred) as deferred:
        run(operator)
    assert deferred.value.trigger.serialize()[1]["until"] == morning_in_berlin


@pytest.mark.parametrize("named", ["participant", "nobody"])
def test_who_writes_under_a_user_id_is_the_customer_whose_number_we_know(run, served, named):
    served.settings.user_id_author = named
    number = "whatsapp:+12025550117"
    sid = run(create(number)).xcoms["conversation_sid"]
    served.customer(number).writes_as(USER_ID[0]).says("Hello?", in_conversation=sid)
    assert served.messages[0].author == USER_ID[0]
    run(SendConversationMessageOperator(task_id="send", conversation_sid=sid, body="In the session window."))
    follow_up = FollowUpOperator(
        task_id="follow", conversation_sid=sid, steps=[{"after": "4h", "body": "One"}]
    )
    with pytest.raises(TaskDeferred):
        run(follow_up)
    served.customer(number).says("Still here", in_conversation=sid)
    reply = ConversationReplySensor(task_id="wait", conversation_sid=sid, after=served.messages[1].sid)
    assert run(reply).xcoms["return_value"]["count"] == 1
    assert run(follow_up).xcoms["return_value"]["outcome"] == "replied"
    served.customer(number).says("stop", in_conversation=sid)
    assert run(follow_up).xcoms["return_value"]["outcome"] == "opted_out"
    again = create(number, task_id="again", consent="receipts")
    with pytest.raises(AirflowSkipException, match="has opted out"):
        run(again)


@pytest.mark.parametrize(
    "given",
    ["2025550141", "(202) 555-0141", "0012025550141", "messenger:24381250", USER_ID[1], "ada@localhost"],
)
def test_an_id_that_is_an_address_is_masked_in_a_campaigns_log(run, served, caplog, given):
    rows = [{"to": "+12025550117", "id": given, "name": ""}]
    with pytest.raises(AirflowFailException, match="of 1 contact, invalid 1"):
        run(BulkOutreachOperator(task_id="bulk", contacts=rows, channel="sms", message="Hello {name}"))
    assert "Line 1 (" in caplog.text
    assert given not in caplog.text


def refuse(address):
    raise LookupError(f"nobody has {address.removeprefix('whatsapp:')}")


@pytest.mark.parametrize("argument", ["suppression", "consent"])
def test_what_a_function_of_the_user_says_is_masked(run, use_connection, argument):
    number = "+12025550117"
    for operator in (
        CreateInteractionOperator(task_id="open", channel="sms", to=number, **{argument: refuse}),
        BulkOutreachOperator(
            task_id="bulk", contacts=[{"to": number}], channel="sms", message="Hi", **{argument: refuse}
        ),
    ):
        with pytest.raises(LookupError, match=r"nobody has \+1•••••0117"):
            run(operator)
    with pytest.raises(LookupError, match=r"nobody has \+1•••••0117"):
        plan([{"phone": number}], suppression=refuse)


NUMBER = "030_901820_77"


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (BulkOutreachOperator, {"columns": {NUMBER: "phone"}}),
        (BulkOutreachOperator, {"message": f"Call {{{NUMBER}"}),
        (CreateInteractionOperator, {"contact_window": {"timezone": NUMBER}}),
        (CreateInteractionOperator, {"contact_window": {NUMBER: "09:00"}}),
        (SendConversationMessageOperator, {"media": NUMBER}),
        (FollowUpOperator, {"steps": [{"after": "4h", NUMBER: "One"}]}),
    ],
)
def test_what_an_error_quotes_is_masked(run, served, caplog, operator, arguments):
    needed = {
        BulkOutreachOperator: {"channel": "sms", "contacts": [{"to": "+12025550117"}], "message": "Hi"},
        CreateInteractionOperator: {"channel": "sms", "to": "+12025550117"},
    }.get(operator, {"conversation_sid": f"CH{'1' * 32}"})
    with pytest.raises(AirflowFailException) as refused:
        run(operator(task_id="run", **needed | arguments))
    assert "03•••" in str(refused.value)
    shown = "".join(traceback.format_exception(refused.value)) + caplog.text
    assert not re.search("901820.?77", "\n".join(line for line in shown.splitlines() if line[:2] != "  "))


def test_a_row_in_the_place_of_a_header_is_not_shown(run, served, tmp_path):
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("+493090182077,Zo\u00eb,4711\n+493090182078,Ada,4712\n")
    with pytest.raises(AirflowFailException, match="is the header missing") as refused:
        run(BulkOutreachOperator(task_id="run", channel="sms", contacts=str(contacts), message="Hi"))
    with pytest.raises(AirflowFailException, match="is the header missing") as unplanned:
        plan([{"+493090182077": "+493090182078", "Zo\u00eb": "Ada"}])
    left_out = plan([{"phone": "+493090182077", "how": "+493090182077"}], channel="how")["excluded"]
    assert "not one of the channels" in str(left_out)
    for shown in (refused.value, unplanned.value, left_out):
        assert "Zo" not in str(shown)
        assert "9018" not in str(shown)


@pytest.mark.parametrize(("name", "size"), [("a.exe", 1), ("a.pdf", 16 * 1024 * 1024 + 1)])
def test_a_file_that_web_chat_does_not_carry_is_refused_before_it_is_uploaded(
    run, served, tmp_path, name, size
):
    opened = run(CreateInteractionOperator(task_id="open", channel="web", to="guest_7")).xcoms
    (tmp_path / name).write_bytes(b"x" * size)
    sent = {"conversation_sid": opened["conversation_sid"], "media": str(tmp_path / name)}
    with pytest.raises(AirflowFailException, match="web carries"):
        run(SendConversationMessageOperator(task_id="send", **sent))
    assert "CreateMedia" not in [one.operation for one in served.requests]


@pytest.mark.parametrize(
    "to", ["+1202555014\uff13", "+\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0664\u0663"]
)
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_number_in_other_digits_is_refused_before_anything_is_sent(run, served, channel, to):
    with pytest.raises(AirflowFailException, match=r"Did you mean (whatsapp:)?\+1•••••0143"):
        run(create(to if channel == "sms" else f"whatsapp:{to}", channel=channel))
    assert not served.requests
