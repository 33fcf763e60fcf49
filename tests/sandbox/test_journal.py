"""``--db``: what was acknowledged is there again after the process was killed."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_flexout.sandbox import Sandbox
from tests.sandbox_process import client_of, start_sandbox

KILLS, WRITERS, ACKNOWLEDGED_BEFORE_A_KILL = 4, 3, 40
CONNECTION = Sandbox().connection()


def interaction(number: int) -> dict[str, str]:
    """Return the form of an interaction with a customer of its own."""
    extra, address = CONNECTION["extra"], f"+1202{number:07}"
    properties = {name: extra[name] for name in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
    participants = [{"address": address, "proxy_address": extra["sms_from"]}]
    channel = {"type": "sms", "initiated_by": "agent", "participants": participants}
    return {"Channel": json.dumps(channel), "Routing": json.dumps({"properties": properties})}


class Command:
    """``flexout sandbox --db`` as a process.

    :param file: where it keeps everything.
    :param room: the most bytes that the file may have, as on a disk that is full.
    """

    def __init__(self, file: Path, room: int = resource.RLIM_INFINITY) -> None:
        self.process, self._connection = start_sandbox(
            "--db", str(file), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        )

    def client(self) -> httpx.Client:
        return client_of(self._connection)

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


def test_a_file_of_a_sandbox_that_was_stopped_is_whole_by_itself(tmp_path):
    command = Command(tmp_path / "sandbox.db")
    with command.client() as client:
        sid = client.post("/v1/Conversations", data={"UniqueName": "kept"}).json()["sid"]
    command.stop(signal.SIGTERM)
    copied = Command(shutil.copy(tmp_path / "sandbox.db", tmp_path / "copy.db"))
    with closing(copied.process.stdout), copied.client() as client:
        assert client.get("/v1/Conversations/kept").json()["sid"] == sid
        copied.kill()


def test_a_disk_that_is_full_is_told_and_nothing_is_taken_that_is_not_kept(tmp_path):
    command = Command(tmp_path / "sandbox.db", room=300_000)
    kept, refused = [], []
    with command.client() as client:
        client.post("/sandbox/settings", json={"rate_limits": False}).raise_for_status()
        while len(refused) < 3:
            name = f"name-{len(kept) + len(refused)}"
            made = client.post("/v1/Conversations", data={"UniqueName": name, "FriendlyName": "x" * 200})
            (kept if made.is_success else refused).append((name, made.json()))
        assert {(row["status"], row["code"]) for _, row in refused} == {(500, 20500)}
        assert all("sandbox.db can't be written: " in row["message"] for _, row in refused)
        assert client.get("/v1/Conversations").status_code == 200
        assert client.get(f"/v1/Conversations/{refused[-1][0]}").status_code == 404
    command.stop(signal.SIGTERM)
    resumed = Command(tmp_path / "sandbox.db")
    with closing(resumed.process.stdout), resumed.client() as client:
        for name, row in kept:
            assert client.get(f"/v1/Conversations/{name}").json()["sid"] == row["sid"]
        for name, _ in refused:
            assert client.get(f"/v1/Conversations/{name}").status_code == 404
        assert client.post("/v1/Conversations").status_code == 201
        resumed.kill()
