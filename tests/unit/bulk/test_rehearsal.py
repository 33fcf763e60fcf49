"""A rehearsal says what the campaign would do, and sends nothing."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest

from airflow_provider_flexout.bulk.rehearsal import ReadOnlyClient, RehearsalRunner
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.mixins.campaign import CampaignMixin
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.twilio.api.conversations import create_conversation
from airflow_provider_flexout.twilio.http.call import Call
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.bulk.test_runner import bulk, lines
from tests.unit.moments import at
from tests.version_compat import TaskDeferred

NOON = "2026-11-23T12:00:00+00:00"
TEXTS = {"en": "Order {order} is late.", "it": "L'ordine {order} è in ritardo \u2019" + "x" * 60}
COLUMNS = {"language": "lang", "timezone": "tz", "queue": "team", "not_before": "due"}
OWN = [
    {"lang": "it"},
    {"lang": "en", "team": "Outreach"},
    {"lang": "en-GB", "tz": "America/Los_Angeles"},
    {"lang": "en", "due": "2026-11-24T00:00Z"},
    {"lang": "fr"},
    {"lang": "en", "team": "Nobody's"},
    {"lang": "en", "to": "+12025550100"},
    {"lang": "en", "to": "+12025550199"},
    {"lang": "en", "order": None},
    {"lang": "en", "to": "12"},
]
ROWS = [
    {"to": f"+1202555{number:04d}", "order": number, "lang": "", "tz": "", "team": "", "due": ""} | own
    for number, own in enumerate(OWN, 100)
]
CAMPAIGN = {
    "contacts": ROWS,
    "message": TEXTS,
    "columns": COLUMNS,
    "contact_window": {"start": "07:00", "end": "20:00"},
    "suppression": ["+12025550199"],
    "campaign": "late",
    "timezone": "America/New_York",
}
EXPECTED = ["would_open"] * 2 + ["held"] * 2 + ["invalid"] * 2 + ["duplicate", "suppressed"] + ["invalid"] * 2


@pytest.fixture
def reach(run, served, tmp_path):
    """Run a campaign or rehearsal at noon; give the returned summary and the outcome of each line."""

    def run_it(**arguments):
        file = tmp_path / "results.jsonl"
        given = CAMPAIGN | {"results": str(file)} | arguments
        summary = None
        with at(NOON, served), suppress(TaskDeferred):
            summary = run(bulk(given.pop("contacts"), **given)).xcoms["return_value"]
        return summary, lines(file)

    return run_it


def methods(served):
    return {one.method for one in served.requests}


def test_it_says_of_each_row_what_would_become_of_it_and_sends_nothing(reach, served):
    summary, found = reach(dry_run=True)
    assert [one["outcome"] for one in found] == EXPECTED
    assert all(one["reason"] for one in found if one["outcome"] != "would_open")
    assert not served.conversations
    assert methods(served) == {"GET"}
    counts = {name: summary[name] for name in ("contacts", "would_open", "held", "invalid", "duplicate")}
    assert counts == {"contacts": 10, "would_open": 2, "held": 2, "invalid": 4, "duplicate": 1}
    assert (summary["suppressed"], summary["opened"]) == (1, 0)
    assert summary["languages"] == {"it": 1, "en": 1}
    assert summary["sms_segments"] == 2 + 1
    assert (summary["agent_tasks"], summary["requests"]) == (2, 10)
    assert "+1202" not in json.dumps([summary, found])


def test_the_campaign_then_does_what_was_rehearsed(reach, served):
    rehearsed, plan = reach(dry_run=True)
    _, done = reach(rehearsed=rehearsed["digest"])
    assert [one["outcome"] for one in done] == [
        "opened" if one["outcome"] == "would_open" else one["outcome"] for one in plan
    ]
    assert len(served.conversations) == rehearsed["would_open"]
    again, after = reach(dry_run=True)
    assert [one["outcome"] for one in after][:2] == ["adopted"] * 2
    assert (again["would_open"], again["digest"]) == (0, rehearsed["digest"])


@pytest.mark.parametrize(
    "changed",
    [
        {"contacts": ROWS[1:]},
        {"contacts": [*ROWS[:1], ROWS[1] | {"order": 7}, *ROWS[2:]]},
        {"contacts": [*ROWS[:1], ROWS[1] | {"to": "+12025550150"}, *ROWS[2:]]},
        {"contacts": [*ROWS[:1], ROWS[1] | {"team": ""}, *ROWS[2:]]},
        {"contacts": [*ROWS, ROWS[0] | {"to": "+12025550151"}]},
        {"message": TEXTS | {"en": "Order {order} is very late."}},
        {"attributes": {"spring": True}},
    ],
)
def test_what_has_changed_since_is_not_sent(reach, served, changed):
    rehearsed, _ = reach(dry_run=True)
    with pytest.raises(AirflowFailException, match=r"^rehearsed: "):
        reach(rehearsed=rehearsed["digest"], **changed)
    assert not served.conversations


def test_order_and_time_change_nothing_of_the_digest(reach):
    usable = ROWS[:6]
    first, _ = reach(dry_run=True, contacts=usable)
    second, _ = reach(dry_run=True, contacts=usable[::-1], suppression=None, contact_window={})
    assert first["digest"] == second["digest"]


def test_of_a_persons_rows_their_order_counts_and_each_of_them(reach, served):
    """Which of them contacts the person may depend on what Twilio says of the others."""
    wrong, second = ROWS[5], ROWS[1] | {"to": ROWS[5]["to"]}
    first, plan = reach(dry_run=True, contacts=[wrong, second])
    assert [one["outcome"] for one in plan] == ["invalid", "would_open"]
    swapped, _ = reach(dry_run=True, contacts=[second, wrong])
    assert first["digest"] != swapped["digest"]
    with pytest.raises(AirflowFailException, match=r"^rehearsed: "):
        reach(rehearsed=first["digest"], contacts=[wrong, second | {"order": 7}])
    assert not served.conversations
    reach(rehearsed=first["digest"], contacts=[wrong, second])
    assert [one.texts for one in served.conversations] == [["Order 101 is late."]]


@pytest.mark.parametrize("wrong", [{"tz": "Mars/Olympus"}, {"due": "soon"}, {"order": "x" * 2000}])
def test_rows_that_cannot_be_used_change_nothing_of_the_digest(reach, wrong):
    usable, another = ROWS[:4], ROWS[1] | {"to": "+12025550170"}
    first, _ = reach(dry_run=True, contacts=usable)
    second, _ = reach(dry_run=True, contacts=[*usable, another | wrong])
    assert (first["digest"], second["invalid"]) == (second["digest"], 1)


def test_without_an_agent_there_are_no_tasks(reach):
    columns = {name: column for name, column in COLUMNS.items() if name != "queue"}
    summary, _ = reach(dry_run=True, agent="on_reply", columns=columns, rate=2)
    assert (summary["would_open"], summary["agent_tasks"], summary["requests"]) == (3, 0, 12)
    assert summary["campaign_seconds"] == 6.0


def test_a_template_is_asked_for(reach, served):
    rejected = next(one for one in served.templates if one.status == "rejected")
    rows = [
        {"to": "whatsapp:+12025550100", "t": "HX" + "1" * 32},
        {"to": "whatsapp:+12025550101", "t": rejected.sid},
    ]
    summary, found = reach(
        dry_run=True, contacts=rows, message=None, columns={"content_sid": "t"}, channel="whatsapp",
        content_variables={"1": "A"}, timezone=None, contact_window=None,
    )  # fmt: skip
    assert summary["would_open"] == 0
    assert "there is no template" in found[0]["reason"]
    assert found[1]["outcome"] in ("failed", "invalid")
    assert methods(served) == {"GET"}


def test_max_failures_does_not_stop_it(reach):
    summary, _ = reach(dry_run=True, max_failures=0)
    assert summary["contacts"] == len(ROWS)


def test_a_wrong_argument_fails_it(reach, served):
    with pytest.raises(AirflowFailException, match=r"^message: "):
        reach(dry_run=True, message="{", columns={})
    assert not served.requests


async def _send(call: Call) -> None:
    async with ReadOnlyClient(FlexHook().settings) as client:
        await client.send(call)


@pytest.mark.usefixtures("use_connection")
def test_its_client_changes_nothing(served):
    with pytest.raises(AssertionError, match="changes something"):
        asyncio.run(_send(create_conversation()))
    assert not served.requests
    assert issubclass(BulkOutreachOperator, CampaignMixin)
    assert RehearsalRunner.__doc__
