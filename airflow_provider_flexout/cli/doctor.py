"""The command ``flexout doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from argparse import Namespace

    from airflow_provider_flexout.outreach.diagnosis.finding import Finding

__all__ = ["doctor", "doctor_in_airflow"]

_STYLES = {"good": "green", "doubtful": "yellow", "wrong": "bold red"}
_WIDEST_SUBJECT = 36


def doctor(
    conn_id: Annotated[str, typer.Option(help="The Airflow connection.")] = "flexout_default",
    as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Say what a connection and its account lack, and what to do.

    It only reads: nothing is sent to anybody. It ends with exit code 1 when something is wrong.
    """
    from airflow_provider_flexout.cli.hook import hook_of
    from airflow_provider_flexout.twilio.http.errors import FlexoutError
    from airflow_provider_flexout.version_compat import AirflowException

    try:
        with hook_of(conn_id) as hook:
            findings = hook.diagnose()
    except (FlexoutError, AirflowException) as error:  # the connection is not there, or cannot be read
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    counts = {level: sum(one.level.value == level for one in findings) for level in _STYLES}
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(one) for one in findings], **counts}, indent=2))
    else:
        _show(findings, counts)
    if counts["wrong"]:
        raise typer.Exit(1)


def doctor_in_airflow(args: Namespace) -> None:
    """Carry out ``airflow flexout doctor``.

    :param args: what Airflow's parser has read.
    """
    try:
        doctor(args.conn_id, args.json)
    except typer.Exit as done:
        raise SystemExit(done.exit_code) from None


def _show(findings: list[Finding], counts: dict[str, int]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    wide = min(_WIDEST_SUBJECT, max(len(one.subject) for one in findings))
    indent = " " * (len("doubtful") + wide + 4)
    for one in findings:
        style = _STYLES[one.level.value]
        console.print(
            Text.assemble((f"{one.level.value:8}", style), f"  {one.subject:{wide}}  ", (one.seen, style))
            if one.level.value != "good"
            else Text.assemble((f"{one.level.value:8}", style), f"  {one.subject:{wide}}  {one.seen}")
        )
        for line in filter(None, (one.meaning, one.action and f"→ {one.action}", one.page)):
            console.print(Text(f"{indent}{line}"))
    said = ", ".join(f"{count} {level}" for level, count in counts.items())
    console.print(f"\n{said}. Nothing was sent to anybody.")
