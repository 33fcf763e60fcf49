"""The command ``flexout relay``."""

from __future__ import annotations

import contextlib
import logging
import socket
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

if TYPE_CHECKING:
    from typing import NoReturn

    from airflow_provider_flexout.hooks.flex import FlexHook

__all__ = ["relay"]


def relay(
    to: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The queue, redis://host:6379/0. By default, events_queue of the connection."
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="TCP port to listen on.", min=1, max=65535)] = 8766,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 in a container.")] = "127.0.0.1",
    url: Annotated[
        str | None,
        typer.Option(
            help="The URL that Twilio calls, without its query. Twilio signs it, so it is needed where a "
            "proxy ends TLS, or changes host, port or path."
        ),
    ] = None,
    conn_id: Annotated[
        str,
        typer.Option(
            help="The Airflow connection. Its login is the account SID, and its password the account's "
            "primary auth token, which Twilio signs with."
        ),
    ] = "flexout_default",
) -> None:
    """Put the events that Twilio pushes on a queue for Airflow.

    Twilio calls POST /events; GET /health says whether the queue responds. Requests that Twilio did not sign
    are refused, and events that the queue did not keep are not acknowledged. Addresses and texts are not
    passed on. Ctrl-C stops it.
    """
    for needed in ("redis", "starlette", "uvicorn"):
        if find_spec(needed) is None:
            _end(f"flexout relay needs {needed}: pip install 'airflow-provider-flexout[relay]'")
    _check_options(to, host, url)  # before Airflow is imported, which takes seconds
    from airflow_provider_flexout.cli.hook import hook_of
    from airflow_provider_flexout.twilio.http.errors import FlexoutError
    from airflow_provider_flexout.version_compat import AirflowException

    try:
        with hook_of(conn_id) as hook:
            token, queue = _auth_token(hook), hook.events_queue if to is None else to
        if queue is None:
            _end(f"No queue: pass --to redis://host:6379/0, or set events_queue in connection {conn_id!r}.")
    except (FlexoutError, AirflowException) as error:  # the connection is not there, or cannot be read
        _end(str(error))
    _serve(token, queue, url, host, port)


def _auth_token(hook: FlexHook) -> str:
    from airflow_provider_flexout.twilio.http.settings import BasicCredentials

    credentials = hook.settings.credentials
    if not isinstance(credentials, BasicCredentials) or not credentials.username.startswith("AC"):
        _end(
            f"Connection {hook.flexout_conn_id!r} has an API key or an OAuth client. Twilio signs what it "
            "pushes with the primary auth token of the account, whatever you use for requests. Make a "
            "separate connection of type flexout for the relay, with the account SID (AC…) as login and "
            "that token as password, and name it in --conn-id."
        )
    return credentials.password


def _check_options(to: str | None, host: str, url: str | None) -> None:
    from airflow_provider_flexout.connection.event_queue import check_queue_url
    from airflow_provider_flexout.outreach.errors import InvalidInput

    if not host.strip():
        _end("--host is empty: give an address, such as 127.0.0.1, or 0.0.0.0 for all of this machine's.")
    if url is not None and not _is_called_url(url):
        _end(
            "--url must be the URL that Twilio calls, such as https://hooks.example.com/events, without "
            "a query (?…) and a fragment (#…)."
        )
    try:
        if to is not None:
            check_queue_url("--to", to)
    except InvalidInput as error:
        _end(str(error))


def _is_called_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not hold an IPv6 address, or an impossible port
        return False
    printable = url.isprintable() and " " not in url
    return printable and whole and not parts.query and not parts.fragment


def _serve(token: str, queue_url: str, url: str | None, host: str, port: int) -> None:
    from airflow_provider_flexout.connection.event_queue import EventQueue, shown
    from airflow_provider_flexout.relay.app import PATH, Relay, build_app
    from airflow_provider_flexout.relay.connections import RelayServer, server_config

    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as error:  # the latter: a name that no host can have
        reason = getattr(error, "strerror", None) or error
        _end(f"Can't listen on {host}, port {port}: {reason}. Correct --host, or take another --port.")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    queue = EventQueue(queue_url)
    at = f"[{host}]" if ":" in host else host
    typer.echo(f"Events go from http://{at}:{port}{PATH} to {shown(queue_url)}")
    config = server_config(build_app(Relay(token, queue, url), queue))
    with contextlib.suppress(KeyboardInterrupt):
        RelayServer(config).run(sockets=[bound])


def _end(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)
