"""Connections in Airflow's database are found by the commands, as by Airflow's own."""

from __future__ import annotations

import json
import os

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from airflow_provider_flexout.cli.hook import hook_of
from airflow_provider_flexout.cli.main import build_app

COMMANDS = {
    "doctor": ([], 0, "0 wrong"),
    "history": (["+12025550143"], 0, "No outreach was found."),
    "orphans": ([], 0, "Nothing was left behind."),
    "probe": (["--to", "+12025550143"], 1, "Go on?"),
    "relay": ([], 1, "No queue"),
}
"""Of each command with a connection: arguments, exit code, and what it says once it has the connection."""


@pytest.fixture
def in_the_database(airflow_database, served):
    from airflow.models.connection import Connection
    from airflow.utils.session import create_session

    given = {**served.connection(), "conn_id": "kept", "extra": json.dumps(served.connection()["extra"])}
    with create_session() as session:
        session.add(Connection(**given))
    yield
    with create_session() as session:
        session.query(Connection).filter(Connection.conn_id == "kept").delete()


@pytest.mark.usefixtures("in_the_database")
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_connection_in_the_database(command):
    arguments, status, said = COMMANDS[command]
    done = CliRunner().invoke(build_app(), [command, *arguments, "--conn-id", "kept"])
    assert done.exit_code == status, done.output
    assert said in done.output


def test_each_command_with_a_connection_is_asked():
    commands = get_command(build_app()).commands.items()
    with_one = {name for name, each in commands if "conn_id" in {one.name for one in each.params}}
    assert with_one == set(COMMANDS)


@pytest.mark.parametrize("before", [None, "client"])
def test_the_environment_is_as_it_was_before(monkeypatch, before):
    name = "_AIRFLOW_PROCESS_CONTEXT"
    if before is None:
        monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv(name, before)
    with pytest.raises(ZeroDivisionError), hook_of("kept"):
        raise ZeroDivisionError
    assert os.environ.get(name) == before
