"""Caps, suppression and consent, as the sandbox's conversations and receipts tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.policies.consent import OptedOut
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.outreach.policies.frequency_cap import FrequencyCap, read_cap
from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients, recipients_of
from airflow_provider_flexout.outreach.policies.suppression import Refusal, is_listed
from airflow_provider_flexout.outreach.values.durations import read_duration
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    create_participant,
    update_conversation,
)

CUSTOMER = "+12025550117"
OURS = "+15005550006"


@pytest.fixture
def ask(client, sandbox):
    """Ask a gate, by the sandbox's clock."""
    return lambda policy: client.run(policy.check(sandbox.clock.now()))


@pytest.fixture
def contact(attempt, client, sandbox):
    """Open an outreach to the customer, have it closed, and let some time pass."""

    def run(number: int, then: str = "1h", **arguments):
        opened = attempt(key=derive_key("outreach", number), **arguments)
        client.send(close(opened.conversation_sid))
        sandbox.clock.advance(then)
        return opened

    return run


def close(conversation_sid):
    return update_conversation(conversation_sid, state="closed")


def capped(plan, number: int = 9, **cap):
    opening = plan(key=derive_key("outreach", number))
    return FrequencyCap(
        read_cap({"at_most": 1, "per": "P1D"} | cap), recipients_of(opening), opening.unique_name
    )


def test_a_cap_counts_the_outreaches_of_its_period(plan, ask, contact):
    assert ask(capped(plan)) == Go()
    contact(1, then="20h")
    assert ask(capped(plan, at_most=2)) == Go()
    refused = ask(capped(plan))
    assert refused.reason == "frequency_cap"
    assert "has had 1 of at most 1 outreaches in 1 day" in refused.why
    assert CUSTOMER not in refused.why
    assert ask(capped(plan, per="19h")) == Go()
    contact(2)
    assert isinstance(ask(capped(plan, at_most=2)), Skip)
    assert ask(capped(plan, at_most=3)) == Go()


def test_an_outreach_does_not_count_itself(plan, ask, contact):
    contact(1)
    assert ask(capped(plan, number=1)) == Go()


def test_sms_and_whatsapp_are_one_person(plan, ask, contact):
    contact(1, channel="whatsapp")
    assert isinstance(ask(capped(plan)), Skip)


def test_what_others_opened_does_not_count(plan, ask, client, sandbox):
    sid = client.send(create_conversation(unique_name="somebody-elses")).sid
    client.send(create_participant(sid, address=CUSTOMER, proxy_address=OURS))
    assert ask(capped(plan)) == Go()


def test_a_cap_reads_all_pages(plan, ask, contact):
    for number in range(60):
        contact(number, then="1m")
    assert ask(capped(plan, number=99, at_most=61)) == Go()
    assert isinstance(ask(capped(plan, number=99, at_most=60)), Skip)


@pytest.mark.parametrize(
    "cap",
    [
        {"at_most": 0, "per": "P1D"},
        {"at_most": "many", "per": "P1D"},
        {"at_most": 1, "per": "a day"},
        {"at_most": 1, "per": "P1M"},
        {"at_most": 1},
        [1, "P1D"],
    ],
)
def test_what_is_no_cap(cap):
    with pytest.raises(InvalidInput, match="frequency_cap: "):
        read_cap(cap)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("PT4H", 14400), ("P3D", 259200), ("90s", 90), ("1.5h", 5400), ("2w", 1209600), (60, 60)],
)
def test_lengths_of_time(given, seconds):
    assert read_duration("after", given) == timedelta(seconds=seconds)
    assert read_duration("after", timedelta(seconds=seconds)).total_seconds() == seconds


@pytest.mark.parametrize(
    "given", ["", "4", "-4h", "P1M", "P1Y", "2026-01-01", 0, -1, None, True, [1], timedelta()]
)
def test_what_is_no_length_of_time(given):
    with pytest.raises(InvalidInput, match=r"after: .* is not a length of time"):
        read_duration("after", given)


@pytest.mark.parametrize(
    "entry",
    [
        "+12025550117",
        "whatsapp:+12025550117",
        " +1 (202) 555-0117 ",
        "0012025550117",
        "12025550117",
        "202-555-0117",
        12025550117,
    ],
)
@pytest.mark.parametrize("address", [CUSTOMER, f"whatsapp:{CUSTOMER}"])
def test_a_list_is_matched_however_it_writes_the_number(entry, address):
    assert is_listed([None, "", entry])(address)
    assert not is_listed([None, "", entry])("+12025550118")


def test_a_list_matches_numbers_with_the_zero_that_is_dialled_at_home():
    assert is_listed(["07911 123456"])("+447911123456")
    assert is_listed(["Ada@Example.com "])("ada@example.com")
    assert not is_listed(["ada@example.com"])(CUSTOMER)


def test_a_suppressed_customer_is_skipped(plan, ask):
    policy = Refusal("suppressed", "is suppressed.", recipients_of(plan()), is_listed([CUSTOMER]))
    refused = ask(policy)
    assert refused.reason == "suppressed"
    assert CUSTOMER not in refused.why
    assert refused.why.endswith("is suppressed.")


@pytest.fixture
def say(client, sandbox):
    """Say something in a conversation, and let its receipt arrive."""

    def run(conversation_sid, body="Hello"):
        key = derive_key(conversation_sid, body, str(len(sandbox.messages)))
        client.run(send_once(MessageDraft(key, conversation_sid, body=body)))
        sandbox.clock.advance("1m")

    return run


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
    client.send(close(sid))
    sandbox.clock.advance("1h")
    for number in range(4):
        contact(number)
    assert isinstance(ask(opted_out(plan)), Skip)


def test_other_failures_are_no_opt_out(attempt, ask, say, sandbox, plan):
    sandbox.customer(CUSTOMER).fails(30003)
    sid = attempt().conversation_sid
    say(sid)
    assert ask(opted_out(plan)) == Go()


def test_people_are_looked_up_once_and_only_when_asked_for(attempt, client, sandbox):
    sid = attempt().conversation_sid
    sandbox.requests.clear()
    recipients = Recipients(conversation_sid=sid)
    assert len(sandbox.requests) == 0
    for _ in range(2):
        (found,) = client.run(recipients.find())
        assert (found.address, found.proxy_address, found.is_identity) == (CUSTOMER, OURS, False)
    assert len(sandbox.requests) == 1
    assert CUSTOMER not in repr(found)


def test_the_people_of_a_whole_channel_object(plan):
    chat = {"type": "chat", "initiated_by": "agent", "participants": [{"identity": "guest_42"}]}
    opening = plan(channel=chat)
    assert recipients_of(opening)._known == (Recipient("guest_42", is_identity=True),)
