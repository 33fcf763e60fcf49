"""The example DAGs of the table in one real Airflow, at the same time, on PostgreSQL as in production."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.sandbox import Sandbox
from tests.examples import EXAMPLES, FOLDER
from tests.system.celery.services import database

TIMEOUT = 180.0


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(seed=7).serve() as sandbox:
        sandbox.agent().accepts(after=0).handles(50)
        yield sandbox


@pytest.fixture(scope="module")
def runs(tmp_path_factory, sandbox):
    """A run of each, by name; all of them have begun."""
    given = {name: one.given(sandbox, tmp_path_factory.mktemp(name)) for name, one in EXAMPLES.items()}
    connections = {"flexout_default": sandbox.connection()}
    for one in given.values():
        connections |= one.connections
    files = [FOLDER / f"{name}.py" for name in EXAMPLES]
    folder = tmp_path_factory.mktemp("airflow")
    with (
        database() as url,
        RealAirflow(folder, dags=files, connections=connections, database=url) as airflow,
    ):
        yield {name: airflow.run(name, one.conf) for name, one in given.items()}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example(runs, sandbox, name):
    run = runs[name]
    assert run.wait(TIMEOUT) == "success", run.failures()
    EXAMPLES[name].check(sandbox)
