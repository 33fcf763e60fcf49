"""A campaign of FLEXOUT_CAMPAIGN rows that is killed at random moments: each row ends as we read the table.

It is a Sunday in six time zones. The campaign comes to its end twice, at two moments, between which windows
open and times come.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.sandbox import Sandbox
from tests.system.campaign.reading import Expected, Reading
from tests.system.campaign.table import LANGUAGES, ZONES, table, write

COUNT = int(os.environ.get("FLEXOUT_CAMPAIGN", "300"))
FIRST, SECOND = (datetime(2026, 11, 22, hour, 30, tzinfo=timezone.utc) for hour in (15, 23))
"""Too early for a Sunday in New York; then the afternoon there, and Monday in Sydney."""
KILLS = {FIRST: 4, SECOND: 2}
MOST_TRIES = 20
"""On a machine with other work, a try may leave contacts whose requests would have come too late."""
TIMEOUT = 3600.0
SENT = {"opened", "adopted"}
SPANISH = {
    "friendly_name": "order_late_es",
    "language": "es",
    "variables": {"1": "Ada", "2": "4711"},
    "types": {"twilio/text": {"body": "{{1}}, el pedido {{2}} llega tarde."}},
}


class Campaign:
    """The table, and the sandbox that the campaign is run against."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.templates = [self._template_named("order_late"), self._add_template()]
        self.rows, self.suppressed = table(COUNT, self.templates)
        self.contacts = write(self.rows, folder / "contacts.csv")
        (folder / "suppressed.txt").write_text("\n".join(self.suppressed))
        self._tries, self._chosen = count(1), random.Random(7)  # noqa: S311 - moments, no secrets

    def _template_named(self, name: str) -> str:
        return next(one.sid for one in self.sandbox.templates if one.name == name)

    def _add_template(self) -> str:
        connection = self.sandbox.connection()
        credentials = (connection["login"], connection["password"])
        url = f"{self.sandbox.base_url}/v1/Content"
        made = httpx.post(url, json=SPANISH, auth=credentials, trust_env=False).raise_for_status().json()
        return str(made["sid"])

    def run(self, contacts: Path, name: str, kills: int = 0) -> dict[int, dict[str, Any]]:
        """Run it to its end, killed so many times; give the results by line."""
        results = self.folder / "results.jsonl"
        for _ in range(kills):
            self._kill(self._start(contacts, name, results))
        for _ in range(MOST_TRIES):
            if self._start(contacts, name, results).wait(TIMEOUT) == 0:
                lines = [json.loads(line) for line in results.read_text().splitlines()]
                assert len({one["line"] for one in lines}) == len(lines), "a row has ended twice"
                if not any(one["outcome"] == "failed" for one in lines):
                    return {one["line"]: one for one in lines}
        raise AssertionError(f"not done after {MOST_TRIES} tries")

    def _start(self, contacts: Path, name: str, results: Path) -> subprocess.Popen[bytes]:
        arguments = [
            contacts,
            results,
            self.folder / "suppressed.txt",
            name,
            next(self._tries),
            FIRST.isoformat(),
        ]
        command = [sys.executable, "-m", "tests.system.campaign.one_try", *map(str, arguments)]
        environment = os.environ | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(self.sandbox.connection())}
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a try at a request that was chosen by chance."""
        requests, numbers, reached = self._chosen.randint(1, COUNT // 4), count(1), threading.Event()
        self.sandbox.requests.listener = lambda _: reached.set() if next(numbers) == requests else None
        while not reached.wait(0.05):
            assert process.poll() is None, f"it ended before its request {requests}"
        process.kill()
        process.wait()
        self.sandbox.requests.listener = None

    def expected(self, now: datetime) -> dict[int, Expected]:
        """Read the table; the lines of the file count from 2, below its header."""
        done: set[int] = set()
        for moment in [FIRST, SECOND][: 1 + (now == SECOND)]:
            reading = Reading(moment, self.suppressed, self.templates, done)
            read = {line: reading.read(line, row) for line, row in enumerate(self.rows, 2)}
            done = {line for line, one in read.items() if one.sent}
        return read

    def held_by_sandbox(self) -> dict[str, dict[str, Any]]:
        """Say what each person has, who has one conversation with one message and one task."""
        tasks = Counter(one.conversation_sid for one in self.sandbox.tasks)
        by_sid = {one.conversation_sid: one for one in self.sandbox.tasks}
        found: dict[str, dict[str, Any]] = {}
        for one in self.sandbox.conversations:
            (address,) = [each.address for each in one.participants if each.address]
            assert address not in found, "two conversations"
            assert tasks[one.sid] == 1
            (message,), task = one.transcript, by_sid[one.sid]
            found[address] = {
                "body": message.body,
                "template": message.content_sid,
                "variables": message.content_variables or None,
                "queue": task.queue_sid,
                "priority": task.priority,
                "name": task.attributes["customerName"],
            }
        return found


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with Sandbox(seed=7).serve() as sandbox:
        sandbox.settings.update({"rate_limits": False})
        yield Campaign(sandbox, tmp_path_factory.mktemp("campaign"))


@pytest.mark.parametrize("now", [FIRST, SECOND], ids=["first", "second"])
def test_each_row_ends_as_the_table_says(campaign: Campaign, now: datetime):
    campaign.sandbox._store.clock.place(now.timestamp(), frozen=False, speed=1.0)
    found = campaign.run(campaign.contacts, "late", kills=KILLS[now])
    expected = campaign.expected(now)
    assert found.keys() == expected.keys()
    unlike = [
        f"line {line} is {found[line]}, not {one.outcome} with {one.why!r}: {campaign.rows[line - 2]}"
        for line, one in expected.items()
        if simple(found[line]) != one.outcome or one.why not in (found[line].get("reason") or "")
    ]
    assert not unlike, "\n".join(unlike)
    sent = {campaign.rows[line - 2]["phone"]: one.sent for line, one in expected.items() if one.sent}
    assert campaign.held_by_sandbox() == sent
    assert set(Counter(one.outcome for one in expected.values())) == {
        "sent", "held", "suppressed", "duplicate", "invalid"
    }  # fmt: skip
    assert len({row["tz"] for row in campaign.rows} & set(ZONES)) == len(ZONES)
    assert {row["lang"] for row in campaign.rows} == set(LANGUAGES)


def test_a_key_of_a_rows_own_is_found_by_another_campaign(campaign: Campaign):
    expected, before = campaign.expected(SECOND), len(campaign.sandbox.conversations)
    keyed = [
        row for line, row in enumerate(campaign.rows, 2) if row["key"] and expected[line].outcome == "sent"
    ]
    found = campaign.run(write(keyed, campaign.folder / "keyed.csv"), "another")
    assert Counter(one["outcome"] for one in found.values()) == {"adopted": len(keyed)}
    assert len(campaign.sandbox.conversations) == before


def simple(line: dict[str, Any]) -> str:
    return "sent" if line["outcome"] in SENT else str(line["outcome"])
