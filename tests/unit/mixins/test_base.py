"""What identifies an outreach by default: the logical date of its run, or the run's id where it has none."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import jinja2
import pendulum
import pytest

from airflow_provider_flexout.connection.running_task import key_of, logical_date_of, source_of
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.version_compat import AirflowTaskTimeout

RUN = "manual__2026-11-22T06:00:00+00:00"
SIX = datetime(2026, 11, 22, 6, tzinfo=timezone.utc)
OF_THE_DATE = "fxdf41ae1709ee9bd291f828ad959bc9a8"
OF_THE_RUN = "fx2efb91f17bb4271aea473493639a1e7f"


def context(run_id=RUN, map_index=-1, **more):
    ti = SimpleNamespace(dag_id="orders", run_id=run_id, task_id="open", map_index=map_index)
    return {"ti": ti, **more}


def run_of(logical_date):
    return SimpleNamespace(logical_date=logical_date)


@pytest.mark.parametrize(
    "named",
    [
        {"logical_date": SIX},
        {"logical_date": pendulum.datetime(2026, 11, 22, 15, tz="Asia/Tokyo")},
        {"dag_run": run_of(SIX)},
        {"logical_date": None, "dag_run": run_of(SIX)},
        {"logical_date": jinja2.Undefined(name="logical_date"), "dag_run": run_of(SIX)},
    ],
)
@pytest.mark.parametrize("run_id", [RUN, "backfill__2026-11-22", "made_again"])
def test_a_run_with_a_logical_date_is_known_by_it(named, run_id):
    assert key_of(context(run_id, **named), "interaction", None) == OF_THE_DATE


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"logical_date": None},
        {"dag_run": run_of(None)},
        {"dag_run": SimpleNamespace()},
        {"dag_run": None},
        {"logical_date": jinja2.Undefined(name="logical_date")},
    ],
)
def test_a_run_without_one_is_known_by_its_id(named):
    assert logical_date_of(context(**named)) is None
    assert key_of(context(**named), "interaction", None) == OF_THE_RUN


def test_a_task_that_is_not_mapped_has_the_index_minus_one():
    assert key_of(context(map_index=None), "interaction", None) == OF_THE_RUN
    assert key_of(context(map_index=3), "interaction", None) == "fxf991ef2b798975d56a05013084116999"


def test_the_users_own_key_is_the_same_in_every_run():
    keys = {key_of(context(run, logical_date=day), "interaction", "order-4711") for run, day in
            [(RUN, SIX), ("other", None)]}  # fmt: skip
    assert keys == {"fx0b306b0ab77b4d5423c80bb4c8132c3a"}


def test_people_are_told_the_runs_id():
    assert source_of(context(logical_date=SIX)) == {
        "dag_id": "orders",
        "run_id": RUN,
        "task_id": "open",
        "map_index": -1,
    }


def test_a_day_that_is_run_again_finds_the_same_conversation(run, served):
    create = CreateInteractionOperator(task_id="open", channel="sms", to="+12025550117")
    first = run(create, run_id="scheduled__2026-11-22", context={"logical_date": SIX}).xcoms
    again = run(create, run_id="backfill__2026-11-22", context={"logical_date": SIX}).xcoms
    assert (first["created"], again["created"]) == (True, False)
    assert again["conversation_sid"] == first["conversation_sid"]
    assert len(served.interactions) == 1


def test_a_campaign_of_a_day_that_is_run_again_contacts_nobody(run, served):
    tell = BulkOutreachOperator(
        task_id="tell", channel="sms", contacts=[{"to": "+12025550117"}], message="Late."
    )
    first = run(tell, run_id="scheduled__2026-11-22", context={"logical_date": SIX}).xcoms["summary"]
    again = run(tell, run_id="backfill__2026-11-22", context={"logical_date": SIX}).xcoms["summary"]
    assert (first["opened"], again["adopted"]) == (1, 1)
    assert len(served.messages) == 1


def test_a_task_that_is_told_to_end_ends_at_once():
    operator = CreateInteractionOperator(task_id="open", channel="sms", to="+12025550117")
    with pytest.raises(AirflowTaskTimeout, match="told to end"):
        operator.on_kill()


def test_a_task_whose_time_is_over_has_ended_already():
    operator = CreateInteractionOperator(task_id="open", channel="sms", to="+12025550117")
    try:
        operator.on_kill()
    except AirflowTaskTimeout:
        operator.on_kill()  # as Airflow does after a timeout of its own
