"""The policies that an operator's arguments ask for, and their order."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.address_list import is_listed
from airflow_provider_flexout.outreach.policies.recipients import recipients_of
from airflow_provider_flexout.outreach.policies.rules import ContactRules, read_rules

CUSTOMER = "+12025550117"
CAP, WINDOW = {"at_most": 1, "per": "P1D"}, {"timezone": "Europe/Rome"}


def names(rules: ContactRules, plan) -> list[str]:
    return [type(one).__name__ for one in rules.policies(recipients_of(plan()))]


def test_without_arguments_there_is_no_policy(plan):
    assert names(read_rules(), plan) == names(ContactRules(), plan) == []


def test_what_skips_is_checked_before_what_holds(plan):
    rules = read_rules(is_listed([]), "receipts", CAP, WINDOW)
    assert names(rules, plan) == ["AddressPolicy", "OptedOut", "FrequencyCap", "ContactHours"]


def test_a_function_says_who_consents(plan, ask):
    (policy,) = read_rules(consent=lambda address: address != CUSTOMER).policies(recipients_of(plan()))
    assert ask(policy).reason == "no_consent"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"consent": "yes"}, "consent: 'yes' is not allowed"),
        ({"consent": True}, "consent: True is not allowed"),
        ({"frequency_cap": {"at_most": 1}}, "frequency_cap: write"),
        ({"contact_window": {"hours": 9}}, "contact_window: has no 'hours'"),
    ],
)
def test_what_is_wrong_is_refused_before_anybody_is_contacted(arguments, problem):
    with pytest.raises(InvalidInput, match=f"^{problem}"):
        read_rules(**arguments)
