"""What ``flexout`` says of itself."""

from __future__ import annotations

from importlib.metadata import version

from typer.testing import CliRunner

from airflow_provider_flexout.cli.main import build_app


def test_the_version_is_that_of_the_package():
    printed = CliRunner().invoke(build_app(), ["--version"])
    assert (printed.exit_code, printed.output.split()) == (
        0,
        ["airflow-provider-flexout", version("airflow-provider-flexout")],
    )


def test_without_a_command_it_lists_them():
    shown = CliRunner().invoke(build_app(), []).output
    assert all(f" {name} " in shown for name in ("sandbox", "demo", "doctor", "probe", "orphans", "history"))
    assert "..." not in shown.partition("Commands:")[2], "a command's first sentence does not fit on its line"
