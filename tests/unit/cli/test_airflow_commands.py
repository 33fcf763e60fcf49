"""``airflow flexout doctor``, by Airflow's own parser."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("airflow", minversion="3.2", reason="Airflow 3.1 lets no provider add commands")


@pytest.fixture
def airflow():
    from airflow.cli import cli_parser

    def run(*arguments: str) -> None:
        parsed = cli_parser.get_parser().parse_args(arguments)
        parsed.func(parsed)

    return run


def test_the_doctor(airflow, use_connection, served, capsys):
    airflow("flexout", "doctor", "--json")
    read = json.loads(capsys.readouterr().out)
    assert (read["doubtful"], read["wrong"]) == (0, 0)


def test_its_exit_code(airflow, use_connection, served, capsys):
    served.account.status = "suspended"
    with pytest.raises(SystemExit) as done:
        airflow("flexout", "doctor")
    assert done.value.code == 1
    assert "is suspended." in capsys.readouterr().out
