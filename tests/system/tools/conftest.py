"""Great Expectations, dbt and Soda find what is wrong with one table; the people in its rows are contacted.

These run in an environment of their own (`make test-tools`), with the packages of the tools in it.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from airflow_provider_flexout.outreach.interaction.open_once import open_once
from tests.outreach_request import request_of
from tests.paths import EXAMPLES
from tests.system.tools import quiet  # noqa: F401 - before the tools are imported

COLUMNS = ("number", "customer", "phone", "shipped_at", "amount")
ORDERS = (
    (1, "Ada", "+12025550101", "2026-11-20", 5),
    (2, "Ben", "+12025550102", None, 7),
    (3, "Cai", "+12025550103", "2026-11-21", -4),
    (4, "Ben", "+12025550102", None, 2),
    (5, "Dua", None, None, 1),
)
NOT_SHIPPED = {"+12025550102"}
"""Whom a missing date of shipment touches: Ben, twice; Dua has no number."""


def make_project(folder: Path) -> Path:
    """Copy the dbt project, with the table as its seed."""
    project = folder / "shop"
    shutil.copytree(Path(__file__).parent / "shop", project)
    (project / "seeds").mkdir()
    with (project / "seeds" / "orders.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *ORDERS])
    return project


@pytest.fixture(scope="session")
def examples():
    """The example DAGs, in a DAG folder and a database of Airflow's, as ``dag.test()`` needs them."""
    from airflow.configuration import conf
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils import db

    db.initdb()
    Path(conf.get("core", "dags_folder")).symlink_to(EXAMPLES)
    bag = DagBag(str(EXAMPLES))
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture
def project(tmp_path):
    """A dbt project that was not built yet."""
    return make_project(tmp_path)


@pytest.fixture
def reached(client, defaults, sandbox):
    """Contact people, and give the addresses that the sandbox then holds conversations with."""

    def contact(contacts):
        for one in contacts:
            key = one.pop("idempotency_key")
            client.run(open_once(request_of(key=key, defaults=defaults, **one)))
        return [
            person.address for held in sandbox.conversations for person in held.participants if person.address
        ]

    return contact
