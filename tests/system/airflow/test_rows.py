"""Rows in a running Airflow: what customers and agents got, and who can read an address afterwards."""

from __future__ import annotations

import pytest

from tests.rows import AREAS, check_rows

TIMEOUT = 180.0


@pytest.mark.parametrize("dag_id", sorted(AREAS))
def test_rows_arrive_as_they_are(airflow, sandbox, dag_id):
    run = airflow.run(dag_id)
    assert run.wait(TIMEOUT) == "success", run.failures()
    check_rows(sandbox, dag_id)
