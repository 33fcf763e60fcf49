"""The lines of a campaign's results file find their rows in the table."""

from __future__ import annotations

import json

from tests.unit.transfers.conftest import campaign, contacts, number, rows_in
from tests.unit.transfers.test_outreach import to_sql


def test_each_line_joins_with_its_row(run, served, warehouse, tmp_path):
    """By the conversation, and by the contact's id unless that is an address; so after a second try."""
    people = [
        *contacts(2),
        {"to": number(2), "id": "C-7"},
        {"to": number(3), "id": number(3)},
        {"to": number(4)},
    ]
    file = tmp_path / "results.jsonl"
    for try_number in (1, 2):
        run(campaign(people, agent="on_reply", results=str(file)), try_number=try_number)
        run(to_sql(include_addresses=True))
        lines = {line["line"]: line for line in map(json.loads, file.read_text().splitlines())}
        rows = {row["conversation_sid"]: row for row in rows_in(warehouse)}
        assert len(lines) == len(rows) == len(people)
        for at, person in enumerate(people, 1):
            row = rows[lines[at]["conversation_sid"]]
            assert row["address"] == person["to"]
            told = person.get("id") not in (None, person["to"])
            assert row["contact_id"] == (str(lines[at]["id"]) if told else None)
