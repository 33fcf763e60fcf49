"""What a ``FlexReplyTrigger`` keeps for its asset, and when."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.outreach.inbox.cursor import Cursor
from airflow_provider_flexout.triggers.reply_state import ReplyState
from tests.virtual_time import run_at_once

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
DELAY = 10.0


class Store:
    def __init__(self):
        self.kept = []

    async def aget(self, _key):
        return self.kept[-1] if self.kept else None

    async def aset(self, _key, value):
        self.kept.append(value)


def places(store):
    return [one["place"] for one in store.kept]


def test_what_was_noted_is_kept_when_it_is_old_enough_and_once():
    store = Store()
    state, cursor = ReplyState(SimpleNamespace(asset_state_store=store), DELAY), Cursor(NOW, NOW)

    async def happen():
        assert await state.load() is None
        for second in range(31):
            await state.save()
            if second < 15:
                cursor.place = f"{second}-0"
            state.note(cursor)
            await asyncio.sleep(1.0)

    run_at_once(happen())
    # The first was noted at 0 s. What is noted meanwhile waits, and is kept as it was at its own moment.
    assert places(store) == ["0-0", "10-0", "14-0"]


def test_what_was_kept_is_loaded():
    store = Store()
    cursor = Cursor(NOW, NOW - timedelta(hours=1), {"IM1": NOW}, "7-0")
    store.kept.append(cursor.as_state())
    state = ReplyState(SimpleNamespace(asset_state_store=store), DELAY)
    assert asyncio.run(state.load()) == cursor


@pytest.mark.parametrize("trigger", [SimpleNamespace(), SimpleNamespace(asset_state_store=None)])
def test_without_a_store_nothing_is_kept(trigger):
    state = ReplyState(trigger, 0.0)

    async def happen():
        assert await state.load() is None
        state.note(Cursor(NOW, NOW))
        await state.save()

    asyncio.run(happen())


def test_a_store_that_several_assets_would_share_is_not_used():
    class Ambiguous(Store):
        async def aget(self, _key):
            raise ValueError("several assets")

    trigger = SimpleNamespace(asset_state_store=Ambiguous())
    assert asyncio.run(ReplyState(trigger, 0.0).load()) is None
    assert trigger.asset_state_store is None
