"""In whose time a campaign's contact window counts: the row's zone, the user's function, the number."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from airflow_provider_flexout.mixins.campaign import CampaignMixin
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.moments import at
from tests.version_compat import TaskDeferred

NEW_YORK, NOWHERE = "+12125550117", "+883123456789"
MORNING = "2026-11-23T14:30:00+00:00"  # 9:30 in New York, 6:30 in Los Angeles, 15:30 in Rome


def reach(rows, results, **arguments):
    return BulkOutreachOperator(
        **{
            "task_id": "reach",
            "contacts": rows,
            "message": "Hello.",
            "channel": "sms",
            "contact_window": {"start": "09:00", "end": "20:00"},
            "results": str(results),
        }
        | arguments
    )


@pytest.fixture
def outcomes(run, served, tmp_path):
    """Run a campaign in the morning, and give what became of each row, in their order."""

    def run_it(rows, **arguments):
        file = tmp_path / "results.jsonl"
        with at(MORNING, served), suppress(TaskDeferred, AirflowFailException):
            run(reach(rows, file, **arguments))
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return [(one["outcome"], one.get("reason")) for one in sorted(lines, key=lambda one: one["line"])]

    return run_it


def numbers(count):
    return [f"+1212555{number:04d}" for number in range(100, 100 + count)]


def test_the_zone_of_the_row_wins_over_the_numbers(outcomes, served):
    zones = ["America/New_York", "America/Los_Angeles", " Europe/Rome ", "", None]
    rows = [{"to": to, "tz": tz} for to, tz in zip(numbers(5), zones, strict=True)]
    found = outcomes(rows, columns={"timezone": "tz"})
    assert [outcome for outcome, _ in found] == ["opened", "held", "opened", "opened", "opened"]
    assert "America/Los_Angeles" in found[1][1]
    assert len(served.conversations) == 4


def test_a_wrong_zone_costs_its_row_only(outcomes, served):
    rows = [{"to": to, "tz": tz} for to, tz in zip(numbers(3), ["CET+1", "Europe/Rome", 7], strict=True)]
    found = outcomes(rows, columns={"timezone": "tz"})
    assert [outcome for outcome, _ in found] == ["invalid", "opened", "invalid"]
    assert "tz: 'CET+1' is not a time zone" in found[0][1]
    assert len(served.conversations) == 1


def test_a_function_that_knows_it_from_the_postal_code(outcomes):
    zones = {"10001": "America/New_York", "90001": "America/Los_Angeles", "x": "nowhere"}
    asked = []

    def zone_of(row):
        asked.append(row["zip"])
        return zones.get(row["zip"])

    codes = ["10001", "90001", "x", "?"]
    rows = [{"to": to, "zip": code, "tz": ""} for to, code in zip(numbers(4), codes, strict=True)]
    rows.append({"to": NOWHERE, "zip": "90001", "tz": "Europe/Rome"})
    found = outcomes(rows, columns={"timezone": "tz"}, timezone=zone_of)
    assert [outcome for outcome, _ in found] == ["opened", "held", "invalid", "opened", "opened"]
    assert sorted(asked) == sorted(codes), "not where the row says it"


def test_a_function_that_fails_fails_the_task(run, served, tmp_path):
    def zone_of(_row):
        raise ConnectionError("the database of postal codes is away")

    with at(MORNING, served), pytest.raises(ConnectionError):
        run(reach([{"to": NEW_YORK}], tmp_path / "results.jsonl", timezone=zone_of))
    assert not served.conversations


def test_one_zone_for_all(outcomes):
    assert outcomes([{"to": NEW_YORK}], timezone="America/Los_Angeles")[0][0] == "held"


def test_what_is_unknown_is_held(outcomes, served):
    assert outcomes([{"to": NOWHERE, "tz": ""}], columns={"timezone": "tz"})[0][0] == "held"
    assert not served.conversations


@pytest.mark.parametrize("window", [None, {"timezone": "Europe/Rome"}])
@pytest.mark.parametrize(
    "given", [{"timezone": "UTC"}, {"timezone": lambda _: "UTC"}, {"columns": {"timezone": "tz"}}]
)
def test_a_zone_that_no_window_asks_for(run, served, tmp_path, window, given):
    with pytest.raises(AirflowFailException, match="contact_window"):
        run(reach([{"to": NEW_YORK, "tz": "UTC"}], tmp_path / "x.jsonl", contact_window=window, **given))
    assert not served.requests


def test_a_table_that_has_a_column_of_this_name_may_mean_anything_by_it(outcomes):
    assert outcomes([{"to": NEW_YORK, "timezone": "CET+1"}])[0][0] == "opened"


def test_a_function_is_the_same_text_at_each_parse():
    operator = BulkOutreachOperator(
        task_id="a", contacts=[], message="x", contact_window={}, timezone=lambda row: row["tz"]
    )
    assert "0x" not in repr(operator.timezone)
    partial = BulkOutreachOperator.partial(task_id="b", message="x", timezone=lambda row: row["tz"])
    assert "0x" not in repr(partial.kwargs["timezone"])
    assert issubclass(BulkOutreachOperator, CampaignMixin)


def test_a_mapped_operator_takes_the_zone_of_its_row(run, served):
    def create(zone):
        return CreateInteractionOperator(
            task_id="create", channel="sms", to=NEW_YORK, contact_window={}, timezone=zone
        )

    with at(MORNING, served):
        with pytest.raises(TaskDeferred) as deferred:
            run(create("America/Los_Angeles"))
        with pytest.raises(AirflowFailException, match=r"timezone: .* is not a time zone"):
            run(create("Rome"))
        assert not served.conversations
        run(create(""))
    assert deferred.value.trigger.serialize()[1]["until"] == "2026-11-23T17:00:00+00:00"
    assert len(served.conversations) == 1
