"""A campaign without agents over several workers, one of which is killed, while customers reply."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from airflow_provider_flexout.sandbox import Sandbox
from tests.system.celery.celery_airflow import CeleryAirflow
from tests.system.celery.services import corner_of_redis, database

CONTACTS, PART = 120, 20
CUSTOMERS = [f"+1202555{number:04d}" for number in range(100, 100 + CONTACTS)]
WHO_REPLIES = CUSTOMERS[::20]
TIMEOUT = 420.0


def test_each_reply_ends_with_an_agent(tmp_path, record_figures):
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("to,order\n" + "".join(f"{number},A-{number[-4:]}\n" for number in CUSTOMERS))
    with Sandbox(seed=7).serve() as sandbox, database() as url, corner_of_redis() as prefix:
        for number in WHO_REPLIES:
            sandbox.customer(number).replies("Where is it?", after="1s")
        airflow = CeleryAirflow(
            tmp_path / "airflow",
            database=url,
            prefix=prefix,
            dags=[Path(__file__).parent / "dags" / "campaign.py"],
            connections={"flexout_default": sandbox.connection()},
        )
        killed = []
        with airflow:
            sandbox.faults.delay("*", 0.25, times=None)  # so that it is hit in the middle of its work

            def kill_one(_: object) -> None:
                if len(sandbox.conversations) > PART and not killed:
                    airflow.workers[0].kill()
                    killed.append(len(sandbox.conversations))

            given = {"path": str(contacts), "contacts": CONTACTS, "size": PART, "agent": "on_reply"}
            run = airflow.run("campaign", given)
            assert run.wait(TIMEOUT, kill_one) == "success", run.failures()
            tasks = run.task_instances("reach")
        sandbox.clock.advance("1m")
        asked = [one for one in sandbox.conversations if one.participants]
    record_figures({"open when killed": killed, "agents' tasks": len(sandbox.tasks)})
    assert len(killed) == 1
    assert sum(one.try_number > 1 for one in tasks) >= 1
    customers = Counter(each.address for one in asked for each in one.participants if each.address)
    assert customers == dict.fromkeys(CUSTOMERS, 1)
    assert [sum(each.role == "system" for each in one.transcript) for one in asked] == [1] * CONTACTS
    replied = {one.sid for one in asked if any(each.role == "customer" for each in one.transcript)}
    assert (len(replied), len(sandbox.interactions)) == (len(WHO_REPLIES), len(WHO_REPLIES))
    assert {one.conversation_sid for one in sandbox.interactions} == replied
