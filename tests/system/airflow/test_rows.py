"""Rows in a running Airflow: what customers and agents got, and who can read an address afterwards."""

from __future__ import annotations

import pytest

from tests.rows import AREAS, PLACES, STEAL, YEAR, check_places, check_rows
from tests.system.running import until, with_customer

TIMEOUT = 180.0


@pytest.mark.parametrize("dag_id", sorted(AREAS))
def test_rows_arrive_as_they_are(airflow, sandbox, dag_id):
    run = airflow.run(dag_id)
    assert run.wait(TIMEOUT) == "success", run.failures()
    # Airflow calls a task's callbacks when it knows its state already, and so may end the run before.
    told = f"{AREAS[dag_id]}70"
    until(lambda: any(one.texts for one in with_customer(sandbox, told)), airflow, "the notifier has told")
    check_rows(sandbox, dag_id)


def test_steps_of_a_follow_up_arrive_as_they_are(airflow, sandbox):
    run = airflow.run("reminded_rows")
    assert run.wait(TIMEOUT) == "success", run.failures()
    found = {str(one.participants): one.texts for one in sandbox.conversations}
    texts = [texts for people, texts in found.items() if "+12025554000" in people or "+12025554100" in people]
    assert sorted(texts) == [[YEAR], [STEAL]]


@pytest.mark.parametrize("dag_id", PLACES)
def test_a_text_never_moves_to_another_person(airflow, sandbox, dag_id):
    run = airflow.run(dag_id)
    assert run.wait(TIMEOUT) == PLACES[dag_id][0], run.failures()
    check_places(sandbox, dag_id)
    if dag_id == "places_that_shift":
        (said, *_) = run.task_instances("say")
        assert "3 mapped tasks of 'open' left 2 results" in run.log(said)
