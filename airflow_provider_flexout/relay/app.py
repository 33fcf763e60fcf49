"""The application of ``flexout relay``: a signed request in, an event on the queue, and only then a response.

It holds no state, so several can run side by side. What it puts on the queue has neither addresses nor text.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from airflow_provider_flexout.events import check_signature
from airflow_provider_flexout.outreach.events.envelope import read_each
from airflow_provider_flexout.outreach.events.event import Event
from airflow_provider_flexout.outreach.values.arguments import count_of
from airflow_provider_flexout.outreach.values.durations import format_duration
from airflow_provider_flexout.relay.batch_writer import BatchWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from airflow_provider_flexout.connection.event_queue import EventQueue

PATH = "/events"
LARGEST_BODY = 1 << 20
"""Bytes; a batch of Event Streams has some hundred thousand."""
LONGEST_BODY = 10.0
"""Seconds in which the whole body must arrive."""
OLDEST = timedelta(hours=6)
"""Event Streams tries for four hours to deliver an event. An older one was recorded and is sent again by
somebody else: Twilio's signature never expires.
"""
QUEUE_TIMEOUT = 3.0
"""Seconds for the queue: Twilio waits five for the response to a webhook."""

_ELSEWHERE = f"the relay takes POST {PATH}, which Twilio must call, and GET /health."
_RULE_HEADER = "X-Twilio-Webhooks-Signature-Settings"
_NOT_SIGNED = (
    "not signed by Twilio with this account's auth token for this URL. Behind a proxy, --url must be the URL "
    "that Twilio calls."
)
_BY_RULE = (
    "signed with the shared key of a Webhooks Rule, it says, but the relay knows only the account's auth "
    "token. No rule may apply to the URL of the relay."
)

log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that puts nothing on the queue.

    :param status: of the response.
    :param why: a sentence for the person who runs the relay, with nothing from the request in it.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Relay:
    """Takes events in.

    :param token: the account's auth token, with which Twilio signs.
    :param queue: keeps the events.
    :param url: the URL that Twilio calls, without a query, where it differs from the one that arrives here;
        ``None`` where it does not.
    """

    def __init__(self, token: str, queue: EventQueue, url: str | None = None) -> None:
        self._token, self._queue, self._url = token, queue, url
        self._writer = BatchWriter(queue)

    async def receive(self, request: Request) -> Response:
        """Respond to Twilio: 204 for events that are kept, or need not be.

        :param request: the request.
        """
        try:
            await self._append(self._events_in(request, await _read_body(request)))
        except ClientDisconnect:
            return Response(status_code=400)  # nobody receives it
        except asyncio.CancelledError:  # at the end of the stop; uvicorn logs how many it cancels
            return Response(status_code=503)
        except Refused as refused:
            log.warning("Refused a request with %d: %s", refused.status, refused)
            # The rest of a body is not read.
            return PlainTextResponse(f"{refused}\n", refused.status, {"Connection": "close"})
        return Response(status_code=204)

    async def health(self, _: Request) -> Response:
        """Say whether events can be kept: 200 or 503.

        :param _: the request.
        """
        reason = await self._outage()
        if reason is not None:
            return JSONResponse({"queue": f"does not respond: {reason}"}, 503)
        return JSONResponse({"queue": "responds"})

    async def warn(self) -> None:
        """Say in the log, at the start, that nothing can be kept yet."""
        if (reason := await self._outage()) is not None:
            log.warning("The queue does not respond (%s). Until it does, Twilio's requests get 503.", reason)

    async def _outage(self) -> str | None:
        try:
            await asyncio.wait_for(self._queue.check(), QUEUE_TIMEOUT)
        except _queue_errors() as error:
            return type(error).__name__
        return None

    def _events_in(self, request: Request, body: bytes) -> list[str]:
        form = _fields_of(body) if _media_type(request) == "application/x-www-form-urlencoded" else None
        signed = body if form is None else form
        signature = request.headers.get("X-Twilio-Signature")
        if not check_signature(self._token, self._called(request), signed, signature):
            raise Refused(403, _BY_RULE if _RULE_HEADER in request.headers else _NOT_SIGNED)
        found = read_each(signed)
        events = [one for one in found if isinstance(one, Event)]
        problems = [one for one in found if not isinstance(one, Event)]
        if problems and not events:
            raise Refused(400, str(problems[0]))
        if problems:  # of a batch, which Twilio would only send again as a whole
            log.warning("Left out %s that cannot be read. %s", count_of(len(problems), "event"), problems[0])
        oldest = datetime.now(timezone.utc) - OLDEST
        young = [event for event in events if event.time is None or event.time >= oldest]
        if len(young) < len(events):
            age = format_duration(OLDEST)
            log.warning("Left out %s older than %s.", count_of(len(events) - len(young), "event"), age)
            if not young:
                raise Refused(400, f"all of its events are older than {age}.")
        return [json.dumps(event.payload(), separators=(",", ":")) for event in young]

    def _called(self, request: Request) -> str:
        """Give the URL that Twilio called, exactly as written: Twilio signs it with its escapes."""
        query = request.scope["query_string"].decode("latin-1")
        url = self._url
        if url is None:
            origin = request.base_url
            url = f"{origin.scheme}://{origin.netloc}{request.scope['raw_path'].decode('latin-1')}"
        return f"{url}?{query}" if query else url

    async def _append(self, events: list[str]) -> None:
        if not events:
            return
        try:
            await asyncio.wait_for(self._writer.append(events), QUEUE_TIMEOUT)
        except _queue_errors() as error:
            raise Refused(503, f"the queue did not keep it ({type(error).__name__}).") from None


def build_app(relay: Relay, queue: EventQueue) -> Starlette:
    """Make the ASGI application.

    :param relay: takes the events in.
    :param queue: closed with the application.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await relay.warn()
        yield
        await queue.aclose()

    routes = [
        Route(PATH, relay.receive, methods=["POST"]),
        Route("/health", relay.health, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _elsewhere, 405: _elsewhere})


async def _elsewhere(_: Request, error: Exception) -> Response:
    """Say where Twilio's requests must go: what a webhook sends to another path is lost."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
    log.warning("Refused a request with %d: %s", status, _ELSEWHERE)
    return PlainTextResponse(f"{_ELSEWHERE}\n", status, headers)


def _queue_errors() -> tuple[type[Exception], ...]:
    from redis.exceptions import RedisError

    return RedisError, OSError, asyncio.TimeoutError  # which is OSError's from Python 3.11 on


async def _read_body(request: Request) -> bytes:
    too_large = Refused(413, f"the body is larger than {LARGEST_BODY:,} bytes.")
    stated = request.headers.get("Content-Length", "")
    if stated.isdigit() and int(stated) > LARGEST_BODY:
        raise too_large
    body = bytearray()

    async def read() -> None:
        async for part in request.stream():
            body.extend(part)
            if len(body) > LARGEST_BODY:
                raise too_large

    try:
        await asyncio.wait_for(read(), LONGEST_BODY)
    except asyncio.TimeoutError:
        raise Refused(408, f"the body was not here within {LONGEST_BODY:g} s.") from None
    return bytes(body)


def _media_type(request: Request) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _fields_of(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=1_000)
    except ValueError:  # UnicodeDecodeError, too
        raise Refused(400, "its form cannot be read.") from None
