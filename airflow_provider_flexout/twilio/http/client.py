"""Two small drivers for one set of calls: ``Client`` for tasks, ``AsyncClient`` for triggers and campaigns.

Neither decides anything. What to send, and whether to send it again, is for
:mod:`~airflow_provider_flexout.twilio.http.request_flow`; which call follows which is for the procedures.
"""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.auth import create_token, keep_token, valid_token
from airflow_provider_flexout.twilio.http.call import Call, Procedure, ResourceT, Sleep, T
from airflow_provider_flexout.twilio.http.errors import RateLimited
from airflow_provider_flexout.twilio.http.limits.adaptive_limit import shared_rate_limits
from airflow_provider_flexout.twilio.http.limits.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.request import SendFailed
from airflow_provider_flexout.twilio.http.request_flow import (
    AcquirePermit,
    AcquireToken,
    RateLimitSleep,
    RequestFlow,
    Step,
    request_flow,
)
from airflow_provider_flexout.twilio.http.resource import http_date
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from airflow_provider_flexout.twilio.http.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

    from airflow_provider_flexout.twilio.http.auth import Token
    from airflow_provider_flexout.twilio.http.limits.rate_limiter import Permit
    from airflow_provider_flexout.twilio.http.request import Request
    from airflow_provider_flexout.twilio.http.settings import OAuthCredentials, Settings


_TOLERANCE = timedelta(seconds=2)
"""A difference that counts as none, since a response gives whole seconds, and takes time to arrive."""


class ServerClock:
    """The time at Twilio, so that a worker whose clock is wrong decides like all others."""

    def __init__(self) -> None:
        self._last_read: tuple[datetime, float] | None = None

    def read(self, date: str | None) -> None:
        """Take the time of a response.

        :param date: its ``Date`` header; ``None`` where it has none.
        """
        if served_at := http_date(date):
            self._last_read = served_at, time.monotonic()

    @property
    def ahead(self) -> timedelta:
        """By how much this machine's clock is ahead of Twilio's, as far as a response has shown."""
        if self._last_read is None:
            return timedelta()
        served_at, read_at = self._last_read
        there = served_at + timedelta(seconds=time.monotonic() - read_at)
        ahead = datetime.now(timezone.utc) - there
        return ahead if abs(ahead) > _TOLERANCE else timedelta()

    def now(self) -> datetime:
        """Give the present moment at Twilio, aware."""
        return datetime.now(timezone.utc) - self.ahead


class _Driver:
    """What both drivers hold."""

    def __init__(self, settings: Settings, policy: RetryPolicy) -> None:
        self.settings = settings
        self.clock = ServerClock()
        self._policy = policy

    def __repr__(self) -> str:
        """Name the host, never the credentials."""
        return f"<{type(self).__name__} {self.settings.hosts.base('flex-api')}>"

    def _token_call(self) -> Call[Token]:
        return create_token(cast("OAuthCredentials", self.settings.credentials))


