"""`flexout demo`, run as a user runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from airflow_provider_flexout.demo.late_deliveries import DELIVERIES, REPLIES, late_ones

FLEXOUT = [sys.executable, "-m", "airflow_provider_flexout.cli.main"]


@pytest.fixture
def demo(tmp_path):
    """Start `flexout demo`; its home, its working folder and its temporary files are below `tmp_path`."""
    folders = {name: tmp_path / name for name in ("home", "cwd", "tmp")}
    for folder in folders.values():
        folder.mkdir()
    environment = {**os.environ, "HOME": str(folders["home"]), "TMPDIR": str(folders["tmp"])}
    environment.pop("AIRFLOW_HOME", None)

    def start(*arguments):
        return subprocess.Popen(
            [*FLEXOUT, "demo", *arguments],
            cwd=folders["cwd"],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    return start


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def sids(prefix, output):
    return set(re.findall(rf"\b{prefix}[0-9a-f]{{32}}\b", output))


def test_contacts_each_customer_once_and_leaves_nothing_behind(demo, tmp_path, left_running):
    process = demo()
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    late, replies = len(late_ones()), len(REPLIES)
    at_once = sum(delivery.days_late >= 3 for delivery in DELIVERIES)
    agents = at_once + replies
    expected = {"CH": late, "KD": agents, "WT": agents, "IM": late + 2 * replies}
    assert {prefix: len(sids(prefix, output)) for prefix in expected} == expected, output
    assert f"\n{late} customers were told, nobody twice.\n" in output
    assert f"\n  {at_once} are very late and got an agent at once: James Whitfield (" in output
    assert f"\n  {replies} replied, and an agent took over: Maria Santos (" in output
    assert f"\n  {late - agents} did not reply, and took no agent's time: Priya Raman.\n" in output
    assert output.count("completed, ") == replies
    for delivery in DELIVERIES:
        contacted = int(delivery.days_late > 0)
        assert output.count(f"\n{delivery.customer_name}, order {delivery.order_number}, ") == contacted
        assert output.count(f"Hello {delivery.customer_name}, your {delivery.item}") == contacted
    assert everything_below(tmp_path) == ["cwd", "home", "tmp"]
    assert left_running() == []


@pytest.mark.parametrize("moment", ["creating the metadata database", "waiting for api-server"])
def test_an_interrupt_leaves_nothing_behind(demo, tmp_path, left_running, moment):
    process = demo()
    before = iter(process.stdout.readline, "")
    assert any(moment in line for line in before)
    assert left_running()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert everything_below(tmp_path) == ["cwd", "home", "tmp"]
    assert left_running() == []


def test_keeps_both_running_on_request(demo, tmp_path, left_running):
    process = demo("--keep")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    try:
        address, username, password = re.search(
            r"Airflow +(\S+) +login (\S+), password (\S+)", output
        ).groups()
        login = {"username": username, "password": password}
        assert httpx.post(f"{address}/auth/token", json=login).status_code == httpx.codes.CREATED
        sandbox = re.search(r"sandbox +(http\S+)", output).group(1)
        held = httpx.get(f"{sandbox}/sandbox/interactions").json()["interactions"]
        assert {one["sid"] for one in held} == sids("KD", output)
        assert "<title>Sandbox: customers, timeline, agent desk</title>" in httpx.get(sandbox).text
    finally:
        command = re.search(r"To stop them: (.+)", output).group(1)
        subprocess.run(command.split(), check=True)
    assert everything_below(tmp_path) == ["cwd", "home", "tmp"]
    assert left_running() == []


def test_refuses_a_folder_that_holds_something(demo, tmp_path):
    (tmp_path / "cwd" / "keepsake.txt").touch()
    process = demo("--folder", ".")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "not empty" in output
    assert everything_below(tmp_path) == ["cwd", "cwd/keepsake.txt", "home", "tmp"]
