"""``flexout probe``, against a served sandbox."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli.main import build_app
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.sandbox.wire.settings_file import read_settings
from airflow_provider_flexout.twilio.http.client import Client

OWN = "+12025550143"


@pytest.fixture
def no_sleep(monkeypatch, served):
    """Let the sandbox's clock pass where the command would wait; call it to wait in another way."""
    served.agent().accepts(after="1h")
    served.clock.freeze()

    def wait_by(sleep):
        monkeypatch.setattr(FlexHook, "get_conn", lambda hook: Client(hook.settings, sleep=sleep))

    wait_by(served.clock.advance)
    return wait_by


@pytest.fixture
def probe(use_connection, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, says: str | None = None):
        return CliRunner().invoke(build_app(), ["probe", "--to", OWN, *arguments], input=says)

    return run


def test_it_asks_first_and_does_nothing_without_a_yes(probe, served, tmp_path):
    for says in ("n\n", "\n", ""):
        done = probe(says=says)
        assert done.exit_code == 1
        assert "sends +1•••••0143 at most 2 messages" in done.output
        assert "Go on? [y/N]" in done.output
    assert not list(served.requests)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_sleep")
def test_what_it_finds_goes_into_a_file_that_a_sandbox_takes(probe, served, tmp_path):
    served.settings.update({"close_twice": "accept", "list_order": "newest_first"})
    done = probe(says="y\n")
    assert done.exit_code == 0, done.output
    assert "close_twice          Closing a channel twice is accepted. Seen 3 times." in done.output
    assert "22 of 22 are clear." in done.output
    assert "Everything that the probe made was removed again." in done.output
    settings = read_settings(tmp_path / "flexout-probe.json")
    assert (settings.close_twice, settings.list_order) == ("accept", "newest_first")
    assert not served.conversations


@pytest.mark.usefixtures("no_sleep")
def test_nothing_personal_is_in_the_output_or_in_the_file(probe, served, tmp_path):
    served.faults.fail("DeleteConversation", status=400, code=20001, times=None)
    done = probe("--yes", "--file", "found.json")
    text = (tmp_path / "found.json").read_text(encoding="utf-8")
    for shown in (done.output, done.stderr, text):
        assert OWN not in shown
        assert "2025550143" not in shown
        for kind in ("basic", "api_key", "oauth"):
            assert served.connection(kind)["password"] not in shown
    assert "0143" not in text
    assert json.loads(text)["channel"] == "sms"


@pytest.mark.usefixtures("no_sleep")
def test_what_is_left_is_said_and_is_exit_code_1(probe, served):
    served.faults.fail("DeleteConversation", status=400, code=20001, times=None)
    done = probe("--yes")
    assert done.exit_code == 1
    there = {one.sid for one in served.conversations}
    said = [line for line in done.stderr.splitlines() if line.startswith("Not cleaned up: ")]
    assert there
    assert all(any(sid in line for line in said) for sid in there)


def test_ctrl_c_cleans_up_and_writes_nothing(probe, served, tmp_path, no_sleep):
    def interrupted(seconds):
        raise KeyboardInterrupt

    no_sleep(interrupted)
    done = probe("--yes")
    assert done.exit_code == 130
    assert "Stopped, and nothing was written." in done.stderr
    assert served.requests.count("CreateConversation") == served.requests.count("DeleteConversation") == 1
    assert not served.conversations
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--to", "ada@example.com"), "to: is not a phone number"),
        (("--file", "nowhere/found.json"), "nowhere/found.json can't be written"),
        (("--file", "."), "can't be written"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_sent(probe, served, arguments, problem):
    done = probe("--yes", *arguments)
    assert done.exit_code == 1
    assert problem in done.stderr
    assert not list(served.requests)


@pytest.mark.usefixtures("no_sleep")
def test_a_conversation_that_is_open_already_is_an_error(probe, served, tmp_path):
    first = probe("--yes", "--file", "first.json")
    assert first.exit_code == 0
    served.faults.fail("CreateConversationParticipant", status=409, code=50416, times=None)
    done = probe("--yes")
    assert done.exit_code == 1
    assert "to: +1•••••0143 has an open conversation with this sender already" in done.stderr
    assert not (tmp_path / "flexout-probe.json").exists()


@pytest.mark.usefixtures("airflow_database")
def test_a_connection_that_is_not_there(probe):
    done = probe("--yes", "--conn-id", "there_is_none")
    assert done.exit_code == 1
    assert "`there_is_none` isn't defined" in done.stderr
