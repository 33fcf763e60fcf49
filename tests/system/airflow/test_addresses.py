"""Who can read a customer's address afterwards, with everything at debug level: whoever may read the XCom."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from airflow_provider_flexout.demo.airflow import RealAirflow
from airflow_provider_flexout.sandbox import Sandbox

TIMEOUT = 240.0
ADDRESS = re.compile(
    r"20255504\d\d|\w+@example\.org|1357902468135790|9753186420975318|1?55[ -]?1234[ -]?5670"
    r"|11[ -]?9?8765[ -]?4320|9?11[ -]?2345[ -]?6780|7946[ -_]?0[19]\d\d"
)
"""The first three digits of any of them, and its last four, may be seen."""
PEOPLE = {
    "sms": "+12025550401",
    "notified": "+12025550402",
    "asked": "+12025550409",
    "suppressed": ["+12025550403", "0044 20 7946 0199", "MX.97531864209753186420", "dan@example.org"],
    "mail": "ada@example.org",
    "cc": "bob@example.org",
    "bcc": "cy@example.org",
    "object": {
        "type": "sms",
        "initiated_by": "agent",
        "participants": [{"address": "+12025550404", "proxy_address": "+12025550100", "type": "sms"}],
    },
    "contacts": [
        {"to": "+12025550405"},
        {"to": "+12025550406"},
        {"channel": "whatsapp", "to": "whatsapp:MX.13579024681357902468"},
        {"channel": "whatsapp", "to": "whatsapp:+5215512345670"},
        {"channel": "whatsapp", "to": "+551187654320", "id": "+55 11 8765-4320"},
        {"channel": "whatsapp", "to": "+5491123456780"},
        {"channel": "email", "to": "Zoë Z. <zoe@example.org>", "subject": "S"},
        {"to": "020 7946 0123"},
        {"to": "0044 20 7946 0999", "id": "020_7946_0999"},
        {"channel": "whatsapp", "to": "whatsapp:52 1 55 1234 5670", "id": "Zoë <zoe@example.org>"},
    ],
    "rows": [{"to": "+12025550407", "customer_name": "Ada"}, {"to": "+12025550408"}],
}
HAVE_THEM = {"read", "rows"}
"""The tasks that read people from a file; their XComs are what others map over."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of an Airflow in which every operator has run."""
    folder = tmp_path_factory.mktemp("debug")
    people, home = folder / "people.json", folder / "airflow"
    with Sandbox(seed=7).serve() as sandbox:
        template = next(one.sid for one in sandbox.templates if one.status == "approved")
        contacts = [
            one | {"template": template if one.get("channel") == "whatsapp" else ""}
            for one in PEOPLE["contacts"]
        ]
        people.write_text(json.dumps(PEOPLE | {"contacts": contacts}))
        sandbox.agent().accepts(after=0)
        with RealAirflow(
            home,
            dags=[Path(__file__).parent / "dags" / "every_operator.py"],
            connections={"flexout_default": sandbox.connection("basic")},
            settings={"logging": {"logging_level": "DEBUG"}},
        ) as airflow:
            run = airflow.run("every_operator", {"people": str(people)})
            assert run.wait(TIMEOUT) == "success", run.failures()
        reached = {one.address for one in sandbox.participants} - {None}
        expected = {found[0] for found in map(ADDRESS.search, reached) if found}
        assert expected >= {f"202555040{last}" for last in "12456789"}
        assert {one["to"].rpartition(":")[2] for one in PEOPLE["contacts"][2:6]} <= {
            address.removeprefix("whatsapp:") for address in reached
        }
    return home


def test_no_table_holds_an_address_but_the_xcoms_that_tasks_map_over(folder):
    held = set()
    with closing(sqlite3.connect(folder / "airflow.db")) as database:
        database.row_factory = sqlite3.Row
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name from SQLite itself
            found = [dict(row) for row in rows if any(ADDRESS.search(str(value)) for value in row)]
            held |= {(table, row.get("task_id")) for row in found}
    assert held == {("xcom", task_id) for task_id in HAVE_THEM}


def test_no_log_holds_an_address_but_of_those_xcoms(folder):
    logs = sorted(folder.rglob("*.log"))
    lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
    assert any("[debug" in line and "SetRenderedFields" in line for line in lines)
    assert sum("is not a " in line and "•••" in line for line in lines) >= 3  # the rows that are invalid
    holding = [line for line in lines if ADDRESS.search(line)]
    assert [line for line in holding if "SetXCom(" not in line] == []
    assert {re.search(r"task_id='(\w+)'", line).group(1) for line in holding} == HAVE_THEM
