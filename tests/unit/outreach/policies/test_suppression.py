"""Skipping people who are on a list, or is refused by a function."""

from __future__ import annotations

from airflow_provider_flexout.outreach.policies.address_list import is_listed
from airflow_provider_flexout.outreach.policies.recipients import recipients_of
from airflow_provider_flexout.outreach.policies.suppression import AddressPolicy

CUSTOMER = "+12025550117"


def test_a_suppressed_customer_is_skipped(plan, ask):
    policy = AddressPolicy("suppressed", "is suppressed.", recipients_of(plan()), is_listed([CUSTOMER]))
    refused = ask(policy)
    assert refused.reason == "suppressed"
    assert CUSTOMER not in refused.why
    assert refused.why.endswith("is suppressed.")
