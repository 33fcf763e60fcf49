"""Alerts on their way: from the failed check's callback to the tasks behind it, and to other DAGs."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from airflow.providers.common.sql.operators.sql import SQLCheckOperator

from airflow_provider_flexout.alerts.alert import Alert, Failure
from airflow_provider_flexout.alerts.assets import alerts_of
from airflow_provider_flexout.alerts.callbacks import push_alert
from airflow_provider_flexout.outreach.errors import InvalidInput

LATE = Alert("late", "soda", "orders", (Failure("c", "days", failed_rows=2, records=({"n": 1}, {"n": 2})),))
LOST = Alert("lost", "dbt", None, (Failure("d", severity="critical"), Failure("e", severity="warning")))


class TaskInstance:
    def __init__(self):
        self.xcoms = {}

    def xcom_push(self, key, value):
        self.xcoms[key] = value


def event(alert):
    return SimpleNamespace(extra={**alert.as_dict(), "from_rest_api": True})


def test_every_event_of_a_run_is_read_and_repeats_once():
    events = {"flexout://alerts/a": [event(LATE), event(LOST)], "flexout://alerts/b": [event(LATE)]}
    assert alerts_of(events) == [LATE, LOST]


@pytest.mark.parametrize("write", [dict, json.dumps])
def test_an_alert_that_came_as_a_watchers_payload(write):
    extra = {"from_trigger": True, "payload": write(LATE.as_dict())}
    assert alerts_of({"flexout://alerts/a": [SimpleNamespace(extra=extra), event(LOST)]}) == [LATE, LOST]


@pytest.mark.parametrize("extra", [None, {}, {"name": "late"}, {"payload": "late"}, {"payload": [1]}])
def test_an_event_without_an_alert(extra):
    with pytest.raises(InvalidInput, match="not an alert"):
        alerts_of({"flexout://alerts/a": [SimpleNamespace(extra=extra)]})


def test_an_event_without_an_alert_hides_none_of_the_others(caplog):
    by_hand = SimpleNamespace(extra={"from_rest_api": True})
    assert alerts_of({"flexout://alerts/a": [event(LATE), by_hand, event(LOST)]}) == [LATE, LOST]
    assert "Passed over an event of flexout://alerts/a: alert: not an alert" in caplog.text


def test_an_alert_is_as_bad_as_the_worst_of_it():
    assert (LATE.severity, LOST.severity) == ("error", "critical")
    assert LOST.sentence == "lost: d failed, e failed (critical, dbt)"


def test_a_failed_check_pushes_its_alert(caplog):
    ti, check = TaskInstance(), SQLCheckOperator(task_id="check", sql="SELECT 0", conn_id="shop")
    push_alert({"ti": ti, "task": check, "exception": "Test failed.\nQuery:\nSELECT 0\nResults:\n(0,)"})
    assert Alert.from_dict(ti.xcoms["alert"]).name == "check"


def test_what_is_no_failed_check_is_logged_and_nothing_more(caplog):
    ti = TaskInstance()
    push_alert({"ti": ti, "exception": RuntimeError("no connection to +12025550101")})
    assert ti.xcoms == {}
    assert "No alert was made of this failure: result: not a result of a common-sql check" in caplog.text
    assert "2025550101" not in caplog.text
