"""Beginning no further contact while nobody could take the conversation."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.policies.agent_availability import agent_availability_policy
from airflow_provider_flexout.outreach.policies.decision import Hold

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.http.client import AsyncClient

LOOK_EVERY = 5.0
"""Seconds for which one look counts for all contacts."""
MAX_WAIT = 60.0
"""Seconds to look on for somebody before the worker's place is given back."""

log = logging.getLogger(__name__)


class AgentAvailability:
    """Whether somebody could take a conversation, asked once for all contacts.

    :param client: reaches Twilio.
    :param queue_sid: the connection's, for when the routing names neither queue nor worker.
    :param timeout: how long nobody may be available at most.
    :param since: since when nobody has been, as an earlier part of the task's life found.
    :param clock: seconds.
    :param sleep: what waits, in seconds.
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
        """Wait until somebody could take a conversation, or for as long as a worker should.

        :param request: any contact's; all of a campaign are routed alike.
        :returns: whether somebody could; if not, ``held`` says when to come back.
        :raises NobodyAvailable: when nobody could for as long as was allowed.
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
                    log.info("No further contact is begun: %s", hold.why)
                    await self._sleep(LOOK_EVERY)
        return self.held is None

    async def _lack(self, request: InteractionRequest) -> Hold | None:
        now = datetime.now(timezone.utc)
        policy = agent_availability_policy(request.routing, self._queue_sid, self._timeout, self._since)
        decision = await self._client.run(policy.check(now))
        held = decision if isinstance(decision, Hold) else None
        self._since = (self._since or now) if held else None
        return held
