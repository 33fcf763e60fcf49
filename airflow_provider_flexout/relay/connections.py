"""The relay's connections: of those without a whole request yet, the oldest makes room for the next.

Anybody who can reach the relay can open connections and send nothing on them, or a request without its end.
uvicorn closes none of those, counts them, and refuses Twilio when there are too many. So their number is
limited here: Twilio sends each request at once, so its connections are never the oldest.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from types import FrameType

    from starlette.applications import Starlette

__all__ = ["RelayServer", "server_config"]

_AT_ONCE = 1_000
"""The most requests in work, beyond which the next gets 503; and the most connections without a request."""
_OTHER_FILES = 100
"""Files that the process has open besides: what it listens on, the queue, Python's own."""
_KEPT_IDLE = 75
"""Seconds for which an idle connection is kept: longer than by proxies and load balancers, which would lose a
request that they write while it is closed. nginx and AWS's load balancers keep theirs for 60 s:
https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
"""
_TO_FINISH = 5
"""Seconds that requests have to finish when the relay is told to stop."""


class RelayServer(uvicorn.Server):
    """uvicorn's server, which a second Ctrl-C does not end at once.

    Ending at once would stop the application in the middle, with tracebacks, to save the few seconds of
    ``_TO_FINISH``.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop.

        :param sig: the signal that came.
        :param frame: where it came.
        """
        super().handle_exit(sig, frame)
        self.force_exit = False


def server_config(app: Starlette) -> uvicorn.Config:
    """Say how uvicorn serves the relay.

    :param app: the application.
    """
    at_once = _room_for(_AT_ONCE)
    return uvicorn.Config(
        app,
        http=_bounded(at_once),
        ws="none",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEPT_IDLE,
        limit_concurrency=2 * at_once,  # of connections; half of them are in work then
        timeout_graceful_shutdown=_TO_FINISH,
    )


def _room_for(wanted: int) -> int:
    """Let the process open as many files as needed, and say how many connections of each kind that allows."""
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * wanted + _OTHER_FILES
    if 0 <= least < needed:
        least = needed if most < 0 else min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (least, most))
    return wanted if least < 0 else max(1, min(wanted, (least - _OTHER_FILES) // 2))


def _bounded(most: int) -> type[H11Protocol]:
    """Make a uvicorn protocol that lets only so many connections wait for a request.

    It is based on the one with h11, which limits what a request sends before its body to 64 KiB.

    :param most: how many.
    """
    waiting: dict[Any, None] = {}  # by how long they have waited, the longest first

    class Bounded(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own
            super().connection_made(transport)
            self._count()
            if len(waiting) > most:
                oldest = next(iter(waiting))
                del waiting[oldest]
                oldest.transport.abort()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._count()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._count()

        def connection_lost(self, exc: Exception | None) -> None:
            waiting.pop(self, None)
            super().connection_lost(exc)

        def _count(self) -> None:
            cycle = self.cycle
            in_work = cycle is not None and not cycle.more_body and not cycle.response_complete
            if in_work or self.transport.is_closing():
                waiting.pop(self, None)
            else:
                waiting.setdefault(self)  # a byte now and then makes no connection younger

    return Bounded
