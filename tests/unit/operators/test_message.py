"""Templates, files and the customer's 24 hours, as the operator treats them."""

from __future__ import annotations

import json

import pytest
from airflow.sdk import DAG

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException
from tests.unit.operators.conftest import TO

VARIABLES = {"1": "Ada", "2": "4711"}


def template(served, name: str) -> str:
    return next(one.sid for one in served.templates if one.name == name)


def count(served, operation: str) -> int:
    return served.requests.count(operation)


# Templates ------------------------------------------------------------------------------------------------


def test_a_template_is_sent(say, served):
    say("whatsapp", content_sid=template(served, "order_late"), content_variables=VARIABLES)
    (message,) = served.messages
    assert (message.content_sid, message.content_variables) == (template(served, "order_late"), VARIABLES)


@pytest.mark.parametrize(
    "variables", [{"1": "Ada", "2": 4711}, {1: "Ada", 2: 4711}, '{"1": "Ada", "2": 4711}']
)
def test_numbers_among_the_variables_are_sent_as_texts(say, served, variables):
    say("sms", content_sid=template(served, "order_late"), content_variables=variables)
    assert served.messages[0].content_variables == VARIABLES


@pytest.mark.parametrize(
    ("name", "variables", "problem"),
    [
        ("win_back", {"1": "Ada"}, r"'win_back' \(HX\w+\) is pending by WhatsApp"),
        ("price_drop", {"1": "x"}, 'is rejected by WhatsApp with the reason "Variables can\'t stand alone."'),
        ("quick_answer", {"name": "Ada"}, "is unsubmitted by WhatsApp.*Submit it for WhatsApp's approval"),
        ("survey", {"1": "Ada"}, "is paused by WhatsApp.*use another"),
        ("old_offer", {"1": "Ada"}, "is disabled by WhatsApp"),
        ("order_late", {"1": "Ada"}, r"template 'order_late' \(HX\w+\) needs 2 as well"),
        ("order_late", VARIABLES | {"3": "x"}, r"template 'order_late' .* has no 3; its variables: 1, 2"),
        ("order_late", {"1": "", "2": "x"}, "'1' is empty"),
        ("order_late", {"1": "a\nb", "2": "x"}, "'1' is empty, or holds a line break"),
    ],
)
def test_a_template_that_would_not_arrive_is_refused(say, served, name, variables, problem):
    with pytest.raises(AirflowFailException, match=problem):
        say("whatsapp", content_sid=template(served, name), content_variables=variables)
    assert served.messages == []


def test_a_template_that_does_not_exist_is_refused(say, served):
    with pytest.raises(AirflowFailException, match=r"there is no template HX0+ in this account"):
        say("whatsapp", content_sid="HX" + "0" * 32)
    assert served.messages == []


def test_other_channels_need_no_approval(say, served):
    say("sms", content_sid=template(served, "win_back"), content_variables={"1": "Ada"})
    assert len(served.messages) == 1


def test_an_answer_needs_no_approval_within_the_customers_24_hours(say, talk, served):
    sid = talk("whatsapp")
    served.customer(TO["whatsapp"]).says("Call me", in_conversation=sid)
    say(where=sid, content_sid=template(served, "quick_answer"), content_variables={"name": "Ada"})
    assert [one.content_sid for one in served.messages][1:] == [template(served, "quick_answer")]


def test_an_approval_that_came_since_is_seen(say, talk, served):
    sid, late = talk("whatsapp"), template(served, "win_back")
    with pytest.raises(AirflowFailException, match="pending"):
        say(where=sid, content_sid=late, content_variables={"1": "Ada"})
    served.decide("win_back", "approved")
    say(where=sid, content_sid=late, content_variables={"1": "Ada"})
    assert len(served.messages) == 1


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("operation", ["FetchContent", "FetchApprovalFetch"])
def test_a_key_that_may_not_look_sends_with_a_warning(say, served, caplog, operation, status):
    served.faults.fail(operation, status, times=None)
    say("whatsapp", content_sid=template(served, "win_back"), content_variables={"1": "Ada"})
    assert len(served.messages) == 1
    assert any(template(served, "win_back") in one.getMessage() for one in caplog.records)


# The customer's 24 hours ------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [{}, {"channel": "whatsapp"}])
def test_free_text_outside_of_the_window_is_refused(say, served, given):
    with pytest.raises(AirflowFailException, match="whatsapp takes free text for 24 hours"):
        say("whatsapp", body="Hello", **given)
    assert served.messages == []


def test_free_text_can_be_skipped(say, talk, served):
    sid = talk("whatsapp")
    with pytest.raises(AirflowSkipException, match=sid):
        say(where=sid, body="Hello", on_closed_window="skip")
    assert served.messages == []


def test_a_template_takes_the_place_of_the_text(say, served):
    say(
        "whatsapp",
        body="Hello",
        on_closed_window="template",
        content_sid=template(served, "order_late"),
        content_variables=VARIABLES,
    )
    (message,) = served.messages
    assert (message.body, message.content_sid) == (None, template(served, "order_late"))


