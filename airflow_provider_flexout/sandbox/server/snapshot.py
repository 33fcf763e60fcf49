"""A snapshot: the state after a request of the journal, so that a start need not carry out all of them again.

It is a file beside the journal, and never the truth: the journal holds every request. A snapshot that is
missing or damaged, that belongs to another journal, or that other code has written, is passed over, and the
requests are carried out again.

The file is a line of JSON, then Python's pickle. Reading it makes objects of the sandbox's own records and of
a few of Python's classes, and calls nothing else.
"""

from __future__ import annotations

import gc
import io
import json
import pickle
import sys
import time
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["KEPT", "LEFT_OUT", "Place", "Snapshot", "read", "save"]

KEPT: Final[dict[str, tuple[str, ...]]] = {
    "": (
        "account",
        "by_name",
        "channels",
        "conversations",
        "counters",
        "interactions",
        "last_inbound",
        "media",
        "opted_out",
        "pairs",
        "participations",
        "scripts",
        "studio",
        "task_index",
        "tasks",
        "templates",
        "tokens",
        "waiting_tasks",
        "workspace",
    ),
    "clock": ("_count", "_frozen", "_heap", "_speed"),
    "events": ("_entries", "era", "last"),
    "faults": ("_planted", "fired"),
    "requests": ("_counts", "_entries", "_last"),
    "task_events": ("_by_task", "_entries", "_last"),
    "webhooks": ("configuration", "interaction", "scoped", "source", "streams"),
}
"""The attributes that are kept, of the store itself and of the objects that stay in it for good."""

LEFT_OUT: Final[dict[str, tuple[str, ...]]] = {
    "": (
        *("clock", "events", "faults", "requests", "task_events", "webhooks"),  # kept in parts
        *("sids", "request_sids", "settings"),  # kept in another form
        *("_defaults", "_seed", "credentials", "lock", "signing_key"),  # as the sandbox was made
        "rate_limits",  # a start is a rest
    ),
    "clock": ("_anchor", "_lock", "_pinned_at", "_reading", "_running_at", "handlers"),
    "events": ("_clock",),
    "faults": ("_random", "operations"),
    "requests": ("listener",),
    "task_events": ("_clock",),
    "webhooks": ("deliver", "sent"),  # what was sent was sent when the requests were first carried out
}
"""The attributes that are not kept, or are kept in another form."""

_OURS: Final = ("airflow_provider_flexout.sandbox.state.", "airflow_provider_flexout.sandbox.wire.")
_PYTHONS: Final = frozenset(
    {("collections", "Counter"), ("collections", "deque"), ("datetime", "datetime"), ("datetime", "timezone")}
    | {("datetime", "timedelta")}
)


class Place(NamedTuple):
    """The last request that a snapshot knows, as its journal has it.

    :param seed: the journal's seed.
    :param number: the request's number.
    :param wall: when it was written down.
    """

    seed: int
    number: int
    wall: float


class _Unpickler(pickle.Unpickler):  # noqa: S301 - it makes records of ours, and calls nothing
    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if module.startswith(_OURS) else None
        # A name may have dots, and so lead to what a module of ours imports.
        if isinstance(found, type) and found.__module__.startswith(_OURS):
            return found
        if (module, name) in _PYTHONS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not a part of the state")


@lru_cache(maxsize=1)
def _code() -> str:
    """Say which code this is, since the state of other code may have another form."""
    digest = sha256(repr(sys.version_info[:2]).encode())
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def save(file: Path, store: Store, place: Place) -> None:
    """Write a snapshot in place of the one before. If it cannot be written, that does no harm.

    :param file: where.
    :param store: the state, whose lock is held.
    :param place: the last request that it has carried out.
    """
    clock = store.clock
    state = {of: {name: getattr(_part(store, of), name) for name in names} for of, names in KEPT.items()}
    generators = [each.getstate() for each in _generators(store)]
    with _no_collection():
        payload = pickle.dumps((state, generators, store.settings.as_dict(), clock.time()), protocol=5)
    head = {"code": _code(), "place": place, "saved": time.time(), "digest": sha256(payload).hexdigest()}
    written = file.with_name(f"{file.name}.new")
    try:
        written.write_bytes(json.dumps(head).encode() + b"\n" + payload)
        written.replace(file)
    except OSError:
        written.unlink(missing_ok=True)


class Snapshot(NamedTuple):
    """A snapshot that is whole, and that this code has written.

    :param place: the last request that it knows.
    :param saved: when it was written, in seconds since the epoch, by the computer's clock.
    :param payload: the state.
    """

    place: Place
    saved: float
    payload: bytes

    def take_up(self, store: Store) -> bool:
        """Put the state in place of that of a sandbox in which nothing has happened.

        :param store: its state.
        :return: whether that was possible; otherwise nothing has changed.
        """
        try:
            with _no_collection():
                state, generators, settings, at = _Unpickler(io.BytesIO(self.payload)).load()
        except (pickle.UnpicklingError, AttributeError, ImportError, ValueError, TypeError, EOFError):
            return False
        store.settings.update(settings)
        for of, values in state.items():
            for name, value in values.items():
                setattr(_part(store, of), name, value)
        for each, drawn in zip(_generators(store), generators, strict=True):
            each.setstate(drawn)
        store.clock.place(at, frozen=store.clock.frozen, speed=store.clock.speed)
        return True


def read(file: Path) -> Snapshot | None:
    """Read a snapshot; None where there is none that can be used.

    :param file: where it is.
    """
    try:
        line, _, payload = file.read_bytes().partition(b"\n")
        head = json.loads(line)
        if head["code"] != _code() or head["digest"] != sha256(payload).hexdigest():
            return None
        return Snapshot(Place(*head["place"]), float(head["saved"]), payload)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _part(store: Store, name: str) -> Any:
    return getattr(store, name) if name else store


def _generators(store: Store) -> list[Any]:
    return [store.sids.generator, store.request_sids.generator, store.faults.generator]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Make many objects without Python's garbage collector looking through them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
