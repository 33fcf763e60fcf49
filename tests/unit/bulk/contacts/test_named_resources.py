"""What a row names that only Twilio knows: a wrong one costs that row, and nothing is opened for it."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.routing.names import clear_cache
from tests.unit.bulk.contacts.test_own_fields import outcomes, rows_of
from tests.unit.bulk.test_runner import bulk, lines

ADA = {"to": "+12025550100", "order": "1"}
NO_TEMPLATE = "HX" + "1" * 32


@pytest.fixture(autouse=True)
def no_names_from_before():
    clear_cache()


def template(served, status):
    return next(one.sid for one in served.templates if one.status == status)


def looked_up(served):
    return [
        one.operation
        for one in served.requests
        if one.operation.startswith("List") and "Task" in one.operation
    ]


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("queue", "Nobody's", "Outreach"),
        ("worker", "nobody", "ben"),
        ("workflow", "none", "Assign to Anyone"),
    ],
)
@pytest.mark.parametrize("concurrency", [1, 20])
def test_a_name_that_is_none_takes_nobodys_place(results, served, name, wrong, right, concurrency):
    rows = rows_of({"n": wrong, "id": "1"}, ADA | {"n": right, "id": "1"}, ADA | {"n": right})
    found = results(rows, columns={name: "n"}, concurrency=concurrency)
    assert outcomes(found) == ["invalid", "opened", "duplicate"]
    assert found[2]["reason"].startswith("the same person as line 2;")
    assert [one.texts for one in served.conversations] == [["Your order 1 is late."]]


@pytest.mark.parametrize("agent", ["now", "on_reply"])
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_template_that_is_none_takes_nobodys_place(results, served, agent, channel):
    prefix = "whatsapp:" if channel == "whatsapp" else ""
    approved, other = template(served, "approved"), template(served, "rejected")
    rows = [
        {"to": f"{prefix}{number}", "t": sid}
        for number, sid in [
            ("+12025550100", NO_TEMPLATE),
            ("+12025550101", other),  # it takes one variable, not two
            ("+12025550100", approved),
            ("+12025550101", approved),
        ]
    ]
    arguments = {"content_variables": {"1": "A", "2": "B"}, "columns": {"content_sid": "t"}, "message": None}
    found = results(rows, channel=channel, agent=agent, **arguments)
    assert outcomes(found) == ["invalid", "invalid", "opened", "opened"]
    assert len(served.conversations) == len(served.messages) == 2


def test_what_the_channel_would_not_deliver_opens_nothing(results, served):
    rows = rows_of({"t": template(served, "rejected")}, {"t": ""})
    rows = [row | {"to": f"whatsapp:{row['to']}"} for row in rows]
    found = results(
        rows, channel="whatsapp", message="Hello.", content_variables={"1": "A"}, columns={"content_sid": "t"}
    )
    assert outcomes(found) == ["failed", "failed"]
    assert "is rejected by WhatsApp" in found[0]["reason"]
    assert "a new conversation shows no message that recent" in found[1]["reason"]
    assert not served.conversations


def test_each_is_asked_about_once(results, served):
    rows = rows_of(*({"n": ("Nobody's", "Outreach")[number % 2], "t": NO_TEMPLATE} for number in range(40)))
    found = results(rows, columns={"queue": "n"})
    assert outcomes(found) == ["invalid", "opened"] * 20
    assert looked_up(served).count("ListTaskQueue") == 3, "one for each name, and one for the names near it"
    before = len(served.requests)
    found = results(
        rows, columns={"content_sid": "t"}, message=None, content_variables={"1": "A"}, campaign="another"
    )
    assert outcomes(found) == ["invalid"] * 40
    assert [one.operation for one in served.requests[before:]].count("FetchContent") == 1


def test_a_wrong_name_of_the_operators_is_every_rows(results, served):
    found = results(rows_of(*[{}] * 30), routing={"queue": "Nobody's"})
    assert outcomes(found) == ["invalid"] * 30
    assert looked_up(served).count("ListTaskQueue") == 2
    assert not served.conversations


def test_an_outage_of_the_list_is_no_miss(results, served):
    served.faults.fail("ListTaskQueue", 500, times=None)
    rows = rows_of({"n": "Outreach"}, ADA | {"n": "Everyone"})
    assert outcomes(results(rows, columns={"queue": "n"})) == ["failed", "duplicate"]
    served.faults.clear()
    again = results(rows, columns={"queue": "n"}, try_number=2)
    assert outcomes(again) == ["opened", "duplicate"]
    assert len(served.conversations) == 1


def test_who_was_contacted_keeps_the_place_whatever_is_gone_since(run, served, tmp_path):
    """A template is deleted between two runs: its row was done, and keeps its person."""
    file = tmp_path / "results.jsonl"
    approved = template(served, "approved")
    rows = rows_of({"t": approved}, ADA | {"t": approved})
    arguments = {
        "columns": {"content_sid": "t"},
        "message": None,
        "content_variables": {"1": "A", "2": "B"},
        "campaign": "late",
        "results": str(file),
    }
    run(bulk(rows, **arguments))
    assert outcomes(lines(file)) == ["opened", "duplicate"]
    served.faults.fail("FetchContent", 404, code=20404, times=None)
    run(bulk(rows, agent="now", **arguments))
    assert outcomes(lines(file)) == ["adopted", "duplicate"]
    assert len(served.conversations) == len(served.messages) == 1


@pytest.mark.parametrize(
    ("agent", "column"), [("now", "queue"), ("now", "content_sid"), ("on_reply", "content_sid")]
)
def test_a_later_try_says_of_each_row_what_the_first_one_said(run, served, tmp_path, agent, column):
    wrong, right = ("Nobody's", "Outreach") if column == "queue" else (NO_TEMPLATE, "")
    rows, file = [ADA | {"n": wrong, "id": "1"}, ADA | {"n": right, "id": "2"}], tmp_path / "results.jsonl"
    told = []
    for number in (1, 2):
        clear_cache()
        run(bulk(rows, columns={column: "n", "id": "id"}, results=str(file), agent=agent), try_number=number)
        told.append(outcomes(lines(file)))
    assert told == [["invalid", "opened"], ["invalid", "adopted"]]


def test_many_rows_of_one_person_hold_nobody_up(results, served):
    """More rows than are processed at once wait for the first, which is the only one that can be used."""
    wrong = [ADA | {"n": "Nobody's"}] * 150
    rows = [*wrong, ADA | {"n": ""}, *rows_of({}, {"n": "Outreach"})[1:], *wrong]
    found = results(rows, columns={"queue": "n"}, concurrency=2)
    assert outcomes(found) == ["invalid"] * 150 + ["opened"] * 2 + ["duplicate"] * 150