def test_within_the_window_the_text_is_sent(say, talk, served):
    sid = talk("whatsapp")
    served.customer(TO["whatsapp"]).says("Hello?", in_conversation=sid)
    say(
        where=sid,
        body="Hello",
        on_closed_window="template",
        content_sid=template(served, "order_late"),
        content_variables=VARIABLES,
    )
    assert [one.body for one in served.messages] == ["Hello?", "Hello"]
    assert count(served, "FetchContent") == 0


def test_the_window_closes_after_24_hours(say, talk, served):
    sid = talk("whatsapp")
    served.customer(TO["whatsapp"]).says("Hello?", in_conversation=sid)
    served.clock.advance("23h")
    say(where=sid, body="Hello", idempotency_key="inside")
    served.clock.advance("61m")
    with pytest.raises(AirflowFailException, match="shows no message that recent"):
        say(where=sid, body="Hello", idempotency_key="outside")


def test_messenger_has_a_window_and_no_templates(say, served):
    with pytest.raises(AirflowFailException, match="no template reopens messenger"):
        say(
            "messenger",
            body="Hello",
            on_closed_window="template",
            content_sid=template(served, "order_late"),
            content_variables=VARIABLES,
        )
    assert served.messages == []


@pytest.mark.parametrize("channel", ["sms", "chat", "email"])
def test_other_channels_have_no_window(say, served, channel):
    say(channel, body="Hello")
    assert [one.body for one in served.messages] == ["Hello"]


@pytest.mark.parametrize(("channel", "length"), [("chat", 32768), ("email", 32768)])
def test_chat_and_email_carry_long_texts(say, served, channel, length):
    say(channel, channel=channel, body="x" * length)
    with pytest.raises(AirflowFailException, match=f"{length + 1} bytes"):
        say(channel, channel=channel, body="x" * (length + 1))


@pytest.mark.parametrize("letter", ["x", "ж", "\N{PARTY POPPER}"])
def test_operator_and_sandbox_measure_attributes_in_one_way(run, say, served, letter):
    """In characters, of a message as of a task, whichever script they are of."""
    for count in (3000, 4030):
        say(body="Late", attributes={"note": letter * count}, idempotency_key=str(count))
        assert served.messages[-1].attributes["note"] == letter * count
        served.customer(TO["sms"]).closes()
    with pytest.raises(AirflowFailException, match=r"attributes: .* a message holds at most 4096"):
        say(body="Late", attributes={"note": letter * 4090})


# Emails -----------------------------------------------------------------------------------------------------


def test_an_email_thread(run, say, served, extra):
    operator = CreateInteractionOperator(
        task_id="open",
        channel="email",
        to="Ada Lovelace <ada@example.com>",
        cc="Ben <ben@example.com>, chloe@example.com",
        bcc=["dora@example.com"],
        subject="Your order",
        customer_name="Ada",
    )
    sid = run(operator).xcoms["conversation_sid"]
    say(where=sid, body="It is late.", subject="Your order")
    served.customer("ada@example.com").says("How late?", in_conversation=sid)
    assert [(one.body, one.subject) for one in served.messages] == [
        ("It is late.", "Your order"),
        ("How late?", "Re: Your order"),
    ]
    assert [(one.level, one.name, one.address) for one in served.participants if one.address] == [
        ("to", "Ada Lovelace", "ada@example.com"),
        ("cc", "Ben", "ben@example.com"),
        ("cc", "chloe@example.com", "chloe@example.com"),
        ("bcc", "dora@example.com", "dora@example.com"),
    ]
    (form,) = [one.form for one in served.requests if one.operation == "CreateInteraction"]
    properties = json.loads(form["Channel"])["properties"]
    assert (properties["from"], properties["from_name"]) == (extra["email_from"], extra["email_from_name"])
    (task,) = served.tasks
    assert (task.attributes["subject"], task.attributes["customerAddress"]) == (
        "Your order",
        "ada@example.com",
    )


@pytest.fixture
def extra(served):
    return served.connection()["extra"]


def test_the_channel_comes_with_the_conversation():
    with DAG("told", schedule=None):
        opened = CreateInteractionOperator(task_id="open", channel="sms", to=TO["sms"])
        sid = opened.output["conversation_sid"]
        told = SendConversationMessageOperator(task_id="say", conversation_sid=sid, body="Hello")
        given = SendConversationMessageOperator(
            task_id="given", conversation_sid=sid, body="Hello", channel="chat"
        )
        elsewhere = SendConversationMessageOperator(
            task_id="ask", conversation_sid=opened.output["task_sid"], body="Hello"
        )
    assert (told.channel.operator, told.channel.key) == (opened, "channel_type")
    assert (given.channel, elsewhere.channel) == ("chat", None)


def test_the_name_of_a_file_is_a_text(run, served, tmp_path, monkeypatch):
    (tmp_path / "hello.txt").write_text("What is in it")
    monkeypatch.chdir(tmp_path)
    opened = run(CreateInteractionOperator(task_id="create", channel="sms", to="+12025550117")).xcoms
    sid = opened["conversation_sid"]
    run(SendConversationMessageOperator(task_id="send", conversation_sid=sid, body="hello.txt"))
    assert [one.body for one in served.messages] == ["hello.txt"]
