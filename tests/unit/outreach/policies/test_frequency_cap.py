"""The cap on outreaches, as the sandbox's conversations tell."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.outreach.policies.frequency_cap import FrequencyCap, read_cap
from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients, recipients_of
from airflow_provider_flexout.twilio.api.conversations import (
    ParticipantConversationPage,
    create_conversation,
    create_participant,
)

CUSTOMER = "+12025550117"
OURS = "+15005550006"


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
    assert "has had 1 of at most 1 outreaches in 1 day." in refused.why
    assert CUSTOMER not in refused.why
    assert ask(capped(plan, per="19h")) == Go()
    contact(2)
    assert isinstance(ask(capped(plan, at_most=2)), Skip)
    assert ask(capped(plan, at_most=3)) == Go()


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=-2)], ids=["ahead", "behind"])
def test_the_period_ends_at_twilios_time_whatever_the_workers_clock_says(
    plan, client, contact, sandbox, ahead
):
    contact(1, then="20h")
    wrong = sandbox.clock.now() + ahead
    assert isinstance(client.run(capped(plan).check(wrong)), Skip)
    assert client.run(capped(plan, per="19h").check(wrong)) == Go()


def test_an_outreach_does_not_count_itself(plan, ask, contact):
    contact(1)
    assert ask(capped(plan, number=1)) == Go()


def test_sms_and_whatsapp_are_one_person(plan, ask, contact):
    contact(1, channel="whatsapp")
    assert isinstance(ask(capped(plan)), Skip)


def test_all_forms_of_a_number_are_one_person(plan, ask, contact):
    contact(1, channel="whatsapp", to="whatsapp:+5511987654321")
    opening = plan(key=derive_key("another"), to="+551187654321", validate=False)
    policy = FrequencyCap(read_cap({"at_most": 1, "per": "P1D"}), recipients_of(opening), opening.unique_name)
    assert isinstance(ask(policy), Skip)


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
        {"at_most": "\u00b2", "per": "P1D"},
        {"at_most": "9" * 5000, "per": "P1D"},
        {"at_most": True, "per": "P1D"},
        {"at_most": 1, "per": "a day"},
        {"at_most": 1, "per": "P1M"},
        {"at_most": 1},
        [1, "P1D"],
    ],
)
def test_what_is_no_cap(cap):
    with pytest.raises(InvalidInput, match="frequency_cap: "):
        read_cap(cap)


def counted(cap, now, *dates, names=None):
    """Ask the policy, of a list without a date of its own; an outreach for each date."""
    policy = FrequencyCap(cap, Recipients((Recipient("ada", is_identity=True),)), "flexout_fxmine")
    procedure = policy.check(now)
    call = next(procedure)
    assert call.query["Identity"] == "ada"
    items = [
        {"conversation_sid": "CH1", "conversation_unique_name": name, "conversation_date_created": date}
        for name, date in zip(
            names or [f"flexout_fx{place}" for place in range(len(dates))], dates, strict=True
        )
    ]
    with pytest.raises(StopIteration) as done:
        procedure.send(ParticipantConversationPage.model_validate({"conversations": items}))
    return done.value.value


NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def test_the_first_moment_of_the_period_belongs_to_it():
    cap = read_cap({"at_most": 1, "per": "P1D"})
    assert isinstance(counted(cap, NOW, NOW - DAY), Skip)
    assert counted(cap, NOW, NOW - DAY - timedelta(seconds=1)) == Go()


def test_a_conversation_without_a_name_or_a_date_does_not_count():
    cap = read_cap({"at_most": 1, "per": "P1D"})
    assert counted(cap, NOW, NOW, None, names=[None, "flexout_fx1"]) == Go()


def test_the_error_says_what_to_write():
    with pytest.raises(InvalidInput, match=r'write {"at_most": 1, "per": "P1D"}\.'):
        read_cap({"at_most": 1})
    with pytest.raises(InvalidInput, match="at_most: 'many' is not a whole number above zero"):
        read_cap({"at_most": "many", "per": "P1D"})
