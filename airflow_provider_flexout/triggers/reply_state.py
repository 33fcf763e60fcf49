"""Where a ``FlexReplyTrigger`` keeps which replies it has fired for: in the state store of its asset."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable

if TYPE_CHECKING:
    from airflow.triggers.base import BaseEventTrigger

    from airflow_provider_flexout.outreach.inbox.cursor import Cursor


class ReplyState:
    """Writes a state into the store some seconds after it was noted.

    By then Airflow certainly has its events. A triggerer that is killed in between fires for them again:
    twice is better than never.

    :param trigger: the trigger whose asset it is.
    :param delay: the delay in seconds.
    """

    def __init__(self, trigger: BaseEventTrigger, delay: float) -> None:
        self._trigger, self._delay = trigger, delay
        self._kept: dict[str, Any] | None = None
        self._next: dict[str, Any] | None = None
        self._next_is_of = 0.0

    async def load(self) -> Cursor | None:
        """Give what was kept last; ``None`` where there is nothing."""
        from airflow_provider_flexout.outreach.inbox.cursor import Cursor

        try:
            self._kept = await self._store.aget(durable.INBOX_STATE) if self._store else None
        except ValueError:  # several assets have an equal trigger
            self._trigger.asset_state_store = None  # type: ignore[attr-defined,unused-ignore]
        return Cursor.from_state(self._kept) if self._kept else None

    async def save(self) -> None:
        """Keep what was noted, once it is old enough."""
        if self._next and self._store and asyncio.get_running_loop().time() >= self._next_is_of + self._delay:
            await self._store.aset(durable.INBOX_STATE, self._next)
            self._kept, self._next = self._next, None

    def note(self, cursor: Cursor) -> None:
        """Note the state to be kept next, unless an older one is still waiting to be kept.

        :param cursor: as it is now.
        """
        if self._next is None and (state := cursor.as_state()) != self._kept:
            self._next, self._next_is_of = state, asyncio.get_running_loop().time()

    @property
    def _store(self) -> Any:
        """The state store of the trigger's asset; ``None`` below Airflow 3.3."""
        return getattr(self._trigger, "asset_state_store", None)
