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

_AT_ONCE = 1_000
"""Connections; whoever comes then gets 503."""
_TO_FINISH = 5
"""Seconds that requests have when the relay is told to stop."""


def relay(
    to: Annotated[
        str | None,
        typer.Option(help="The queue, redis://host:6379/0. By default, events_queue of the connection."),
    ] = None,
    port: Annotated[int, typer.Option(help="TCP port to listen on.", min=1, max=65535)] = 8766,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 in a container.")] = "127.0.0.1",
    url: Annotated[
        str | None,
        typer.Option(help="The URL that Twilio calls, where a proxy stands before the relay: it is signed."),
    ] = None,
    conn_id: Annotated[
        str, typer.Option(help="The Airflow connection, with the auth token that Twilio signs with.")
    ] = "flexout_default",
) -> None:
    """Take what Twilio pushes, check its signature, and put it on a queue for Airflow.

    Twilio calls POST /events; GET /health says whether the queue answers. What is not signed is refused, and
    what the queue did not keep is not acknowledged. No address and no text goes on. Ctrl-C stops it.
    """
    for needed in ("redis", "starlette", "uvicorn"):
        if find_spec(needed) is None:
            _end(f"flexout relay needs {needed}: pip install 'airflow-provider-flexout[relay]'")
    from airflow_provider_flexout.cli.hook import hook_of
    from airflow_provider_flexout.connection.event_queue import check_queue_url
    from airflow_provider_flexout.twilio.http.errors import FlexoutError
    from airflow_provider_flexout.version_compat import AirflowException

    if url is not None:
        _check_called_url(url)
    try:
        with hook_of(conn_id) as hook:
            token, queue = _auth_token(hook), to or hook.events_queue
        if queue is None:
            _end(f"No queue: pass --to redis://host:6379/0, or set events_queue in connection {conn_id!r}.")
        check_queue_url("--to", queue)
    except (FlexoutError, AirflowException) as error:  # the connection is not there, or cannot be read
        _end(str(error))
    _serve(token, queue, url, host, port)


def _auth_token(hook: FlexHook) -> str:
    from airflow_provider_flexout.twilio.http.settings import BasicCredentials

    credentials = hook.settings.credentials
    if not isinstance(credentials, BasicCredentials) or not credentials.username.startswith("AC"):
        _end(
            f"Connection {hook.flexout_conn_id!r} has an API key or an OAuth client. Twilio signs what it "
            "pushes with the primary auth token of the account, whatever requests to Twilio use. Make a "
            "further connection of type flexout for the relay alone, with the account SID (AC…) as login and "
            "that token as password, and name it in --conn-id."
        )
    return credentials.password


def _check_called_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        _end(
            "--url must be the URL that Twilio calls, such as https://hooks.example.com/events, without "
            "a query (?…) and a fragment (#…)."
        )


def _serve(token: str, queue_url: str, url: str | None, host: str, port: int) -> None:
    import uvicorn

    from airflow_provider_flexout.connection.event_queue import EventQueue, shown
    from airflow_provider_flexout.relay.app import PATH, Relay, build_app

    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as error:  # the latter: a name that no host can have
        reason = getattr(error, "strerror", None) or error
        _end(f"Can't listen on {host}, port {port}: {reason}. Correct --host, or take another --port.")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    queue = EventQueue(queue_url)
    typer.echo(f"Events go from http://{host}:{port}{PATH} to {shown(queue_url)}")
    config = uvicorn.Config(
        build_app(Relay(token, queue, url), queue),
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=_TO_FINISH,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[bound])


def _end(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)
