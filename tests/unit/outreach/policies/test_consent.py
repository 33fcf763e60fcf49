"""Opt-outs, as the sandbox's messages and receipts tell."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.registry import channel_named
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.policies.consent import OptedOut, opted_out_in
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.outreach.policies.recipients import recipients_of
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.api.messages import Message, ReceiptPage

CUSTOMER = "+12025550117"


def opted_out(plan, **arguments):
    return OptedOut(recipients_of(plan(**arguments)))


@pytest.fixture
def past(attempt, client, sandbox, say):
    """Have a conversation: the customer says something, then a message of ours arrives, then it is closed."""

    def run(number, said=None, ours=None, **arguments):
        sid = attempt(key=derive_key("past", number), **arguments).conversation_sid
        if said:
            sandbox.customer(arguments.get("to", CUSTOMER)).says(said, in_conversation=sid)
        if ours:
            say(sid, ours)
        client.send(update_conversation(sid, state="closed"))
        sandbox.clock.advance("1h")

    return run


@pytest.fixture
def ask_and_count(ask, sandbox):
    """Ask a policy, and count the conversations that it reads."""

    def run(policy):
        before = len(sandbox.requests)
        decision = ask(policy)
        asked = [one.operation for one in sandbox.requests[before:]]
        return decision, asked.count("ListConversationMessage")

    return run


def test_who_was_never_written_to_has_not_opted_out(plan, ask):
    assert ask(opted_out(plan)) == Go()


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_who_opted_out_is_skipped_as_soon_as_a_message_has_failed(attempt, ask, say, sandbox, plan, channel):
    sid = attempt(channel=channel).conversation_sid
    policy = OptedOut(recipients_of(plan(channel=channel)))
    sandbox.customer(plan(channel=channel).address).says("Hi", in_conversation=sid)
    say(sid)
    assert ask(policy) == Go()
    sandbox.customer(plan(channel=channel).address).opts_out()
    say(sid)
    refused = ask(policy)
    assert refused.reason == "opted_out"
    assert "21610" in refused.why
    assert CUSTOMER not in refused.why


OUT = ["STOP", "StopAll", "unsubscribe", "CANCEL", "end", "Quit", "revoke", " OptOut "]


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize("word", OUT)
def test_all_of_twilios_words_count_alone_in_the_message(attempt, ask, sandbox, plan, channel, word):
    sid = attempt(channel=channel).conversation_sid
    policy = OptedOut(recipients_of(plan(channel=channel)))
    customer = sandbox.customer(plan(channel=channel).address)
    customer.says(f"please {word}", in_conversation=sid)
    assert ask(policy) == Go()
    customer.says(word, in_conversation=sid)
    assert isinstance(ask(policy), Skip)
    customer.says("Hm", in_conversation=sid)
    assert isinstance(ask(policy), Skip)
    customer.says("yes", in_conversation=sid)
    assert ask(policy) == Go()


@pytest.mark.parametrize(
    ("channel", "to"), [("messenger", "messenger:24381250"), ("email", "ada@example.com")]
)
def test_on_other_channels_a_word_is_a_word(attempt, ask, sandbox, plan, channel, to):
    sid = attempt(channel=channel, to=to).conversation_sid
    sandbox.customer(to).says("STOP", in_conversation=sid)
    assert ask(OptedOut(recipients_of(plan(channel=channel, to=to)))) == Go()


def test_an_opt_out_holds_for_the_sender(attempt, ask, say, sandbox, plan):
    sandbox.customer(CUSTOMER).says("STOP", in_conversation=attempt().conversation_sid)
    elsewhere = {"from_": "+15005550009", "key": derive_key("elsewhere")}
    assert ask(OptedOut(recipients_of(plan(**elsewhere)))) == Go()
    say(attempt(**elsewhere).conversation_sid)
    assert ask(OptedOut(recipients_of(plan(**elsewhere)))) == Go()
    sandbox.settings.stop_reaches = "every_sender"
    sandbox.customer(CUSTOMER).says("STOP", in_conversation=sandbox.conversations[0].sid)
    say(sandbox.conversations[1].sid, "Again")
    assert isinstance(ask(OptedOut(recipients_of(plan(**elsewhere)))), Skip)


def test_an_opt_out_holds_for_the_messaging_service(attempt, ask, sandbox, plan):
    ours = {"messaging_service_sid": "MG" + "1" * 32}
    elsewhere = {"from_": "+15005550009", "key": derive_key("elsewhere")}
    first = attempt(**ours).conversation_sid
    sandbox.customer(CUSTOMER).says("STOP", in_conversation=first)
    assert isinstance(ask(OptedOut(recipients_of(plan(**ours, **elsewhere)))), Skip)
    assert ask(OptedOut(recipients_of(plan(**elsewhere)))) == Go()
    another = {"messaging_service_sid": "MG" + "2" * 32}
    assert ask(OptedOut(recipients_of(plan(**another, **elsewhere)))) == Go()
    sandbox.clock.advance("1m")
    second = attempt(**ours, **elsewhere).conversation_sid
    assert isinstance(ask(OptedOut(recipients_of(plan(**ours, **elsewhere)))), Skip)
    sandbox.customer(CUSTOMER).says("Yes", in_conversation=second)
    assert ask(OptedOut(recipients_of(plan(**ours, **elsewhere)))) == Go()
    assert ask(OptedOut(recipients_of(plan(**ours)))) == Go()
    sandbox.clock.advance("1m")
    sandbox.customer(CUSTOMER).says("Stop", in_conversation=first)
    assert isinstance(ask(OptedOut(recipients_of(plan(**ours, **elsewhere)))), Skip)


def test_who_comes_back_with_start_may_be_contacted(attempt, ask, say, sandbox, plan):
    sid = attempt().conversation_sid
    sandbox.customer(CUSTOMER).says("STOP", in_conversation=sid)
    say(sid)
    assert isinstance(ask(opted_out(plan)), Skip)
    sandbox.customer(CUSTOMER).says(" start ", in_conversation=sid)
    assert ask(opted_out(plan)) == Go()
    say(sid)
    assert ask(opted_out(plan)) == Go()


def test_what_is_skipped_says_why(ask, past, plan):
    past(0, "STOP")
    codes = "21610, 30630, 63014, 63033, 63050"
    why = f"+1•••••0117 has opted out: by a word such as STOP, or a message failed with one of {codes}."
    assert ask(opted_out(plan)) == Skip("opted_out", why)


def test_the_five_newest_conversations_with_the_sender_are_read(ask_and_count, contact, past, plan):
    past(0, "STOP")
    for number in range(4):
        contact(number)
    decision, read = ask_and_count(opted_out(plan))
    assert isinstance(decision, Skip)
    assert read == 5
    contact(4)
    assert ask_and_count(opted_out(plan)) == (Go(), 5)


def test_of_a_sender_nothing_is_read_behind_the_newest_conversation_that_tells(ask_and_count, past, plan):
    past(0, ours="Hello")
    past(1, ours="Hello")
    assert ask_and_count(opted_out(plan)) == (Go(), 1)


OTHER_SENDER = {"from_": "+15005550009"}


def test_conversations_with_other_senders_hide_no_opt_out(ask_and_count, contact, past, plan):
    past(0, "STOP")
    for number in range(11):
        contact(number, **OTHER_SENDER)
    decision, read = ask_and_count(opted_out(plan))
    assert isinstance(decision, Skip)
    assert read == 1


def test_of_a_messaging_service_the_ten_newest_conversations_are_looked_at(ask, contact, past, plan):
    ours, others = ({"messaging_service_sid": "MG" + digit * 32} for digit in "12")
    past(0, "STOP", **ours)
    for number in range(9):
        contact(number, **others, **OTHER_SENDER)
    assert isinstance(ask(opted_out(plan, **ours)), Skip)
    contact(9, **others, **OTHER_SENDER)
    assert ask(opted_out(plan, **ours)) == Go()


def test_other_failures_are_no_opt_out(attempt, ask, say, sandbox, plan):
    sandbox.customer(CUSTOMER).fails(30003)
    sid = attempt().conversation_sid
    say(sid)
    assert ask(opted_out(plan)) == Go()


FORMS = ("whatsapp:+5491123456789", "whatsapp:+541123456789")


@pytest.mark.parametrize(("written_to", "asked_about"), [FORMS, FORMS[::-1]])
def test_an_opt_out_under_another_form_of_the_number_counts(
    attempt, ask, sandbox, plan, written_to, asked_about
):
    sid = attempt(channel="whatsapp", to=written_to).conversation_sid
    policy = OptedOut(recipients_of(plan(channel="whatsapp", to=asked_about)))
    assert ask(policy) == Go()
    sandbox.customer(written_to).says("STOP", in_conversation=sid)
    assert isinstance(ask(policy), Skip)


def test_a_start_behind_a_message_that_arrived_ends_the_opt_out_of_another_form(ask, past, plan):
    how = {"channel": "whatsapp"}
    past(0, "STOP", to=FORMS[1], **how)
    past(1, "START", to=FORMS[0], **how)
    past(2, "Hm", ours="Hello", to=FORMS[0], **how)
    for form in FORMS:
        assert ask(opted_out(plan, to=form, **how)) == Go()


@pytest.mark.parametrize(("channel", "expected"), [("sms", True), ("email", None)])
def test_the_words_of_the_channel_count(client, channel, expected):
    stop = Message.model_validate({"sid": "IM1", "participant_sid": "MB1", "body": "STOP"})
    assert client.run(opted_out_in([stop], "MB1", channel_named(channel))) is expected


def verdict(*delivery, codes=(0,)):
    """Say what messages with these deliveries show, the newest first; each has these receipts."""
    newest = [
        Message.model_validate({"sid": f"IM{place}", "participant_sid": "MBagent", "delivery": one})
        for place, one in enumerate(delivery)
    ]
    receipts = [{"sid": "DY1", "participant_sid": "MB1", "error_code": code} for code in codes]
    procedure = opted_out_in(newest, "MB1", channel_named("sms"))
    try:
        next(procedure)
        while True:
            procedure.send(ReceiptPage.model_validate({"delivery_receipts": receipts}))
    except StopIteration as done:
        return done.value


@pytest.mark.parametrize(
    ("delivery", "codes", "expected"),
    [
        ({"failed": "all"}, (21610,), True),
        ({"undelivered": "some"}, (30003, 21610), True),
        *[({"failed": "all"}, (code,), True) for code in (30630, 63014, 63033, 63050)],
        ({"failed": "all"}, (30003,), None),
        ({"failed": "none", "undelivered": "none", "delivered": "all", "read": "none"}, (21610,), False),
        ({"delivered": "none", "read": "all"}, (), False),
        ({"sent": "all", "delivered": "none", "read": "none"}, (), None),
        ({"sent": "all"}, (), None),
        ({}, (), None),
        (None, (), None),
    ],
)
def test_each_stage_of_a_delivery_tells_by_itself(delivery, codes, expected):
    assert verdict(delivery, codes=codes) == expected


def test_the_newest_message_that_tells_decides():
    assert verdict({"sent": "all"}, {"delivered": "all"}, {"failed": "all"}, codes=(21610,)) is False
    assert verdict({"failed": "all"}, {"delivered": "all"}, codes=(21610,)) is True


@pytest.mark.parametrize(("first", "then", "out"), [("STOP", "START", False), ("START", "STOP", True)])
def test_the_newest_conversation_that_tells_decides(attempt, ask, sandbox, plan, client, first, then, out):
    for number, word in enumerate((first, then)):
        sid = attempt(key=derive_key("outreach", number)).conversation_sid
        sandbox.customer(CUSTOMER).says(word, in_conversation=sid)
        client.send(update_conversation(sid, state="closed"))
        sandbox.clock.advance("1h")
    assert isinstance(ask(opted_out(plan)), Skip) == out


def test_a_conversation_under_one_form_of_the_number_does_not_hide_another(
    attempt, ask, sandbox, plan, client
):
    for form, word in zip(FORMS, ("START", "STOP"), strict=True):
        sid = attempt(channel="whatsapp", to=form, key=derive_key(form)).conversation_sid
        sandbox.customer(form).says(word, in_conversation=sid)
        client.send(update_conversation(sid, state="closed"))
    for form in FORMS:
        assert isinstance(ask(OptedOut(recipients_of(plan(channel="whatsapp", to=form)))), Skip)


@pytest.mark.parametrize("service", [None, "MG" + "1" * 32])
@pytest.mark.parametrize("forms", [FORMS, FORMS[::-1]])
@pytest.mark.parametrize("answered", [False, True])
def test_what_a_person_said_last_counts_for_all_forms_of_their_number(
    attempt, ask, say, sandbox, plan, client, forms, service, answered
):
    first, second = forms
    how = {"channel": "whatsapp", "messaging_service_sid": service}
    for form, word, out in (
        (first, "STOP", True),
        (second, "start", False),
        (second, "Stop", True),
        (second, "UNSTOP", False),
        (first, "END", True),
        (second, "Hm", True),
        (second, "yes", False),
    ):
        sid = attempt(to=form, key=derive_key(form, word), **how).conversation_sid
        sandbox.customer(form).says(word, in_conversation=sid)
        if answered and not out:
            say(sid)
        client.send(update_conversation(sid, state="closed"))
        sandbox.clock.advance("1m")
        for asked in FORMS:
            policy = OptedOut(recipients_of(plan(to=asked, **how)))
            assert isinstance(ask(policy), Skip) == out, (form, word, asked)


def test_one_page_of_50_messages_is_read_of_a_conversation(attempt, ask, sandbox, plan):
    sid = attempt().conversation_sid
    for _ in range(60):
        sandbox.customer(CUSTOMER).says("Hm", in_conversation=sid)
    before = len(sandbox.requests)
    assert ask(opted_out(plan)) == Go()
    read = [one.path for one in sandbox.requests[before:] if one.operation == "ListConversationMessage"]
    assert len(read) == 1
    assert "PageSize=50" in read[0]
