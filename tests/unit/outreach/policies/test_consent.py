"""Opt-outs, as the sandbox's messages and receipts tell."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.policies.consent import OptedOut
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.outreach.policies.recipients import recipients_of
from airflow_provider_flexout.twilio.api.conversations import update_conversation

CUSTOMER = "+12025550117"


def opted_out(plan):
    return OptedOut(recipients_of(plan()))


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


def test_an_opt_out_is_found_behind_conversations_that_say_nothing(
    contact, ask, say, sandbox, attempt, plan, client
):
    sid = attempt(key=derive_key("first")).conversation_sid
    sandbox.customer(CUSTOMER).says("STOP", in_conversation=sid)
    say(sid)
    client.send(update_conversation(sid, state="closed"))
    sandbox.clock.advance("1h")
    for number in range(4):
        contact(number)
    assert isinstance(ask(opted_out(plan)), Skip)


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
