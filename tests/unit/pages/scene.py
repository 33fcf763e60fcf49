"""What stands around a piece of code in a page: a reader's Airflow, and the sandbox behind its connection."""

from __future__ import annotations

import importlib
import json
import re
import sqlite3
import textwrap
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import airflow.sdk
import httpx
import pytest
from airflow.sdk import DAG

from tests.paths import DOCS
from tests.unit.pages.test_dags import BLOCKS
from tests.unit.test_docs_examples import SHOWN
from tests.unit.test_public_names import LISTED, PACKAGE

ADA, BOB, CAI = "+12025550141", "+5511955501234", "+12025550143"
COPIED = {code for page in DOCS.glob("*.md") for _, _, code in SHOWN.findall(page.read_text("utf-8"))}
PIECES = [(page, code) for page, code in BLOCKS if code not in COPIED]
"""The blocks of Python in the pages, but for those of the example DAGs, which run there."""
PUBLIC = {
    name: f"{PACKAGE}.{module}"
    for module, names in LISTED.items()
    for name in names
    if module not in {"twilio.api", "pytest_plugin"}
}
"""The names that users import, each with its module."""
SDK = ("Asset", "DAG", "dag", "task")
COMPAT = ("AsyncCallback", "DeadlineAlert", "DeadlineReference")
"""They have moved in Airflow."""
TABLES = """
CREATE TABLE reminders (phone, n, template, team, level, due);
CREATE TABLE late (phone, lang, order_no);
CREATE TABLE customers (phone, tz, zip);
CREATE TABLE opt_out (address);
"""


def public(name: str) -> Any:
    return getattr(importlib.import_module(PUBLIC[name]), name)


def code_of(page: str, mark: str) -> str:
    [code] = [code for name, code in PIECES if name == page and mark in code]
    return code


class Scene:
    """One piece of a page, and what it needs: customers, agents, a shop's database, a folder for a bucket."""

    def __init__(self, request: pytest.FixtureRequest, page: str, mark: str) -> None:
        self.fixture = request.getfixturevalue
        self.served, self.run_task = self.fixture("served"), self.fixture("run")
        self.folder: Path = self.fixture("tmp_path")
        self.page, self.runs = page, 0
        self.dag_id = re.sub(
            r"\W+", "_", f"{page} {mark}"
        )  # its own: Airflow's API keeps a DAG that it has read
        self.code = re.sub(r"s3://\w+", str(self.folder), code_of(page, mark))
        self.names: dict[str, Any] = {name: public(name) for name in PUBLIC}
        self.names |= {name: getattr(airflow.sdk, name) for name in SDK} | {"timedelta": timedelta}
        with closing(sqlite3.connect(self.folder / "shop.db")) as database:
            database.executescript(TABLES)
        for conn_id in ("SHOP", "WAREHOUSE"):
            connection = json.dumps({"conn_type": "sqlite", "host": str(self.folder / "shop.db")})
            self.fixture("monkeypatch").setenv(f"AIRFLOW_CONN_{conn_id}", connection)
        self.served.agent().accepts(after=0)

    def fill_in(self, **left_out: str) -> None:
        """Write what the page has left out as ``…`` behind a prefix, or as ``...`` among arguments."""
        self.code = self.code.replace("...,", left_out.pop("rest", "...,"))
        for prefix, value in left_out.items():
            self.code = self.code.replace(f"{prefix}…", value)

    def execute(self) -> dict[str, Any]:
        """Run the piece by itself, and give its names."""
        exec(self.code, self.names)  # noqa: S102 - our own page
        return self.names

    def run(self) -> list[Any]:
        """Run the tasks that the piece makes, one after the other, and give what each has returned."""
        with DAG("of_a_page", schedule=None) as dag:
            self.execute()
        self.runs += 1
        context = {"run_id": "run", "ds": "2026-11-23", "params": {"to": ADA}}
        context["logical_date"] = datetime.now(timezone.utc)
        how = {"context": context, "run_id": f"run {self.runs}"}
        return [self.run_task(each, **how).xcoms["return_value"] for each in dag.tasks]

    def test_dag(self, around: str = "{}", **how: Any) -> str:
        """Run the piece within a DAG, as ``airflow dags test`` does; give the state in which that ends."""
        piece = textwrap.indent(around.replace("{}", self.code), "    ")
        return self.test_file(f"with DAG('{self.dag_id}', schedule=None):\n{piece}", **how)

    def test_file(self, code: str, **how: Any) -> str:
        return self.dag_of(code).test(**how).state

    def dag_of(self, code: str) -> DAG:
        """Give the DAG in which the piece is, with the imports of its file."""
        imports = [f"from {PUBLIC[name]} import {name}" for name in PUBLIC if re.search(rf"\b{name}\b", code)]
        imports += [f"from airflow.sdk import {', '.join(SDK)}", "from datetime import timedelta"]
        imports += [f"from tests.version_compat import {', '.join(COMPAT)}"]
        file = "\n".join([*imports, code])
        return self.fixture("dag_of")(file)

    def open(self, **arguments: Any) -> dict[str, Any]:
        """Open a conversation; its SIDs are the output of the task that the page calls ``opened``."""
        operator = public("CreateInteractionOperator")(
            **{"task_id": "open", "channel": "sms", "to": ADA} | arguments
        )
        opened = self.run_task(operator).xcoms["return_value"]
        self.names["opened"] = SimpleNamespace(output=opened)
        return opened

    def write(self, table: str, *rows: tuple[Any, ...]) -> None:
        places = ", ".join("?" * len(rows[0]))
        with closing(sqlite3.connect(self.folder / "shop.db")) as database, database:
            database.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "shop.db")) as database:
            return database.execute(sql).fetchall()

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def taskrouter(self, kind: str, **fields: str) -> None:
        """Make a queue, a worker or another thing of the workspace, as the Console does."""
        connection = self.served.connection()
        path = f"/v1/Workspaces/{connection['extra']['workspace_sid']}/{kind}"
        login, host = (
            (connection["login"], connection["password"]),
            {"X-Forwarded-Host": "taskrouter.twilio.com"},
        )
        response = httpx.post(self.served.base_url + path, data=fields, auth=login, headers=host)
        response.raise_for_status()

    def texts(self, address: str) -> list[str]:
        return self.served.conversation_with(address).texts
