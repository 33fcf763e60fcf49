"""The fixture that users get: as the documentation shows it, and what it costs those who don't use it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.paths import DOCS

PAGE = DOCS / "testing.md"
FAILING = """
def test_what_was_said(flex_sandbox):
    import httpx
    login = flex_sandbox.connection()
    auth = (login["login"], login["password"])
    with httpx.Client(base_url=flex_sandbox.base_url, auth=auth, trust_env=False) as client:
        sid = client.post("/v1/Conversations").json()["sid"]
        pair = {"MessagingBinding.Address": "+12025550141", "MessagingBinding.ProxyAddress": "+15005550006"}
        client.post(f"/v1/Conversations/{sid}/Participants", data=pair)
        client.post(f"/v1/Conversations/{sid}/Messages", data={"Author": "shop", "Body": "Hello Ada"})
    assert flex_sandbox.conversation_with("+12025550141").texts == ["Hello Bob"]

def test_nobody(flex_sandbox):
    flex_sandbox.conversation_with("+12025550141")
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest as a user does, in a folder of theirs."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags")},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.usefixtures("airflow_database")
def test_the_documented_example_works_as_it_stands(tmp_path):
    dag, *tests = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "tell_ada.py").write_text(dag)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_tell_ada.py").write_text("\n\n".join(tests))
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(tests)} passed" in done.stdout


def test_a_failure_shows_the_transcript(tmp_path):
    (tmp_path / "test_failing.py").write_text(FAILING)
    done = run_pytest(tmp_path)
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    transcript = r"CH\w{32} \(active\) with \+12025550141\n  \S+ \S+ pipeline shop: Hello Ada"
    assert re.search(transcript, done.stdout)
    assert "no conversation with +12025550141" in done.stdout
    assert "There is no conversation." in done.stdout


def test_installed_but_unused_it_costs_nothing():
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import airflow_provider_flexout.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["airflow_provider_flexout", "airflow_provider_flexout.pytest_plugin"]


def test_each_test_begins_at_the_present_in_an_empty_sandbox(flex_sandbox, monkeypatch, request):
    flex_sandbox.clock.advance("30d")
    flex_sandbox.faults.fail("CreateConversation")
    moved = flex_sandbox.clock.now()
    plugin = request.config.pluginmanager.get_plugin("flexout")
    again = plugin.flex_sandbox.__wrapped__(flex_sandbox, monkeypatch)
    assert (moved - again.clock.now()).days >= 29
    assert (again.faults.planted, again.clock.frozen, len(again.conversations)) == (0, False, 0)
    connection = json.loads(os.environ["AIRFLOW_CONN_FLEXOUT_DEFAULT"])
    answer = httpx.get(f"{connection['extra']['base_url']}/sandbox/clock", trust_env=False)
    assert answer.status_code == 200


AS_PROBED = """
def test_it_behaves_as_twilio_did(flex_sandbox):
    assert flex_sandbox.settings.close_twice == "accept"
    flex_sandbox.settings.close_twice = "refuse"

def test_so_does_the_next_one(flex_sandbox):
    assert flex_sandbox.settings.close_twice == "accept"
"""


def test_the_fixture_behaves_as_a_file_of_flexout_probe_says(tmp_path):
    found = {"format": "flexout probe", "version": 1, "settings": {"close_twice": "accept"}}
    (tmp_path / "pytest.ini").write_text("[pytest]\nflex_sandbox_as = found.json\n")
    (tmp_path / "test_probed.py").write_text(AS_PROBED)
    (tmp_path / "found.json").write_text(json.dumps(found))
    done = run_pytest(tmp_path)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    (tmp_path / "found.json").write_text("{}")
    done = run_pytest(tmp_path)
    assert "flex_sandbox_as: " in done.stdout
    assert "it is not a file of flexout probe" in done.stdout
