"""What the record of a campaign's outreach says of campaign and contact."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.bulk.contacts.contact import contact_of
from airflow_provider_flexout.bulk.sources.row import Row
from tests.unit.bulk.test_runner import bulk

CUSTOMER = "+12025550141"


@pytest.mark.parametrize(
    ("to", "given", "public"),
    [
        (CUSTOMER, 4711, "4711"),
        (CUSTOMER, "customer-20255501", "customer-20255501"),
        (CUSTOMER, 1000000042, "1000000042"),
        (CUSTOMER, None, None),
        (CUSTOMER, CUSTOMER, None),
        (CUSTOMER, "12025550141", None),
        (CUSTOMER, "(202) 555-0141", None),
        (CUSTOMER, "ada@example.com", None),
        (CUSTOMER, "whatsapp:+12025550199", None),
        (CUSTOMER, "x" * 257, None),
        ("ada@example.com", "Ada@Example.com", None),
        ("guest_42", "guest_42", None),
        ("guest_42", "42", "42"),
    ],
)
def test_an_id_that_is_an_address_is_not_written_down(to, given, public):
    assert contact_of(Row(1, {"to": to, "id": given}), {}).public_id == public


@pytest.mark.parametrize("agent", ["now", "on_reply"])
def test_the_record_names_campaign_and_contact(run, served, agent):
    rows = [{"to": CUSTOMER, "order": "1", "id": 17}, {"to": "+12025550142", "order": "2"}]
    run(bulk(rows, campaign="spring", agent=agent))
    behind = {"dag_id": "orders", "run_id": "manual__2026-11-22", "task_id": "reach", "map_index": -1}
    sources = [one.attributes["flexout"]["source"] for one in served.conversations]
    assert sorted(sources, key=len) == [
        {**behind, "campaign": "spring"},
        {**behind, "campaign": "spring", "contact": "17"},
    ]


def test_a_campaign_without_a_name_has_none_in_its_records(run, served):
    run(bulk([{"to": CUSTOMER, "order": "1"}]))
    assert "campaign" not in served.conversations[0].attributes["flexout"]["source"]
