"""One campaign over four workers, of which one is killed and one cut off from the broker."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from airflow_provider_flexout.demo.run import ENDED
from airflow_provider_flexout.sandbox import Sandbox
from tests.system.celery.celery_airflow import WORKERS, CeleryAirflow
from tests.system.celery.services import corner_of_redis, database

CONTACTS, PART = 480, 40
CUSTOMERS = [f"+1202555{number:04d}" for number in range(100, 100 + CONTACTS)]
TIMEOUT = 420.0


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    file = tmp_path / "contacts.csv"
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["to", "order"])
        writer.writerows((number, f"A-{number[-4:]}") for number in CUSTOMERS)
    return file


def test_every_contact_ends_with_exactly_one_conversation(tmp_path, contacts, record_figures):
    with Sandbox(seed=7).serve() as sandbox, database() as url, corner_of_redis() as prefix:
        airflow = CeleryAirflow(
            tmp_path / "airflow",
            database=url,
            prefix=prefix,
            dags=[Path(__file__).parent / "dags" / "campaign.py"],
            connections={"flexout_default": sandbox.connection()},
        )
        with airflow:
            sandbox.faults.delay("*", 0.25, times=None)  # so that both are hit in the middle of their work
            run = airflow.run("campaign", {"path": str(contacts), "contacts": CONTACTS, "size": PART})
            hit = HitWorkers(airflow, sandbox)
            run.wait(TIMEOUT, lambda _: hit.now_and_then())
            tasks = run.task_instances("reach")
            assert run.state() in ENDED
    customers = [one.address for each in sandbox.conversations for one in each.participants if one.address]
    record_figures(
        {
            "contacts": CONTACTS,
            "workers": WORKERS,
            "killed": hit.killed,
            "cut off": hit.cut_off,
            "open when killed": hit.open_when_killed,
            "parts": len(tasks),
            "parts tried again": sum(one.try_number > 1 for one in tasks),
            "conversations": len(sandbox.conversations),
            "interactions": len(sandbox.interactions),
            "messages": len(sandbox.messages),
        }
    )
    assert (hit.killed, hit.cut_off) == (1, 1)
    assert {one.state for one in tasks} == {"success"}
    assert sum(one.try_number > 1 for one in tasks) >= 1
    assert Counter(customers) == dict.fromkeys(CUSTOMERS, 1)
    assert [len(one.texts) for one in sandbox.conversations] == [1] * CONTACTS
    assert len(sandbox.interactions) == len(sandbox.tasks) == CONTACTS


class HitWorkers:
    """Kills a worker and cuts another off, once all are at work."""

    def __init__(self, airflow: CeleryAirflow, sandbox: Sandbox) -> None:
        self._airflow = airflow
        self._sandbox = sandbox
        self.killed = self.cut_off = self.open_when_killed = 0

    def now_and_then(self) -> None:
        begun = len(self._sandbox.interactions)
        if begun > PART and not self.killed:
            self._airflow.workers[0].kill()
            self.killed, self.open_when_killed = 1, begun
        if begun > 2 * PART and not self.cut_off:
            self._airflow.lines[1].cut()
            self.cut_off = 1
