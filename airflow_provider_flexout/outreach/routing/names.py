"""Queues, workers, workflows and task channels by name, looked up once per process.

A name that was found is cached for a while (:data:`CACHE_TTL`), by workspace: a workspace's SID belongs to
one account only. A name that was not found is looked up again each time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.api.workspace import (
    list_task_channels,
    list_task_queues,
    list_workers,
    list_workflows,
)
from airflow_provider_flexout.twilio.http.call import Sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_provider_flexout.twilio.api.workspace import NamedResource
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

CACHE_TTL = 600.0
"""How many seconds the SID of a name is used before it is looked up again."""

_RETRY_DELAY = 0.2
_MOST_SHOWN = 5
_LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class _Kind:
    """One thing in a workspace that has a name.

    :param key: its key in a routing.
    :param noun: its name in a sentence.
    :param listing: makes the call that lists all of its kind.
    :param filtered: whether Twilio can list those of one name only.
    """

    key: str
    noun: str
    listing: Callable[..., Call[Any]]
    filtered: bool = True

    @property
    def sid_key(self) -> str:
        return f"{self.key}_sid"

    def named(self, workspace_sid: str, name: str) -> Call[Any]:
        """List those of one name, as far as Twilio can."""
        return self.listing(workspace_sid, friendly_name=name) if self.filtered else self.every(workspace_sid)

    def every(self, workspace_sid: str) -> Call[Any]:
        """List as many as a page holds."""
        return self.listing(workspace_sid, page_size=_LARGEST_PAGE)


_KINDS = (
    _Kind("queue", "task queue", list_task_queues),
    _Kind("worker", "worker", list_workers),
    _Kind("workflow", "workflow", list_workflows),
    _Kind("task_channel", "task channel", list_task_channels, filtered=False),
)
_cache: dict[tuple[str, str, str], tuple[str, float]] = {}
_in_flight: set[tuple[str, str, str]] = set()


def names_in(routing: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Give the names that a ``Routing`` object holds in place of SIDs, ``None`` where it holds none.

    :param routing: a whole ``Routing`` object.
    """
    return tuple(routing["properties"].get(kind.key) for kind in _KINDS)


def with_sids(
    routing: Mapping[str, Any], clock: Callable[[], float] = time.monotonic
) -> Procedure[dict[str, Any]]:
    """Put SIDs in place of the names in a ``Routing`` object; without names, nothing is sent.

    :param routing: a whole ``Routing`` object.
    :param clock: seconds, for the age of what was looked up earlier.
    :raises InvalidInput: when the workspace has none of that name, or several.
    """
    properties = dict(routing["properties"])
    workspace_sid = str(properties["workspace_sid"])
    for kind in _KINDS:
        name = properties.pop(kind.key, None)
        if name:
            properties[kind.sid_key] = yield from _sid_of(kind, workspace_sid, str(name), clock)
    return {**routing, "properties": properties}


def clear_cache() -> None:
    """Look every name up again: for when a workspace was just changed."""
    _cache.clear()


def _sid_of(kind: _Kind, workspace_sid: str, name: str, clock: Callable[[], float]) -> Procedure[str]:
    place = (workspace_sid, kind.key, name)
    while True:
        sid, looked_up = _cache.get(place, ("", 0.0))
        if sid and clock() - looked_up < CACHE_TTL:
            return sid
        if place not in _in_flight:
            break
        yield Sleep(_RETRY_DELAY)  # of many outreaches at once, one asks
    _in_flight.add(place)
    try:
        known = yield from _look_up(kind, workspace_sid, name)
    finally:
        _in_flight.discard(place)
    _cache[place] = (known, clock())
    return known


def _look_up(kind: _Kind, workspace_sid: str, name: str) -> Procedure[str]:
    page = yield kind.named(workspace_sid, name)
    found: set[str] = {one.sid for one in page.items if name == one.unique_name} or {
        one.sid for one in page.items if name == one.friendly_name
    }
    if len(found) > 1:
        raise InvalidInput(
            f"routing.{kind.key}",
            f"{name!r} is the name of {len(found)} {kind.noun}s in workspace {workspace_sid}: "
            f"{', '.join(sorted(found))}. Pass {kind.sid_key} instead.",
        )
    if not found:
        everything = page if not kind.filtered else (yield kind.every(workspace_sid))
        raise InvalidInput(f"routing.{kind.key}", _miss(kind, workspace_sid, name, everything.items))
    return found.pop()


def _miss(kind: _Kind, workspace_sid: str, name: str, everything: list[NamedResource]) -> str:
    """Say that there is none of this name, and which names come near."""
    folded = {
        label.casefold(): label
        for one in everything
        for label in (one.friendly_name, one.unique_name)
        if label
    }
    near = get_close_matches(name.casefold(), folded, n=_MOST_SHOWN)
    listed = [folded[label] for label in near] or sorted(folded.values())[:_MOST_SHOWN]
    shown = ", ".join(map(repr, listed)) or "none at all"
    what = "Near it" if near else "It has" if len(folded) <= _MOST_SHOWN else "It has, among others"
    return f"workspace {workspace_sid} has no {kind.noun} named {name!r}. {what}: {shown}."
