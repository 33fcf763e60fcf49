"""The command ``flexout probe``."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from argparse import Namespace

    from airflow_provider_flexout.hooks.flex import FlexHook
    from airflow_provider_flexout.outreach.probe.observations import ProbeFinding
    from airflow_provider_flexout.outreach.probe.probe import Probe
    from airflow_provider_flexout.outreach.probe.target import ProbeTarget

__all__ = ["FILE", "probe", "probe_in_airflow"]

FILE = "flexout-probe.json"
_CTRL_C = 130


def probe(
    to: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Your own phone number with its country code, on WhatsApp with whatsapp: before it.",
        ),
    ],
    conn_id: Annotated[str, typer.Option(help="The Airflow connection.")] = "flexout_default",
    file: Annotated[Path, typer.Option(metavar="FILE", help="Where to write what was found.")] = Path(FILE),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it begins.")] = False,
) -> None:
    """Find out how Twilio behaves where nothing is published.

    It uses your own phone. It says what it will do, and asks. It sends two messages at most, offers a few
    tasks to an agent, and removes what it has made. For a sandbox that behaves like your Twilio: flexout
    sandbox --as FILE.
    """
    from airflow_provider_flexout.cli.hook import hook_of
    from airflow_provider_flexout.outreach.probe.probe import Probe
    from airflow_provider_flexout.outreach.probe.target import read_target
    from airflow_provider_flexout.twilio.http.errors import FlexoutError
    from airflow_provider_flexout.version_compat import AirflowException

    console = Console(highlight=False, soft_wrap=True, markup=False)
    if not file.parent.is_dir() or file.is_dir():
        typer.echo(f"{file} can't be written: name a file in a folder that exists.", err=True)
        raise typer.Exit(1)
    try:
        with hook_of(conn_id) as hook:
            target = read_target(to, hook.defaults, secrets.token_hex(6))
            _announce(console, target, hook)
            if not yes:
                typer.confirm("Go on?", abort=True)
            made = Probe(target, tell=lambda what: console.print(f"... {what}"))
            _carry_out(made, hook)
    except (FlexoutError, AirflowException) as error:  # the latter: there is no such connection
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    _show(console, made)
    _write(console, made, target.channel, file)
    if made.left:
        _show_left(made)
        raise typer.Exit(1)
    console.print("Everything that the probe made was removed again.")


def probe_in_airflow(args: Namespace) -> None:
    """Carry out ``airflow flexout probe``.

    :param args: what Airflow's parser has read.
    """
    try:
        probe(args.to, args.conn_id, Path(args.file), args.yes)
    except typer.Exit as done:
        raise SystemExit(done.exit_code) from None
    except typer.Abort:
        raise SystemExit(1) from None


def _announce(console: Console, target: ProbeTarget, hook: FlexHook) -> None:
    from airflow_provider_flexout.outreach.probe.messages import MESSAGES
    from airflow_provider_flexout.outreach.probe.probe import ROUNDS, TASKS

    least, most = TASKS
    routing = target.routing["properties"]
    agent = f"the agent {routing['worker_sid']}" if "worker_sid" in routing else "any available agent"
    console.print(f"At {hook.settings.hosts.described}, by {target.channel}, this")
    for line in (
        f"sends {target.masked} at most {MESSAGES} messages, a text and a file that should not arrive",
        f"offers {agent} {least} tasks, {most} at most: please do not accept them",
        f"makes {2 * ROUNDS} conversations that reach nobody, and {ROUNDS + 1} with {target.masked}",
        "removes all of it again, also after Ctrl-C, and says what stays",
        "takes one to five minutes.",
    ):
        console.print(f"- {line}")
    console.print("The phone must be your own. Text messages cost what Twilio charges for them.")


def _carry_out(made: Probe, hook: FlexHook) -> None:
    done = False
    try:
        with hook.get_conn() as client:
            client.run(made.run())
        done = True
    except KeyboardInterrupt:
        typer.echo("Stopped, and nothing was written.", err=True)
        raise typer.Exit(_CTRL_C) from None
    finally:
        if not done:
            _show_left(made)


def _show_left(made: Probe) -> None:
    for line in made.left:
        typer.echo(f"Not cleaned up: {line}", err=True)


def _show(console: Console, made: Probe) -> None:
    from airflow_provider_flexout.outreach.probe.questions import NOT_PROBED

    findings = made.findings
    clear = [one for one in findings if one.value is not None]
    console.print()
    wide = max(len(one.setting) for one in findings)
    for one in findings:
        console.print(f"{one.setting:{wide}}  {_said(one)}")
    console.print(f"\nThe text to the phone {made.text_status or 'was not sent'}.")
    console.print(
        f"{len(clear)} of {len(findings)} are clear. A probe does not look at {', '.join(NOT_PROBED)}."
    )


def _said(one: ProbeFinding) -> str:
    from airflow_provider_flexout.outreach.probe.observations import times
    from airflow_provider_flexout.outreach.probe.questions import QUESTIONS

    question = QUESTIONS[one.setting]
    if one.value is None:
        return f"{question.subject}: not clear, {one.remark}."
    if isinstance(one.value, float):
        took = f"at most {one.value:g} s" if one.value else "no time passed"
        span = f" ({one.remark})" if one.remark else ""
        return f"{question.subject}: {took}{span}. Measured {times(one.seen)}."
    return f"{question.choices[one.value]} Seen {times(one.seen)}."


def _write(console: Console, made: Probe, channel: str, file: Path) -> None:
    from airflow_provider_flexout.outreach.durable import probe_file

    try:
        file.write_text(probe_file(made.findings, datetime.now(timezone.utc), channel), encoding="utf-8")
    except OSError as error:
        typer.echo(f"{file} can't be written: {error.strerror or error}.", err=True)
        _show_left(made)
        raise typer.Exit(1) from None
    console.print(f"\nWritten to {file}. A sandbox that behaves like this: flexout sandbox --as {file}")
