"""``flexout doctor``, against a served sandbox."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from airflow_provider_flexout.cli.main import build_app


@pytest.fixture
def doctor(use_connection):
    return lambda *arguments: CliRunner().invoke(build_app(), ["doctor", *arguments])


def test_a_good_account(doctor, served):
    done = doctor()
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert all(line.startswith("good      ") for line in lines[:-2]), done.output
    assert lines[-1].endswith(" good, 0 doubtful, 0 wrong. Nothing was sent to anybody.")
    assert {request.method for request in served.requests} == {"GET"}


def test_what_to_do_stands_beneath_what_is_wrong(doctor, served):
    served.account.flex_status = "notstarted"
    done = doctor()
    assert done.exit_code == 1
    lines = done.output.splitlines()
    [number] = [number for number, line in enumerate(lines) if line.startswith("wrong")]
    assert lines[number].split()[:2] == ["wrong", "flex"]
    column = lines[number].index("Flex's setup is notstarted.")
    assert [line[:column].strip() for line in lines[number + 1 : number + 4]] == ["", "", ""]
    assert lines[number + 2][column:] == "→ Set up Flex in this account."
    assert lines[number + 3][column:].startswith("https://console.twilio.com/")


def test_as_json(doctor, served):
    served.account.type = "Trial"
    done = doctor("--json")
    assert done.exit_code == 0
    read = json.loads(done.output)
    [finding] = [each for each in read["findings"] if each["level"] == "doubtful"]
    assert set(finding) == {"subject", "level", "seen", "meaning", "action", "page"}
    assert (finding["subject"], read["doubtful"], read["wrong"]) == ("account", 1, 0)


@pytest.mark.usefixtures("airflow_database")
def test_a_connection_that_is_not_there(served):
    done = CliRunner().invoke(build_app(), ["doctor", "--conn-id", "there_is_none"])
    assert done.exit_code == 1
    assert "`there_is_none` isn't defined" in done.stderr


def test_no_secret_is_in_the_output(doctor, served):
    for break_it in (lambda: None, lambda: served.faults.fail("FetchAccount", status=403, times=None)):
        break_it()
        output = doctor().output + doctor("--json").output
        for kind in ("basic", "api_key", "oauth"):
            assert served.connection(kind)["password"] not in output
