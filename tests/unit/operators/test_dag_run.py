"""Scheduling a DAG run for a conversation: what is asked of Airflow, and that it is asked once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
import time_machine
from airflow.sdk import __version__ as sdk_version

from airflow_provider_flexout.operators.dag_run import ScheduleFollowUpOperator, schedule_follow_up
from airflow_provider_flexout.version_compat import AirflowFailException, DagRunTriggerException
from tests.unit.conftest import TaskInstance
from tests.version_compat import TaskDeferred

CONVERSATION = "CH" + "0123456789abcdef" * 2
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
LATER = NOW + timedelta(days=3)
KEEPS_RUNS = tuple(map(int, sdk_version.split(".")[:2])) >= (1, 3)
"""Airflow 3.3 and newer; one below waits in the triggerer."""


@dataclass
class Instance(TaskInstance):
    """With the runs that Airflow knows."""

    runs: set[str] = field(default_factory=set)

    def get_dr_count(self, dag_id: str, run_ids: list[str]) -> int:
        return len(self.runs & set(run_ids))


def schedule(**arguments):
    given = {"trigger_dag_id": "remind", "conversation_sid": CONVERSATION, "after": "3d"} | arguments
    return schedule_follow_up(task_id="later", **given)


def triggered(operator, method="execute", ti=None, **kwargs):
    with time_machine.travel(NOW, tick=False), pytest.raises(DagRunTriggerException) as trigger:
        getattr(operator, method)({"ti": ti or Instance()}, **kwargs)
    return trigger.value


@pytest.mark.parametrize(
    "when",
    [{"after": "3d"}, {"after": timedelta(days=3)}, {"after": None, "at": LATER}]
    + [{"after": None, "at": text} for text in ("2026-11-26T10:00+01:00", "2026-11-26T09:00:00Z")],
)
def test_a_run_is_kept_for_later_with_the_conversation_as_its_conf(when):
    ti, operator = Instance(), schedule(conf={"why": "late"}, **when)
    if KEEPS_RUNS:
        run = triggered(operator, ti=ti)
        assert run.run_after == LATER
    else:
        with time_machine.travel(NOW, tick=False), pytest.raises(TaskDeferred) as deferred:
            operator.execute({"ti": ti})
        assert deferred.value.trigger.until == LATER
        run = triggered(operator, deferred.value.method_name, event={})
    assert run.logical_date is None
    assert run.trigger_dag_id == "remind"
    assert run.conf == {"conversation_sid": CONVERSATION, "why": "late"}
    assert ti.xcoms["run_id"] == run.dag_run_id
    assert datetime.fromisoformat(ti.xcoms["run_after"]) == LATER


def test_a_conf_that_a_template_has_rendered():
    operator = schedule(conf="{{ dag_run.conf | tojson }}")
    operator.render_template_fields({"dag_run": SimpleNamespace(conf={"why": "late"})})
    run = triggered(operator, "execute_when_due", event={})
    assert run.conf == {"conversation_sid": CONVERSATION, "why": "late"}


def test_what_is_past_runs_at_once():
    assert triggered(schedule(after=None, at=NOW - timedelta(days=1))).dag_run_id


@pytest.mark.parametrize("method", ["execute", "execute_when_due"])
def test_a_run_that_is_there_is_success(method):
    run_id = triggered(schedule(), "execute_when_due", event={}).dag_run_id
    ti = Instance(runs={run_id}, try_number=2)
    assert getattr(schedule(), method)({"ti": ti}, **({"event": {}} if method != "execute" else {})) is None
    assert ti.xcoms["run_id"] == run_id


def test_another_conversation_dag_or_key_is_another_run():
    other = {"conversation_sid": "CH" + "f" * 32}, {"trigger_dag_id": "x"}, {"idempotency_key": "k"}, {}
    ids = {triggered(schedule(**one), "execute_when_due", event={}).dag_run_id for one in other}
    assert len(ids) == 4
    shared = {
        triggered(
            schedule(idempotency_key="k"), "execute_when_due", Instance(run_id=run), event={}
        ).dag_run_id
        for run in ("one", "two")
    }
    assert len(shared) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"at": LATER}, "at: pass either at or after"),
        ({"after": None}, "at: pass either at or after"),
        ({"after": "soon"}, "after: 'soon' is not a length of time"),
        ({"after": None, "at": "2026-11-26T10:00"}, "at: '2026-11-26T10:00' is not a moment"),
        ({"after": None, "at": "tomorrow"}, "at: 'tomorrow' is not a moment"),
        ({"conversation_sid": "None"}, "conversation_sid: "),
        ({"conf": "{'why': 'late'}"}, "conf: must be an object"),
        ({"conf": "[1]"}, "conf: must be an object"),
        ({"conf": {"why": object()}}, "conf: must be an object"),
    ],
)
def test_arguments_that_cannot_be_read(arguments, sentence):
    with pytest.raises(AirflowFailException, match=sentence):
        schedule(**arguments).execute({"ti": Instance()})


def test_both_names_are_one():
    assert schedule_follow_up is ScheduleFollowUpOperator