class Client(_Driver):
    """Sends calls one after the other and waits for each.

    It waits for no permits: any limit of Twilio's has room for one request at a time, and what is refused is
    sent again after a wait.

    :param settings: how to reach Twilio.
    :param policy: when to send a call again; that of :mod:`~airflow_provider_flexout.twilio.http.retry` by
        default.
    :param transport: a transport of httpx's that carries all requests in place of the network.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        policy: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(settings, policy or RetryPolicy())
        self._sleep = sleep
        self._token_lock = threading.Lock()
        self._transport = Transport(settings, transport)

    def __enter__(self) -> Client:
        """Keep the pool of connections until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the pool of connections."""
        self._transport.close()

    def send(self, call: Call[ResourceT]) -> ResourceT:
        """Send one call and give the resource that comes back.

        :param call: what to send.
        :raises TwilioError: what became of it instead.
        """
        steps: RequestFlow[ResourceT] = request_flow(call, self.settings, self._policy)
        outcome = None
        try:
            while True:
                outcome = self._carry_out(steps.send(outcome))
        except StopIteration as done:
            return cast("ResourceT", done.value)

    def run(self, procedure: Procedure[T]) -> T:
        """Carry a procedure to its end and give its result.

        :param procedure: a generator of calls and sleeps.
        :raises FlexoutError: what the procedure raises.
        """
        outcome: Any = None
        try:
            while True:
                step = _resume(procedure, outcome)
                try:
                    outcome = self._sleep(step.seconds) if isinstance(step, Sleep) else self.send(step)
                except BaseException as error:  # the procedure may hold what it has to give back
                    outcome = error
        except StopIteration as done:
            return cast("T", done.value)

    def _carry_out(self, step: Step) -> Any:
        if isinstance(step, Sleep):
            return self._sleep(step.seconds)
        if isinstance(step, AcquireToken):
            return self._token(step.refused)
        try:
            response = self._transport.send(cast("Request", step))
        except SendFailed as failure:
            return failure
        self.clock.read(response.header("Date"))
        return response

    def _token(self, refused: str | None) -> str:
        with self._token_lock:  # so that many threads fetch one token
            token = valid_token(self.settings, refused)
            return token or keep_token(self.settings, self.send(self._token_call()))


class AsyncClient(_Driver):
    """Sends calls in an event loop, many at once, each with a permit of its rate limiter.

    What Twilio accepts is known to all clients of an account in this process, whatever loop or thread they
    run in.

    :param settings: how to reach Twilio.
    :param policy: when to send a call again; by default as :class:`Client`, with shorter waits.
    :param rate_limiter: when requests may be sent; by default as many a second as Twilio accepts, and 100 at
        once.
    :param transport: a transport of httpx's that carries all requests in place of the network.
    :param sleep: what waits, in seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        policy: RetryPolicy | None = None,
        rate_limiter: RateLimiter | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # aiohttp takes a while to import, and tasks have no use for it.
        from airflow_provider_flexout.twilio.http.async_transport import AsyncTransport

        super().__init__(settings, policy or RetryPolicy(max_backoff=timing.MAX_BACKOFF_WITH_PERMITS))
        self._sleep = sleep
        self._token_lock = asyncio.Lock()
        self.rate_limiter = rate_limiter or RateLimiter(limits=shared_rate_limits(settings))
        self._transport = AsyncTransport(settings, transport)

    async def __aenter__(self) -> AsyncClient:
        """Keep the pool of connections until the block ends."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool of connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the pool of connections."""
        await self._transport.aclose()

    async def send(
        self, call: Call[ResourceT], *, priority: bool = False, rate_limiter: RateLimiter | None = None
    ) -> ResourceT:
        """Send one call and give the resource that comes back; see :meth:`Client.send`.

        :param call: what to send.
        :param priority: whether it goes before calls without priority, see
            :meth:`~airflow_provider_flexout.twilio.http.limits.rate_limiter.RateLimiter.permit`.
        :param rate_limiter: when its requests may be sent; by default the client's own says so.
        """
        steps: RequestFlow[ResourceT] = request_flow(call, self.settings, self._policy, needs_permits=True)
        permit, outcome = (rate_limiter or self.rate_limiter).permit(call.name, priority=priority), None
        try:
            while True:
                outcome = await self._carry_out(steps.send(outcome), permit)
        except StopIteration as done:
            return cast("ResourceT", done.value)
        except RateLimited as error:
            permit.record_rate_limited(error.retry_after)
            raise
        finally:
            permit.release()

    async def run(
        self,
        procedure: Procedure[T],
        *,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        send: Callable[..., Awaitable[Any]] | None = None,
    ) -> T:
        """Carry a procedure to its end and give its result; see :meth:`Client.run`.

        The first call of a procedure has no priority, and all others have: what has begun is finished before
        much else begins.

        :param procedure: a generator of calls and sleeps.
        :param sleep: what waits, in seconds, where the procedure sleeps; by default what waits within calls.
        :param send: what sends its calls, as :meth:`send` does, which is the default.
        """
        outcome: Any = None
        has_sent = False
        try:
            while True:
                step = _resume(procedure, outcome)
                try:
                    if isinstance(step, Sleep):
                        await (sleep or self._sleep)(step.seconds)
                        outcome = None
                    else:
                        outcome = await (send or self.send)(step, priority=has_sent)
                        has_sent = True
                except BaseException as error:  # the procedure may hold what it has to give back
                    outcome, has_sent = error, True
        except StopIteration as done:
            return cast("T", done.value)

    async def _carry_out(self, step: Step, permit: Permit) -> Any:
        if isinstance(step, AcquirePermit):
            return await permit.acquire()
        if isinstance(step, Sleep):
            if isinstance(step, RateLimitSleep):
                permit.record_rate_limited(step.retry_after)
            return await self._sleep(step.seconds)
        if isinstance(step, AcquireToken):
            return await self._token(step.refused)
        try:
            response = await self._transport.send(step)
        except SendFailed as failure:
            permit.release()
            return failure
        self.clock.read(response.header("Date"))
        permit.release(accepted=response.status != HTTPStatus.TOO_MANY_REQUESTS)
        return response

    async def _token(self, refused: str | None) -> str:
        async with self._token_lock:  # so that many calls fetch one token
            token = valid_token(self.settings, refused)
            return token or keep_token(self.settings, await self.send(self._token_call()))


def _resume(procedure: Procedure[T], outcome: Any) -> Call[Any] | Sleep:
    """Tell a procedure what came of its last step, and take the next."""
    return procedure.throw(outcome) if isinstance(outcome, BaseException) else procedure.send(outcome)
