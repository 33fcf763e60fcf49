"""``--db``: what was acknowledged is there again after the process was killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.sandbox import Sandbox

KILLS, WRITERS, ACKNOWLEDGED_BEFORE_A_KILL = 4, 3, 40
CONNECTION = Sandbox().connection()
AUTH = (CONNECTION["login"], CONNECTION["password"])


def interaction(number: int) -> dict[str, str]:
    """Return the form of an interaction with a customer of its own."""
    extra, address = CONNECTION["extra"], f"+1202{number:07}"
    properties = {name: extra[name] for name in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
    participants = [{"address": address, "proxy_address": extra["sms_from"]}]
    channel = {"type": "sms", "initiated_by": "agent", "participants": participants}
    return {"Channel": json.dumps(channel), "Routing": json.dumps({"properties": properties})}


class Command:
    """``flexout sandbox --db`` as a process that is killed, never stopped."""

    def __init__(self, file: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "airflow_provider_flexout.cli.main",
            "sandbox",
            "--port",
            "0",
            "--no-log",
        ]
        self.process = subprocess.Popen([*command, "--db", str(file)], stdout=subprocess.PIPE, text=True)
        line = next(line for line in self.process.stdout if "ready at" in line)
        self.url = line.split()[-1]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, auth=AUTH, trust_env=False, timeout=10)

    def stop(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.communicate(timeout=20)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


class Writers:
    """Clients that write until their server is gone, and remember what it acknowledged."""

    def __init__(self) -> None:
        self.interactions: dict[int, dict[str, Any]] = {}
        self.conversations: dict[str, str] = {}
        self._enough = threading.Condition()
        self._number = 0

    def write_until_killed(self, command: Command) -> None:
        wanted = len(self.interactions) + ACKNOWLEDGED_BEFORE_A_KILL
        threads = [threading.Thread(target=self._write, args=(command,)) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        with self._enough:
            assert self._enough.wait_for(lambda: len(self.interactions) >= wanted, timeout=60)
        command.kill()  # while all of them are writing
        for thread in threads:
            thread.join()

    def _write(self, command: Command) -> None:
        with command.client() as client:
            while True:
                with self._enough:
                    self._number += 1
                    number = self._number
                try:
                    made = client.post("/v1/Interactions", data=interaction(number))
                    named = client.post("/v1/Conversations", data={"UniqueName": f"name-{number}"})
                except httpx.TransportError:
                    return
                with self._enough:
                    self.interactions[number] = made.json()
                    self.conversations[f"name-{number}"] = named.json()["sid"]
                    self._enough.notify_all()


def test_what_was_acknowledged_outlives_sigkill(tmp_path):
    writers = Writers()
    for _ in range(KILLS):
        command = Command(tmp_path / "sandbox.db")
        with command.client() as client:
            client.post("/sandbox/settings", json={"rate_limits": False}).raise_for_status()
        writers.write_until_killed(command)
    command = Command(tmp_path / "sandbox.db")
    with closing(command.process.stdout), command.client() as client:
        kept = client.get("/sandbox/interactions", params={"limit": 100_000}).json()["interactions"]
        held = {one["sid"]: one["channel_sid"] for one in kept}
        acknowledged = {one["sid"]: one["channel"]["sid"] for one in writers.interactions.values()}
        assert len(acknowledged) >= KILLS * ACKNOWLEDGED_BEFORE_A_KILL
        assert acknowledged.items() <= held.items()
        for name, sid in writers.conversations.items():
            assert client.get(f"/v1/Conversations/{name}").json()["sid"] == sid
        # In flight when the process died, and nobody knows: at most one request per writer and kill.
        assert len(held) <= len(acknowledged) + KILLS * WRITERS
        command.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_that_is_stopped_leaves_a_snapshot(tmp_path, how):
    file = tmp_path / "sandbox.db"
    command = Command(file)
    with command.client() as client:
        sid = client.post("/v1/Conversations", data={"UniqueName": "kept"}).json()["sid"]
    command.stop(how)
    assert file.with_name("sandbox.db.snapshot").exists()
    resumed = Command(file)
    with closing(resumed.process.stdout), resumed.client() as client:
        assert client.get("/v1/Conversations/kept").json()["sid"] == sid
        resumed.kill()
