"""Holding a campaign back while no agent is available."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.policies.agent_availability import agent_availability_policy
from airflow_provider_flexout.outreach.policies.decision import Hold

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.http.client import AsyncClient

LOOK_EVERY = 5.0
"""Seconds for which the result of one look holds, for all contacts."""
MAX_WAIT = 60.0
"""Seconds after which the task is deferred, to free its worker."""

log = logging.getLogger(__name__)


class AgentAvailability:
    """Whether an agent is available, looked up once for all contacts.

    :param client: the client.
    :param queue_sid: the connection's queue, for routings that name neither a queue nor a worker.
    :param timeout: how long nobody may be available before the campaign fails.
    :param since: since when nobody has been available, where the task was deferred for that.
    :param clock: gives seconds.
    :param sleep: waits so many seconds.
    """

    def __init__(
        self,
        client: AsyncClient,
        queue_sid: str | None,
        timeout: timedelta,
        since: datetime | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._queue_sid = queue_sid
        self._timeout = timeout
        self._since = since
        self._clock = clock
        self._sleep = sleep
        self._asking = asyncio.Lock()
        self._good_until = float("-inf")
        self.held: Hold | None = None

    async def wait(self, request: InteractionRequest) -> bool:
        """Wait until an agent is available, for a minute at most.

        :param request: the request of any contact, since all contacts of a campaign have the same routing.
        :returns: whether an agent is available; otherwise ``held`` says when to look again.
        :raises NobodyAvailable: when nobody has been available for the whole timeout.
        """
        async with self._asking:
            give_up = self._clock() + MAX_WAIT
            while not self.held and self._clock() >= self._good_until:
                hold = await self._lack(request)
                if hold is None:
                    self._good_until = self._clock() + LOOK_EVERY
                elif self._clock() >= give_up:
                    self.held = hold
                else:
                    log.info("No further contact is started: %s", hold.why)
                    await self._sleep(LOOK_EVERY)
        return self.held is None

    async def _lack(self, request: InteractionRequest) -> Hold | None:
        now = self._client.clock.now()
        policy = agent_availability_policy(request.routing, self._queue_sid, self._timeout, self._since)
        decision = await self._client.run(policy.check(now))
        held = decision if isinstance(decision, Hold) else None
        self._since = (self._since or now) if held else None
        return held
