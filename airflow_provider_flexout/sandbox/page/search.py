"""Finding a conversation that the page does not hold: it gets only the newest, and those that change."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.page.conversation_card import card

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["find_cards"]

_MOST: Final = 50


def find_cards(store: Store, text: str) -> list[dict[str, Any]]:
    """Return the cards of the newest conversations that a text finds, at most 50.

    :param store: the sandbox's state.
    :param text: a part of a customer's name or address; or the SID of a conversation, of its interaction or
        of one of its tasks, even after Twilio has deleted that.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return []
    everything = ((row, card(store, row)) for row in store.conversations.before(None))
    found = (
        shown
        for row, shown in everything
        if any(wanted in each.casefold() for each in _texts_of(store, row, shown))
    )
    return list(islice(found, _MOST))


def _texts_of(store: Store, row: ConversationRecord, shown: dict[str, Any]) -> Iterator[str]:
    channel = store.channels.get(row.channel_sid or "")
    invites = channel.invites if channel else []
    texts = (row.sid, row.unique_name, shown["customer_name"], shown["interaction"])
    yield from filter(None, (*texts, *(each.task_sid for each in invites)))
    yield from (each.who for each in row.participants)
