"""Campaigns wait for their receipts in the triggerer of a running Airflow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.demo.run import TaskInstance
from airflow_provider_flexout.sandbox import Sandbox
from tests.receipts import CAMPAIGNS, CONTACTS
from tests.system.running import TIMEOUT, with_customer

CONN_ID = "flexout_receipts"
WAITS = f"Not reported as delivered yet: {CONTACTS} messages."


@pytest.fixture(scope="module")
def own_sandbox(airflow: RealAirflow) -> Iterator[Sandbox]:
    """A sandbox of their own, whose clock moves without moving that of others."""
    with Sandbox(seed=7).serve() as sandbox:
        airflow.api.add_connection(CONN_ID, sandbox.connection())
        yield sandbox


@pytest.mark.parametrize("dag_id", CAMPAIGNS)
def test_a_campaign_waits_for_its_receipts(
    airflow: RealAirflow, own_sandbox: Sandbox, tmp_path: Path, dag_id: str
):
    """The receipts come once the triggerer has resumed it for a second look, and it waits again."""
    campaign, results = CAMPAIGNS[dag_id], tmp_path / "results.jsonl"
    campaign.prepare(own_sandbox)
    run, waited = airflow.run(dag_id, {"results": str(results), "conn_id": CONN_ID}), []

    def let_receipts_come(tasks: list[TaskInstance]) -> None:
        for reach in tasks:
            if not waited and reach.state == "deferred" and run.log(reach).count(WAITS) > 1:
                waited.append(own_sandbox.clock.advance("1h"))

    assert run.wait(TIMEOUT, let_receipts_come) == campaign.state, run.failures()
    assert waited
    (reach,) = run.task_instances("reach")
    assert reach.try_number == 1
    log = run.log(reach)
    assert campaign.said in log
    assert campaign.area not in log
    campaign.check(results)
    found = [with_customer(own_sandbox, f"{campaign.area}0{number}") for number in range(CONTACTS)]
    assert [len(one) for one in found] == [1] * CONTACTS
