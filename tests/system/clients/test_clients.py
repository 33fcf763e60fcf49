"""Twilio's own clients and samples against the sandbox, unchanged: by TLS, and under Twilio's names.

A front before the sandbox ends TLS. Each client resolves Twilio's names by itself, as a test can make it: to
the front. ``make test-clients`` installs the clients for Node.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from airflow_provider_flexout.sandbox.state.seed import CHAT_SERVICE_SID, WORKSPACE
from tests.paths import ROOT, SEED

from .front import front

HERE = Path(__file__).parent
MODULES = ROOT / "build" / "clients" / "node_modules"


def samples() -> list[tuple[str, str]]:
    """The samples of Twilio's page that these clients run, with the client's name."""
    text = SEED.read_text() if SEED.is_file() else ""
    found = re.findall(r"```(js|python|bash)\n(.*?)```", text, re.DOTALL)
    kinds = {"js": "node", "python": "python"}
    named = [
        (kinds.get(fence) or ("cli" if "twilio api:" in code else "curl"), code) for fence, code in found
    ]
    return [(client, code) for client, code in named if "/Messages" not in code]


@pytest.fixture
def run(sandbox: httpx.Client, certificate: Path, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Run a program as its client's user does; return what it writes."""
    sandbox.post("/sandbox/reset").raise_for_status()
    sandbox.post("/sandbox/settings", json={"accept_any_routing": True}).raise_for_status()
    with front(str(sandbox.base_url), certificate) as port:
        (tmp_path / ".curlrc").write_text(f'connect-to = "::127.0.0.1:{port}"\ncacert = "{certificate}"\n')
        yield _runner(sandbox, tmp_path, certificate, port)


def _runner(sandbox: httpx.Client, folder: Path, certificate: Path, port: int) -> Callable[..., str]:
    connection = sandbox.get("/sandbox/connection").json()
    environment = {
        "PATH": f"{MODULES / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "CURL_HOME": str(folder),
        "FRONT_PORT": str(port),
        "NODE_EXTRA_CA_CERTS": str(certificate),
        "NODE_OPTIONS": f"--require {HERE / 'resolve.cjs'}",
        "NODE_PATH": str(MODULES),
        "PYTHONPATH": str(HERE),
        "REQUESTS_CA_BUNDLE": str(certificate),
        "TWILIO_ACCOUNT_SID": connection["login"],
        "TWILIO_AUTH_TOKEN": connection["password"],
    }
    programs = {"node": "node", "python": sys.executable, "cli": "bash", "curl": "bash"}

    def run(client: str, code: str) -> str:
        (folder / "sample").write_text(code)
        done = subprocess.run(
            [programs[client], "sample"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.skipif(not SEED.is_file(), reason=f"the document {SEED} is not there; set FLEXOUT_SEED")
def test_the_page_has_samples_for_each_client():
    assert {client for client, _ in samples()} == {"node", "python", "cli", "curl"}


@pytest.mark.parametrize(("client", "code"), samples())
def test_a_sample_of_twilios_page_runs_as_it_stands(sandbox, run, client, code):
    written = run(client, code)
    [request] = sandbox.get("/sandbox/requests", params={"operation": "CreateInteraction"}).json()["requests"]
    assert request["status"] == 200
    assert request["sid"] in written
    if client == "curl":
        assert json.loads(written)["url"].startswith("https://flex-api.twilio.com/v1/Interactions/KD")


@pytest.mark.skipif(not SEED.is_file(), reason=f"the document {SEED} is not there; set FLEXOUT_SEED")
def test_the_sample_of_a_message_runs_with_the_conversations_sid(sandbox, run):
    """The page says that the SID has to be put in; nothing else is changed."""
    made = sandbox.post("/v1/Conversations").json()
    [code] = re.findall(r"```bash\n(curl -X POST \S+/Messages.*?)```", SEED.read_text(), re.DOTALL)
    written = json.loads(run("curl", re.sub(r"CHX{32}", made["sid"], code)))
    assert written["conversation_sid"] == made["sid"]
    assert written["url"].startswith("https://conversations.twilio.com/v1/Conversations/CH")
    [shown] = sandbox.get("/sandbox/conversations").json()["conversations"]
    assert written["body"] in json.dumps(shown)


def test_what_a_program_asks_first(sandbox, run):
    sandbox.post("/sandbox/agents", json={"by_hand": True}).raise_for_status()
    found = json.loads(run("node", (HERE / "first_calls.js").read_text()))
    connection = sandbox.get("/sandbox/connection").json()
    assert found.pop("url").startswith("https://conversations.twilio.com/v1/Conversations/CH")
    assert found.pop("numbers")
    assert found.pop("addresses")
    assert found == {
        "account": [connection["login"], "active"],
        "services": [CHAT_SERVICE_SID],
        "configuration": CHAT_SERVICE_SID,
        "flex": WORKSPACE.sid,
        "conversations": 5,
        "participants": ["ada", "ana"],
        "reservation": [True, "accepted"],
        "task": "assigned",
        "workers": 3,
        "assigned": 1,
    }
