"""A relay, served as the command serves it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from airflow_provider_flexout.connection.event_queue import EventQueue
from airflow_provider_flexout.relay.app import Relay, build_app
from tests.unit.relay.twilio_requests import TOKEN


@contextmanager
def served(queue_url: str, token: str = TOKEN, url: str | None = None) -> Iterator[str]:
    """Serve a relay as the command does; give where."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            ready.set()

    queue = EventQueue(queue_url)
    config = uvicorn.Config(
        build_app(Relay(token, queue, url), queue),
        log_level="error",
        proxy_headers=False,
        ws="none",
        http="h11",
    )
    server = Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield "http://{}:{}".format(*listening.getsockname())
    finally:
        server.should_exit = True
        thread.join()
