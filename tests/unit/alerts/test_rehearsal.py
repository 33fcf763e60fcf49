"""A plan that is rehearsed: Twilio is asked, nothing is sent, and who would not be contacted is left out."""

from __future__ import annotations

import pytest
from airflow.sdk.execution_time.context import set_current_context

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.alerts.planned import ADA, BEN, CAI, excluded, plan
from tests.unit.conftest import TaskInstance
from tests.unit.moments import at

ROWS = [{"phone": number, "order": str(n)} for n, number in enumerate((ADA, BEN, CAI, ADA), 1)]
NOON = "2026-11-23T17:00:00+00:00"


def text(row):
    return {"message": f"Order {row['order']} is late."}


@pytest.fixture
def rehearsed(served, use_connection):
    """Make a plan in a running task, and rehearse it."""

    def make(rows=ROWS, **rehearsal):
        with at(NOON, served), set_current_context({"ti": TaskInstance()}):
            return plan(rows, keywords=text, rehearsal=rehearsal)

    return make


def test_everybody_would_be_contacted(rehearsed, served):
    made = rehearsed()
    assert [one["to"] for one in made["contacts"]] == [ADA, BEN, CAI]
    summary = made["rehearsal"]
    assert (summary["would_open"], summary["agent_tasks"], summary["sms_segments"]) == (3, 3, 3)
    assert "rehearsed: 3 of them at once, with 3 tasks for agents" in made["summary"]
    assert {one.method for one in served.requests} == {"GET"}
    assert not served.conversations
    assert ADA not in str({name: value for name, value in made.items() if name != "contacts"})


def test_who_would_not_be_contacted_is_left_out_with_the_reason(rehearsed, run, served):
    before = rehearsed()
    with at(NOON, served):
        ada = {name: value for name, value in before["contacts"][0].items() if name != "message"}
        run(CreateInteractionOperator(task_id="tell", **ada))
    made = rehearsed(suppression=[BEN])
    assert [one["to"] for one in made["contacts"]] == [CAI]
    assert {row: why.partition(":")[0] for row, why in excluded(made).items()} == {
        1: "adopted", 2: "suppressed", 4: "adopted"
    }  # fmt: skip
    assert made["question"] == "Contact 1 person?"


def test_who_is_held_stays_in_the_plan(rehearsed):
    made = rehearsed(contact_window={"start": "09:00", "end": "16:00"})
    assert len(made["contacts"]) == 3
    assert (made["rehearsal"]["would_open"], made["rehearsal"]["held"]) == (2, 1)


def test_a_text_that_cannot_be_sent_is_found(rehearsed):
    made = rehearsed([*ROWS, {"phone": "+12025550104", "order": "x" * 2000}])
    assert list(excluded(made)) == [5]
    assert "invalid: " in excluded(made)[5]


@pytest.mark.parametrize("wrong", [{"contacts": []}, {"frequency_cap": {"at_most": 0, "per": "P1D"}}])
def test_what_is_wrong_fails_the_task(rehearsed, served, wrong):
    with pytest.raises(AirflowFailException):
        rehearsed(**wrong)
    assert not served.requests


def test_without_a_task_it_is_refused(served):
    with pytest.raises(AirflowFailException, match=r"^rehearsal: needs a running task"):
        plan(ROWS, keywords=text, rehearsal={})
