"""One person in several rows of a campaign, whatever ids and addresses the rows have."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator

ADA = "+12025550101"
TWICE = {
    "another id": ({"to": ADA, "id": "1"}, {"to": ADA, "id": "2"}),
    "an id, and none": ({"to": ADA, "id": "1"}, {"to": ADA}),
    "the same id": ({"to": ADA, "id": "1"}, {"to": ADA, "id": "1"}),
    "another form of a number": (
        {"to": "+525512345678", "id": "1"},
        {"to": "+5215512345678", "id": "2", "channel": "whatsapp"},
    ),
    "another channel": ({"to": ADA, "id": "1"}, {"to": f"whatsapp:{ADA}", "id": "2", "channel": "whatsapp"}),
    "another case": (
        {"to": "Ada@example.com", "id": "1", "channel": "email"},
        {"to": "Ada Lovelace <ada@EXAMPLE.com>", "id": "2", "channel": "email"},
    ),
    "another domain": (
        {"to": "info@müller.de", "id": "1", "channel": "email"},
        {"to": "info@xn--mller-kva.de", "id": "2", "channel": "email"},
    ),
    "a user id with its prefix": (
        {"to": "US.13491208655302741918", "id": "1", "channel": "whatsapp"},
        {"to": "whatsapp:US.13491208655302741918", "id": "2", "channel": "whatsapp"},
    ),
    "a chat identity": (
        {"to": "guest_42", "id": "1", "channel": "chat"},
        {"to": "guest_42", "id": 2, "channel": "chat"},
    ),
}


@pytest.fixture
def outcomes(run, served, tmp_path):
    """Run a campaign; give what became of each line."""
    (template,) = (one.sid for one in served.templates if one.name == "order_late")
    worded = {"content_sid": template, "content_variables": {"1": "Ada", "2": "4711"}}

    def outcomes(rows, **arguments):
        results = tmp_path / "results.jsonl"
        given = {"channel": "sms", "results": str(results)} | worded | arguments
        run(BulkOutreachOperator(task_id="bulk", contacts=rows, **given))
        lines = sorted(map(json.loads, results.read_text().splitlines()), key=lambda line: line["line"])
        return [(line["outcome"], line.get("reason")) for line in lines]

    return outcomes


@pytest.mark.parametrize(
    ("kind", "agent"),
    [(kind, "now") for kind in TWICE]
    + [(kind, "on_reply") for kind, rows in TWICE.items() if rows[0].get("channel") != "email"],
)
def test_a_person_is_contacted_once(outcomes, served, kind, agent):
    how = {"agent": agent, "on_reply": "pipeline"} if agent == "on_reply" else {}
    (first, _), second = outcomes(list(TWICE[kind]), **how)
    assert first == "opened"
    assert second == (
        "duplicate",
        "the same person as line 1; a person is contacted once, on one channel.",
    )
    assert (len(served.conversations), len(served.messages)) == (1, 1)


@pytest.mark.parametrize(
    "broken",
    [
        {"to": ADA, "attributes": "["},
        {"to": ADA, "channel": "pigeon"},
        {"to": f"whatsapp:{ADA}"},
        {"to": ADA, "order": ""},
        {"to": ADA, "from_": "MG" + "0" * 32},
    ],
)
def test_a_row_that_cannot_be_used_takes_nobodys_place(outcomes, served, broken):
    rows = [{"order": "1", "id": "1"} | broken, {"to": ADA, "order": "2", "id": "1"}]
    words = {"content_sid": None, "content_variables": None, "message": "Order {order} is late."}
    assert [outcome for outcome, _ in outcomes(rows, **words)] == ["invalid", "opened"]
    assert [one.body for one in served.messages] == ["Order 2 is late."]


def test_an_id_is_one_persons(outcomes, served):
    rows = [{"to": ADA, "id": "1"}, {"to": "+12025550102", "id": 1}, {"to": "+12025550102", "id": 2}]
    first, second, third = outcomes(rows)
    assert (first[0], third[0]) == ("opened", "opened")
    assert second == ("invalid", "id: is in line 1 already, which contacts another person.")
    assert len(served.conversations) == 2
