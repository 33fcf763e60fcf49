"""Two small drivers for one set of calls: ``Client`` for tasks, ``AsyncClient`` for triggers.

Neither decides anything. What to send and whether to send it again is said by
:mod:`~airflow_provider_flexout.twilio.http.request_flow`; what comes after what, by the procedures.
"""

from __future__ import annotations

import asyncio
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx

from airflow_provider_flexout.twilio.http import token_cache
from airflow_provider_flexout.twilio.http.adaptive_limit import shared_rate_limit
from airflow_provider_flexout.twilio.http.call import Call, Procedure, Sleep
from airflow_provider_flexout.twilio.http.errors import RateLimited, TwilioError
from airflow_provider_flexout.twilio.http.oauth import create_token
from airflow_provider_flexout.twilio.http.rate_limiter import RateLimiter
from airflow_provider_flexout.twilio.http.request_flow import (
    AcquirePermit,
    AcquireToken,
    RateLimitSleep,
    RequestFlow,
    Step,
    request_flow,
)
from airflow_provider_flexout.twilio.http.resource import Resource
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from airflow_provider_flexout.twilio.http.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from typing_extensions import Self

    from airflow_provider_flexout.twilio.http.oauth import Token
    from airflow_provider_flexout.twilio.http.rate_limiter import Permit
    from airflow_provider_flexout.twilio.http.request import Request
    from airflow_provider_flexout.twilio.http.settings import OAuthCredentials, Settings

A = TypeVar("A", bound=Resource)
R = TypeVar("R")


# Where every request waits for its permit, a long wait of one call on top of that only starves it.
_PACED = RetryPolicy(max_backoff=2.0)


class _Driver:
    """What both drivers hold."""

    def __init__(self, settings: Settings, policy: RetryPolicy | None) -> None:
        self.settings = settings
        self._policy = policy or RetryPolicy()

    def __repr__(self) -> str:
        """Name the host, never the credentials."""
        return f"<{type(self).__name__} {self.settings.hosts.base('flex-api')}>"

    def _token_call(self) -> Call[Token]:
        return create_token(cast("OAuthCredentials", self.settings.credentials))


class Client(_Driver):
    """Sends calls one after the other and waits for each.

    It waits for no budget of requests: one at a time is what a limit has room for, and what is refused is
    sent again after a pause.

    :param settings: how to reach Twilio.
    :param policy: how patient to be inside one call.
    :param transport: an httpx transport in place of the network's.
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
        super().__init__(settings, policy)
        self._sleep = sleep
        self._token_lock = threading.Lock()
        self._transport = Transport(settings, transport)

    def __enter__(self) -> Self:
        """Keep the pool of connections until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the pool of connections."""
        self._transport.close()

    def send(self, call: Call[A]) -> A:
        """Send one call and give its answer.

        :param call: what to send.
        :raises TwilioError: what became of it instead.
        """
        steps: RequestFlow[A] = request_flow(call, self.settings, self._policy)
        outcome = None
        try:
            while True:
                outcome = self._carry_out(steps.send(outcome))
        except StopIteration as done:
            return cast("A", done.value)

    def run(self, procedure: Procedure[R]) -> R:
        """Carry a procedure to its end and give its result.

        :param procedure: a generator of calls and pauses.
        :raises FlexoutError: what the procedure raises.
        """
        outcome: Any = None
        try:
            while True:
                outcome = self._perform(_resume(procedure, outcome))
        except StopIteration as done:
            return cast("R", done.value)

    def _perform(self, step: Call[Any] | Sleep) -> Any:
        if isinstance(step, Sleep):
            return self._sleep(step.seconds)
        try:
            return self.send(step)
        except TwilioError as error:
            return error

    def _carry_out(self, step: Step) -> Any:
        if isinstance(step, Sleep):
            return self._sleep(step.seconds)
        if isinstance(step, AcquireToken):
            return self._token(step.refused)
        try:
            return self._transport.send(cast("Request", step))
        except httpx.RequestError as error:
            return error

    def _token(self, refused: str | None) -> str:
        with self._token_lock:
            kept = token_cache.get(self.settings, refused)
            return kept or token_cache.put(self.settings, self.send(self._token_call()))


class AsyncClient(_Driver):
    """The same for an event loop, where many send at once and share one budget of requests.

    What Twilio takes is known to all of an account's in this process, whatever loop or thread they run in.

    :param settings: how to reach Twilio.
    :param policy: how patient to be inside one call.
    :param rate_limiter: when requests may be sent; as many as Twilio takes and 100 at once, if left out.
    :param transport: an httpx transport in place of the network's.
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

        super().__init__(settings, policy or _PACED)
        self._sleep = sleep
        self._token_lock = asyncio.Lock()
        self.rate_limiter = rate_limiter or RateLimiter(adaptive_limit=shared_rate_limit(settings))
        self._transport = AsyncTransport(settings, transport)

    async def __aenter__(self) -> Self:
        """Keep the pool of connections until the block ends."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool of connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the pool of connections."""
        await self._transport.aclose()

    async def send(self, call: Call[A], *, priority: bool = False) -> A:
        """Send one call and give its answer; see :meth:`Client.send`.

        :param priority: whether it goes before calls that begin something new.
        """
        steps: RequestFlow[A] = request_flow(call, self.settings, self._policy, paced=True)
        permit, outcome = self.rate_limiter.permit(priority=priority), None
        try:
            while True:
                outcome = await self._carry_out(steps.send(outcome), permit)
        except StopIteration as done:
            return cast("A", done.value)
        except RateLimited as error:
            permit.record_rate_limited(error.retry_after)
            raise
        finally:
            permit.release()

    async def run(
        self, procedure: Procedure[R], *, pause: Callable[[float], Awaitable[None]] | None = None
    ) -> R:
        """Carry a procedure to its end and give its result; see :meth:`Client.run`.

        :param procedure: a generator of calls and pauses.
        :param pause: what waits, in seconds, between its calls; by default, what waits within them.
        """
        outcome, priority = None, False
        try:
            while True:
                step = _resume(procedure, outcome)
                if isinstance(step, Sleep):
                    await (pause or self._sleep)(step.seconds)
                    outcome = None
                else:
                    outcome, priority = await self._perform(step, priority=priority), True
        except StopIteration as done:
            return cast("R", done.value)

    async def _perform(self, call: Call[Any], *, priority: bool) -> Any:
        try:
            return await self.send(call, priority=priority)
        except TwilioError as error:
            return error

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
        except httpx.RequestError as error:
            permit.release()
            return error
        permit.release(accepted=response.status_code != HTTPStatus.TOO_MANY_REQUESTS)
        return response

    async def _token(self, refused: str | None) -> str:
        async with self._token_lock:
            kept = token_cache.get(self.settings, refused)
            return kept or token_cache.put(self.settings, await self.send(self._token_call()))


def _resume(procedure: Procedure[R], outcome: Any) -> Call[Any] | Sleep:
    """Tell a procedure what came of its last step, and take the next."""
    return procedure.throw(outcome) if isinstance(outcome, TwilioError) else procedure.send(outcome)
