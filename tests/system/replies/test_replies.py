"""Ten thousand customers, four hundred of whom reply, and five agents with four conversations each.

The same campaign runs twice, with ``agent="on_reply"`` and with ``agent="now"``, and the process of each is
killed in its middle. The figures are printed side by side.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.inspect.views import ConversationView, MessageView
from airflow_provider_flexout.sandbox.state.seed import WORKERS

CONTACTS, REPLIES, AGENTS, AT_ONCE = 10_000, 400, ("ana", "ben", "chloe", "dana", "emil"), 4
SEEDED = {worker.name for worker in WORKERS.values()}
KILLS = 3
MOST_TRIES = 8
"""On a machine with other work, a try may leave contacts whose requests would have come too late."""
TIMEOUT = 900.0
CUSTOMERS = [f"+1202{number:07d}" for number in range(5_000_000, 5_000_000 + CONTACTS)]
WHO_REPLIES = CUSTOMERS[:: CONTACTS // REPLIES]


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("replies") / "contacts.csv"
    file.write_text("to,order\n" + "".join(f"{number},A-{number[-5:]}\n" for number in CUSTOMERS))
    return file


@pytest.mark.parametrize("agent", ["on_reply", "now"])
def test_tasks_are_as_many_as(agent: str, contacts: Path, capsys: pytest.CaptureFixture[str]):
    with Sandbox(seed=7).serve() as sandbox:
        staff(sandbox)
        for number in WHO_REPLIES:
            sandbox.customer(number).replies("Yes, it is.", after="1s")
        began = time.monotonic()
        tries = run_campaign(sandbox, contacts, agent)
        seconds = time.monotonic() - began
        requests = sandbox.requests[-1].n
        peak, hours = finish(sandbox)
        conversations, routed = sandbox.conversations, [one.conversation_sid for one in sandbox.interactions]
    replied = [one for one in conversations if written_by("customer", one)]
    waits = sorted(wait for one in replied if (wait := waited(one)) is not None)
    figures = {
        "requests": requests,
        "seconds": round(seconds),
        "tries": tries,
        "agents' tasks": len(routed),
        "tasks that no agent took within a day": sum(not written_by("agent", one) for one in conversations)
        - (len(conversations) - len(routed)),
        "conversations at once, at most": peak,
        "customers who replied": len(replied),
        "of them, with an agent": len(waits),
        "their wait in minutes, median and longest": [
            round(waits[at] / 60, 1) for at in (len(waits) // 2, -1)
        ],
        "hours until no task waits": round(hours, 1),
    }
    with capsys.disabled():
        print(f"\nagent={agent!r}: {figures}")  # noqa: T201 - the table of the run
    assert [len(written_by("system", one)) for one in conversations] == [1] * CONTACTS
    assert len(replied) == REPLIES
    assert len(routed) == len(set(routed)) == (REPLIES if agent == "on_reply" else CONTACTS)
    assert {one.sid for one in replied} <= set(routed)
    assert peak <= len(AGENTS) * AT_ONCE
    if agent == "on_reply":
        assert len(waits) == REPLIES


def written_by(role: str, conversation: ConversationView) -> list[MessageView]:
    """Give the messages that the customer, an agent or the pipeline wrote in a conversation."""
    return [one for one in conversation.transcript if one.role == role]


def waited(conversation: ConversationView) -> float | None:
    """Tell for how many seconds a customer who replied waited for an agent; None where none came."""
    spoken = written_by("agent", conversation)
    if not spoken:
        return None
    return max(0.0, (spoken[0].at - written_by("customer", conversation)[0].at).total_seconds())


def staff(sandbox: Sandbox) -> None:
    """Five agents, who accept after ten seconds, say so, and take five minutes for a conversation."""
    sandbox.settings.update({"rate_limits": False})
    connection = sandbox.connection()
    workers = f"{sandbox.base_url}/v1/Workspaces/{connection['extra']['workspace_sid']}/Workers"
    for name in AGENTS:
        form = {"FriendlyName": name, "Attributes": json.dumps({"contact_uri": f"client:{name}"})}
        if name not in SEEDED:
            credentials = (connection["login"], connection["password"])
            httpx.post(workers, data=form, auth=credentials, trust_env=False).raise_for_status()
        agent = sandbox.agent(name).accepts(after="10s").finishes(after="5m").handles(AT_ONCE)
        agent.says("How can I help?").goes("Available")  # TaskRouter creates workers offline


def run_campaign(sandbox: Sandbox, contacts: Path, agent: str) -> int:
    """Run it until it ends, and kill it three times; give how many tries that took."""
    environment = os.environ | {"AIRFLOW_CONN_FLEXOUT_DEFAULT": json.dumps(sandbox.connection())}

    def start(number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.system.replies.one_try", str(contacts), str(number), agent]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)

    for kill in range(1, KILLS + 1):
        process, deadline = start(kill), time.monotonic() + TIMEOUT
        while len(sandbox._store.conversations) < kill * CONTACTS // (KILLS + 1):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
        process.wait()
    for number in range(KILLS + 1, MOST_TRIES + 1):
        if start(number).wait(TIMEOUT) == 0:
            return number
    raise AssertionError(f"not done after {MOST_TRIES} tries")


def finish(sandbox: Sandbox) -> tuple[int, float]:
    """Let the agents work until no task is open; give their peak load, and the hours that it took."""
    peak, began = 0, sandbox.clock.now()
    sandbox.clock.freeze()
    while open_tasks := [one for one in sandbox._store.tasks if one.status not in {"completed", "canceled"}]:
        load = Counter(one.reserved_by for one in open_tasks if one.status in {"assigned", "wrapping"})
        peak = max(peak, sum(load.values()))
        assert all(count <= AT_ONCE for count in load.values()), load
        sandbox.clock.advance("30s")
        assert (sandbox.clock.now() - began).days < 30, "some task waits for ever"
    return peak, (sandbox.clock.now() - began).total_seconds() / 3600
