"""``airflow flexout doctor`` and ``probe``, by Airflow's own parser."""

from __future__ import annotations

import io
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


def test_the_probe_asks_first(airflow, use_connection, served, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    with pytest.raises(SystemExit) as done:
        airflow("flexout", "probe", "--to", "+12025550143", "--file", str(tmp_path / "found.json"))
    assert done.value.code == 1
    assert "Go on?" in capsys.readouterr().out
    assert not list(served.requests)


def test_what_a_probe_refuses(airflow, use_connection, served, capsys):
    with pytest.raises(SystemExit) as done:
        airflow("flexout", "probe", "--to", "ada@example.com", "--yes")
    assert done.value.code == 1
    assert "to: is not a phone number" in capsys.readouterr().err
