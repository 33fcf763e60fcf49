"""The policies that an operator's arguments ask for, and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.address_list import is_listed
from airflow_provider_flexout.outreach.policies.consent import OptedOut
from airflow_provider_flexout.outreach.policies.contact_hours import ContactHours
from airflow_provider_flexout.outreach.policies.contact_window import read_window
from airflow_provider_flexout.outreach.policies.decision import Go, Skip
from airflow_provider_flexout.outreach.policies.frequency_cap import FrequencyCap, read_cap
from airflow_provider_flexout.outreach.policies.not_before import NotBefore
from airflow_provider_flexout.outreach.policies.recipients import Recipient, Recipients
from airflow_provider_flexout.outreach.policies.rules import ContactRules, read_rules
from airflow_provider_flexout.outreach.policies.suppression import AddressPolicy

CUSTOMER, OTHER = "+12025550117", "+12025550118"
PEOPLE = Recipients((Recipient(CUSTOMER),))
CAP, WINDOW = {"at_most": 1, "per": "P1D"}, {"timezone": "Europe/Rome"}
TEN = datetime(2026, 12, 1, 10, tzinfo=timezone.utc)


def test_without_arguments_there_is_no_policy():
    assert read_rules().policies(PEOPLE) == ContactRules().policies(PEOPLE) == []


def test_what_skips_is_checked_before_what_holds():
    suppressed = is_listed([])
    rules = replace(read_rules(suppressed, "receipts", CAP, WINDOW), not_before=TEN)
    assert rules.policies(PEOPLE, "flexout_mine") == [
        AddressPolicy("suppressed", "is suppressed.", PEOPLE, suppressed),
        OptedOut(PEOPLE),
        FrequencyCap(read_cap(CAP), PEOPLE, "flexout_mine"),
        NotBefore(TEN),
        ContactHours(read_window(WINDOW), PEOPLE, None),
    ]


@pytest.mark.parametrize(
    ("arguments", "policy"),
    [
        ({"consent": "receipts"}, OptedOut(PEOPLE)),
        ({"frequency_cap": CAP}, FrequencyCap(read_cap(CAP), PEOPLE, "")),
        ({"contact_window": {}}, ContactHours(read_window({}), PEOPLE, None)),
        ({"contact_window": {}, "timezone": " "}, ContactHours(read_window({}), PEOPLE, None)),
        (
            {"contact_window": {}, "timezone": " Asia/Tokyo "},
            ContactHours(read_window({}), PEOPLE, "Asia/Tokyo"),
        ),
    ],
)
def test_each_argument_asks_for_its_policy_alone(arguments, policy):
    assert read_rules(**arguments).policies(PEOPLE) == [policy]


@pytest.mark.parametrize("not_before", [None, TEN])
def test_a_moment_asks_for_its_policy_alone(not_before):
    expected = [NotBefore(TEN)] if not_before else []
    assert ContactRules(not_before=not_before).policies(PEOPLE) == expected


@pytest.mark.parametrize(
    ("arguments", "decision"),
    [
        ({"is_suppressed": is_listed([CUSTOMER])}, Skip("suppressed", "+1•••••0117 is suppressed.")),
        ({"is_suppressed": is_listed([OTHER])}, Go()),
        (
            {"consent": lambda address: address != CUSTOMER},
            Skip("no_consent", "+1•••••0117 has not consented."),
        ),
        ({"consent": lambda address: address == CUSTOMER}, Go()),
    ],
)
def test_a_function_is_asked_about_the_address(ask, arguments, decision):
    (policy,) = read_rules(**arguments).policies(PEOPLE)
    assert ask(policy) == decision


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"consent": "yes"}, "consent: 'yes' is not allowed"),
        ({"consent": True}, "consent: True is not allowed"),
        ({"frequency_cap": {"at_most": 1}}, "frequency_cap: write"),
        ({"contact_window": {"hours": 9}}, "contact_window: has no 'hours'"),
        ({"contact_window": {}, "timezone": "Rome"}, "timezone: 'Rome' is not a time zone"),
        ({"timezone": "Europe/Rome"}, "timezone: needs a contact_window, and there is none"),
        ({"contact_window": WINDOW, "timezone": "UTC"}, "timezone: contact_window already names a time zone"),
    ],
)
def test_what_is_wrong_is_refused_before_anybody_is_contacted(arguments, problem):
    with pytest.raises(InvalidInput, match=f"^{problem}"):
        read_rules(**arguments)
