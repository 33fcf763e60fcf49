"""The command ``flexout sandbox``."""

from __future__ import annotations

import json
import secrets
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.sandbox import Sandbox
    from airflow_provider_flexout.sandbox.wire.request_log import LoggedRequest

__all__ = ["sandbox"]


def sandbox(
    port: Annotated[int, typer.Option(help="TCP port; 0 takes a free one.", min=0, max=65535)] = 8765,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on. If other machines can reach it, the sandbox has its own credentials."
        ),
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A further host name for it, such as a container's. Can be repeated.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="Make the same SIDs in every run.",
            show_default="different every run",
            min=0,
            max=2**63 - 1,
        ),
    ] = None,
    db: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Keep everything in this file, and continue from it at the next start."
        ),
    ] = None,
    as_file: Annotated[
        Path | None,
        typer.Option("--as", metavar="FILE", help="Behave as Twilio did when flexout probe wrote this file."),
    ] = None,
    log: Annotated[bool, typer.Option("--log/--no-log", help="Print a line for every request.")] = True,
) -> None:
    """Run a stand-in for Twilio Flex on this machine.

    It serves the paths of Flex, Conversations and TaskRouter as Twilio does, and simulates the people: an
    agent accepts, messages arrive. Nothing leaves the machine. Without --db, everything is forgotten when
    it stops. Ctrl-C stops it.
    """
    if find_spec("uvicorn") is None:
        typer.echo("flexout sandbox needs uvicorn: pip install 'airflow-provider-flexout[sandbox]'", err=True)
        raise typer.Exit(1)
    # Imported here, so that help, and the other commands, don't wait for a server that they don't need.
    from airflow_provider_flexout.sandbox.sandbox import Sandbox
    from airflow_provider_flexout.sandbox.server.access import is_loopback
    from airflow_provider_flexout.sandbox.server.server import Server, bind, url_of
    from airflow_provider_flexout.sandbox.wire.http import HttpRequest
    from airflow_provider_flexout.sandbox.wire.settings_file import read_settings

    _check_names(host, allow_host or [])
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = read_settings(as_file) if as_file else None
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    try:
        subscribers = bind(host, port)
    except (OSError, UnicodeError) as error:  # the latter: a name that no host can have
        reason = getattr(error, "strerror", None) or error
        typer.echo(
            f"Can't listen on {host}, port {port}: {reason}. Correct --host, or take another --port.",
            err=True,
        )
        raise typer.Exit(1) from None
    url = url_of(host, subscribers)
    is_open = not is_loopback(host)
    secret = secrets.token_hex(16) if is_open else ""
    if db is None:
        stand_in = Sandbox(seed, secret=secret, settings=settings)
    else:
        stand_in = _continue(db, seed, secret, console)
        if settings and settings != stand_in.settings:
            # By a request, so that the journal knows of it.
            body = json.dumps(settings.as_dict()).encode()
            stand_in.handle(HttpRequest("POST", "/sandbox/settings", body=body))
    if log:
        stand_in.requests.listener = lambda request: _print_request(console, request)
    connection = shlex.quote(json.dumps(stand_in.connection(base_url=url), separators=(",", ":")))

    def print_addresses() -> None:
        console.print(f"[bold]The sandbox is ready at {url}[/bold]")
        console.print(f"Customers, timeline and agent desk, in a browser: {url}/")
        console.print(f"What it can do: {url}/sandbox/")
        if is_open:
            console.print(
                f"[yellow]Other machines can reach {host}. Their users can see and control everything in the "
                "sandbox; Twilio's paths ask for the credentials below, which only this sandbox has.[/yellow]"
            )
        console.print("An Airflow connection that leads here:")
        console.print(f"export AIRFLOW_CONN_FLEXOUT_DEFAULT={connection}", markup=False)

    server = Server(stand_in, {host, *(allow_host or ())}, print_addresses)
    try:
        server.run([subscribers])
    except KeyboardInterrupt:
        sys.exit(0)  # uvicorn has closed everything by now and only passes the signal on


def _check_names(host: str, allowed: list[str]) -> None:
    from airflow_provider_flexout.sandbox.server.access import refuse_name

    wrong = [f"--allow-host {reason}" for name in allowed if (reason := refuse_name(name))]
    if not host.strip():
        wrong = ["--host is empty: give an address, such as 127.0.0.1, or 0.0.0.0 for all of this machine's."]
    if wrong:
        typer.echo(wrong[0], err=True)
        raise typer.Exit(1)


def _continue(db: Path, seed: int | None, secret: str, console: Console) -> Sandbox:
    from airflow_provider_flexout.sandbox.sandbox import Sandbox
    from airflow_provider_flexout.sandbox.server.journal import Journal, JournalError

    try:
        journal = Journal(db, seed, secret)
        resumed = Sandbox(journal.seed, secret=journal.secret)
        count = resumed.keep(journal)
    except JournalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if secret and not journal.secret:
        journal.close()
        typer.echo(
            f"{db} was made for this machine alone, so everybody knows its credentials. Use another file.",
            err=True,
        )
        raise typer.Exit(1)
    console.print(f"{count} requests were replayed from {db}", markup=False)
    return resumed


def _print_request(console: Console, request: LoggedRequest) -> None:
    status = request.status or "----"
    colour = "green" if request.status and request.status < 400 else "red"
    fault = f" [yellow]{request.fault}[/yellow]" if request.fault else ""
    name = request.operation or "no such operation"
    console.print(
        f"{request.at:%H:%M:%S} [{colour}]{status}[/{colour}] {request.method:6} {name}"
        f" [dim]{escape(request.path)}[/dim]{fault}"
    )
