"""How waits in a triggerer send their polls, which share a part of the account's request budget.

Thousands of waits that began together would otherwise send hundreds of requests a second, until Twilio
refuses some of them, and some requests of tasks too.
:mod:`~airflow_provider_flexout.twilio.http.limits.rate_limiter` says how large the part is. Polls that must
wait for their turn are sent in the order in which they came. A poll that has begun is finished first. A wait
that would be over before its turn comes goes first as well: a timeout, or a follow-up that is due, comes on
time only if its polls do.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from airflow_provider_flexout.outreach.waiters import (
    ErrorBudget,
    ReplyWaiter,
    SafetyNetSchedule,
    wait_for,
)
from airflow_provider_flexout.twilio.http.limits.rate_limiter import PollLimiter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from airflow_provider_flexout.connection.event_subscription import EventSubscription
    from airflow_provider_flexout.outreach.waiters import AnyWaiter, PollSchedule
    from airflow_provider_flexout.twilio.http.call import Call, Procedure, T
    from airflow_provider_flexout.twilio.http.client import AsyncClient
    from airflow_provider_flexout.twilio.http.limits.adaptive_limit import RateLimits

_CLOCK_TOLERANCE = 5.0
"""Seconds before its end in which a wait goes first: this clock may be a little behind Twilio's, by which
some waits end."""

_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[RateLimits, PollLimiter]] = WeakKeyDictionary()


def poll_limiter(client: AsyncClient) -> PollLimiter:
    """Find the limiter that all waits of a client's account share in the running event loop.

    :param client: sends the requests.
    """
    limits = client.rate_limiter.limits
    of_loop = _limiters.setdefault(asyncio.get_running_loop(), {})
    return of_loop.setdefault(limits, PollLimiter(limits, clock=asyncio.get_running_loop().time))


async def run_waiter(
    client: AsyncClient,
    waiter: AnyWaiter,
    schedule: PollSchedule,
    ends_at: float,
    time_left: Callable[[], float] | None = None,
    events: EventSubscription | None = None,
) -> Any:
    """Wait for what a waiter looks for, and give it.

    Where there are events, they wake the wait, and it polls only seldom.

    :param client: sends the requests.
    :param waiter: what is polled.
    :param schedule: when the wait began and ends; and how often it polls, where there are no events.
    :param ends_at: when the wait's time is over, in seconds since 1970; infinity for never.
    :param time_left: as for :func:`~airflow_provider_flexout.outreach.waiters.wait_for`.
    :param events: of the connection's queue; ``None`` where it has none.
    :raises FlexoutError: what the waiter raises.
    """
    if events is None:
        return await run_wait(client, wait_for(waiter, schedule, time_left=time_left), ends_at)
    seldom, budget = SafetyNetSchedule(schedule.began, schedule.deadline), ErrorBudget()

    async def sleep(seconds: float) -> bool:
        if budget.failures:  # during an outage, events would only make polls fail more often
            await asyncio.sleep(seconds)
            return False
        is_woken = await wakeup.sleep(seconds)
        if is_woken and isinstance(waiter, ReplyWaiter):
            waiter.read_state_next()
        return is_woken

    async with events.wakeup(waiter.sids, schedule.began) as wakeup:
        procedure = wait_for(waiter, seldom, time_left=time_left, budget=budget)
        return await run_wait(client, procedure, ends_at, sleep)


async def run_wait(
    client: AsyncClient,
    procedure: Procedure[T],
    ends_at: float,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> T:
    """Carry a wait to its end and give its result.

    :param client: sends the requests.
    :param procedure: polls, and sleeps before each poll.
    :param ends_at: when the wait's time is over, in seconds since 1970; infinity for never.
    :param sleep: what waits between two polls, in seconds. Where it says true, something has happened, and
        the next poll goes before those of other waits.
    :raises FlexoutError: what the procedure raises.
    """
    limiter, goes_first = poll_limiter(client), False

    async def pause(seconds: float) -> None:
        nonlocal goes_first
        goes_first = bool(await sleep(seconds))

    async def send(call: Call[Any], **_: Any) -> Any:
        nonlocal goes_first
        sent_at = client.clock.now().timestamp() + limiter.queue_time()
        priority, goes_first = goes_first or sent_at >= ends_at - _CLOCK_TOLERANCE, True
        return await client.send(call, priority=priority, rate_limiter=limiter)

    return await client.run(procedure, sleep=pause, send=send)
