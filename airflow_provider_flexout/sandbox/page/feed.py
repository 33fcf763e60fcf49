"""What an open page receives, as server-sent events.

The first event is ``state``: everything that the page shows. So is each event before which something was
forgotten. All others are ``update``: the new lines of the timeline, the cards that changed, and the parts of
the status that changed. Both carry ids, so that a browser resumes after its connection broke.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.page.conversation_card import card
from airflow_provider_flexout.sandbox.page.status import queues, status
from airflow_provider_flexout.sandbox.page.timeline import line, touched
from airflow_provider_flexout.sandbox.wire.http import encoded

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["Feed"]

LINES: Final = 400
CARDS: Final = 100


class Feed:
    """What one open page has received so far.

    :param store: the sandbox's state.
    :param last_event_id: the id of the last event that the page has received; empty for none.
    """

    def __init__(self, store: Store, last_event_id: str = "") -> None:
        self._store = store
        self._status: dict[str, Any] = {}
        self._era, _, number = last_event_id.partition("-")
        self._seen = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0

    def next(self) -> bytes | None:
        """Return what is new since the last call; None if nothing is.

        Due events happen first, so that an open page shows them at their time.
        """
        with self._store.lock:
            self._store.clock.run_due()
            return self._next()

    def _next(self) -> bytes | None:
        store = self._store
        events = store.events.after(self._seen) if self._era == store.events.era else None
        if events is None or len(events) > LINES:
            self._era, self._seen = store.events.era, store.events.last
            self._status = status(store)
            return self._event("state", self._everything())
        self._seen = store.events.last
        changed = {row.sid: row for event in events if (row := touched(store, event))}
        around = status(store)
        different = {name: value for name, value in around.items() if value != self._status.get(name)}
        self._status = around
        if not events and not different:
            return None
        gone = [event.conversation_sid for event in events if event.facts.get("state") == "deleted"]
        return self._event(
            "update",
            {
                "lines": [line(store, event) for event in events],
                "cards": self._cards(list(changed.values())[-CARDS:]),
                "gone": gone,
                **({"queues": queues(store)} if events else {}),
                **different,
            },
        )

    def _everything(self) -> dict[str, Any]:
        newest = list(islice(self._store.conversations.before(None), CARDS))
        return {
            "lines": [line(self._store, event) for event in self._store.events.newest(LINES)],
            "cards": self._cards(newest),
            "queues": queues(self._store),
            **self._status,
        }

    def _cards(self, conversations: list[ConversationRecord]) -> list[dict[str, Any]]:
        return [card(self._store, each) for each in conversations]

    def _event(self, name: str, data: dict[str, Any]) -> bytes:
        head = f"id: {self._era}-{self._seen}\nevent: {name}\ndata: "
        return head.encode() + encoded({"now": self._store.clock.time(), **data}) + b"\n\n"
