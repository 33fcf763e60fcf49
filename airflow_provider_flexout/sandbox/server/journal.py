"""The journal: every request that can change something, in an SQLite file that survives a crash.

The sandbox is a state machine: the same requests at the same moments of its clock make the same state, down
to the SIDs. So only the requests are written, each before its response is sent, and the next start carries
them out again. What the sandbox learns later needs no change here.

A request whose response was sent survives the death of the process. A power cut may lose the last ones
(SQLite's write-ahead log is not flushed to the disk each time), but does not damage the file. Requests that
only read are not written, unless a fault is planted, because they may use it up.

So that a start need not carry out all of them, there is a snapshot of the state beside the file
(:mod:`~airflow_provider_flexout.sandbox.server.snapshot`): written when the sandbox stops, now and then while
it runs, and by a start that had many to carry out.

If something else has damaged the file, the requests before the damage are saved into a new one. Those after
it are not: each of them may depend on one that is lost.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import time
from contextlib import ExitStack, closing, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.server import snapshot
from airflow_provider_flexout.sandbox.server.journal_path import refuse_path
from airflow_provider_flexout.sandbox.server.journal_rows import (
    UNREADABLE,
    WrittenRequest,
    count_readable,
    rows,
)
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.wire.clock import Clock
    from airflow_provider_flexout.sandbox.wire.http import HttpRequest, HttpResponse

__all__ = ["Journal", "JournalError"]

_APPLICATION: Final = 0x666C6578  # "flex", in the place that SQLite keeps for the kind of a file
_FORMAT: Final = 2
_SCHEMA: Final = """
CREATE TABLE sandbox (seed INTEGER NOT NULL, secret TEXT NOT NULL);
CREATE TABLE requests (
    n INTEGER PRIMARY KEY, wall REAL, at REAL, frozen INTEGER, speed REAL,
    method TEXT, path TEXT, query TEXT, headers TEXT, body BLOB, scheme TEXT, status INTEGER, sid TEXT
);
"""
_UPGRADES: Final = {1: "ALTER TABLE sandbox ADD COLUMN secret TEXT NOT NULL DEFAULT ''"}
"""The statements that bring a file of an older format to the next one."""
_INSERT: Final = "INSERT INTO requests VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SID: Final = re.compile(rb'"sid":"(\w{34})"')
_RESET: Final = "/sandbox/reset"
_WORTH_A_SNAPSHOT: Final = 1_000
"""After how many replayed requests a start writes a snapshot; a stop writes one after any request."""
_UNTIL_A_SNAPSHOT: Final = 10_000
"""After how many requests since the last snapshot one is written while the sandbox runs; after a third of all
requests, if that is more, since each snapshot holds everything."""


class JournalError(Exception):
    """A journal that cannot be used. The message says why, and what to do."""


class Journal:
    """The requests of one sandbox, in a file.

    :param path: the file. It is created if it does not exist.
    :param seed: what the sandbox's SIDs are drawn from. If it is None, the file's own seed, or a new one.
    :param secret: what the passwords are made from, in a file that is created; one that exists has its own.
    :raises JournalError: if the file is another program's, of another format or seed, in use, or damaged.
    """

    def __init__(self, path: Path, seed: int | None = None, secret: str = "") -> None:
        if refusal := refuse_path(path):
            raise JournalError(refusal)
        self._path = path
        self._snapshot = path.with_name(f"{path.name}.snapshot")
        self._store: Store | None = None
        self._since_snapshot = self._total = 0
        self._failed: str | None = None
        try:
            # The sandbox's lock guards it: whichever thread holds that may write.
            self._database = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
            with ExitStack() as unless_opened:
                unless_opened.callback(self.close)
                self.seed, self.secret = self._open(seed, secret)
                unless_opened.pop_all()
        except sqlite3.OperationalError as error:
            reason = "another sandbox uses it" if "locked" in str(error) else str(error)
            raise JournalError(f"{path} can't be opened: {reason}. Use another file.") from error
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._unopened(error) from error

    def _open(self, seed: int | None, secret: str) -> tuple[int, str]:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        empty = not run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not empty and run("PRAGMA application_id").fetchone()[0] != _APPLICATION:
            raise JournalError(f"{self._path} is another program's database. Use another file.")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN EXCLUSIVE")
        if empty:
            for statement in _SCHEMA.split(";\n"):
                run(statement)
            run(f"PRAGMA application_id = {_APPLICATION}")
            run(f"PRAGMA user_version = {_FORMAT}")
            drawn = secrets.randbits(32) if seed is None else seed
            run("INSERT INTO sandbox VALUES (?, ?)", (drawn, secret))
        written = run("PRAGMA user_version").fetchone()[0]
        while upgrade := _UPGRADES.get(written):
            run(upgrade)
            written += 1
            run(f"PRAGMA user_version = {written}")
        run("COMMIT")
        if written != _FORMAT:
            raise JournalError(
                f"{self._path} has format {written}, and this version of flexout reads format {_FORMAT}. "
                "Use another file, or the version that wrote it."
            )
        found = run("SELECT seed, secret FROM sandbox").fetchall()
        if [tuple(map(type, row)) for row in found] != [(int, str)]:
            raise ValueError("its seed is missing")
        kept: tuple[int, str] = found[0]
        if seed not in {None, kept[0]}:
            raise JournalError(
                f"{self._path} was created with seed {kept[0]}, not {seed}. Leave the seed out."
            )
        return kept

    def write(
        self, clock: Clock, handle: Callable[[HttpRequest], HttpResponse], request: HttpRequest
    ) -> HttpResponse:
        """Carry out a request, and write it down before its response is sent.

        :param clock: the sandbox's, standing still.
        :param handle: carries the request out.
        :param request: the request.
        :raises ApiError: 500/20500 if the file cannot be written, this time or an earlier one.
        """
        if self._failed is not None:
            raise ApiError(500, 20500, self._failed)
        at, frozen, speed = clock.time(), clock.frozen, clock.speed
        status, sid, unauthorized = None, None, False
        try:
            response = handle(request)
            status, sid = response.status, _first_sid(response)
            unauthorized = status == 401  # perhaps with real credentials, which do not belong in a file
            return response
        finally:
            headers = {name: value for name, value in request.headers.items() if name != "authorization"}
            row = (
                *(time.time(), at, frozen, speed, request.method, request.path, request.query),
                json.dumps(headers if unauthorized else dict(request.headers)),
                *(b"" if unauthorized else request.body, request.scheme, status, sid),
            )
            self._insert(row, forget=request.path == _RESET and status == 200)
            self._since_snapshot += 1
            self._total += 1
            if self._since_snapshot >= max(_UNTIL_A_SNAPSHOT, self._total // 3):
                self.save_snapshot()

    def _insert(self, row: tuple[Any, ...], *, forget: bool) -> None:
        run = self._database.execute
        try:
            if not forget:
                run(_INSERT, row)
                return
            run("BEGIN")
            run("DELETE FROM requests")  # a reset leaves nothing of it in the sandbox either
            run(_INSERT, row)
            run("COMMIT")
        except sqlite3.Error as error:
            # The file lacks a request now, so no later request may be written.
            self._database.close()
            self._failed = (
                f"{self._path} can't be written: {error}. Since then, every request that could change "
                "something is refused. Make room for the file and start the sandbox again: it continues from "
                "the last request that was not refused."
            )
            raise ApiError(500, 20500, self._failed) from error

    def save_snapshot(self, least: int = 1) -> None:
        """Write a snapshot of the state, unless little has happened since the last one.

        :param least: how many requests make it worth it.
        """
        if self._store is None or self._since_snapshot < least or self._failed is not None:
            return
        row = self._database.execute("SELECT n, wall FROM requests ORDER BY n DESC LIMIT 1").fetchone()
        if row is not None:
            snapshot.save(self._snapshot, self._store, snapshot.Place(self.seed, *row))
        self._since_snapshot = 0

    def make_whole(self) -> None:
        """Write a snapshot, and move the log into the file itself, which can then be copied alone."""
        self.save_snapshot()
        if self._failed is None:
            with suppress(sqlite3.Error):  # no room for it: the rest stays in the log beside the file
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _take_up_snapshot(self, store: Store) -> tuple[int, float]:
        """Take up the state of the snapshot, if it is of this file.

        :return: the last request that it knows, 0 for none, and when it was written.
        """
        found = snapshot.read(self._snapshot)
        if found is None or found.place.seed != self.seed:
            return 0, time.time()
        number, wall = found.place.number, found.place.wall
        written = None
        with suppress(sqlite3.DatabaseError):  # damaged, as reading all of it will show
            written = self._database.execute("SELECT wall FROM requests WHERE n = ?", (number,)).fetchone()
        if written != (wall,) or not found.take_up(store):
            return 0, time.time()
        return number, found.saved

    def replay(self, store: Store, handle: Callable[[HttpRequest, float], HttpResponse]) -> int:
        """Carry out the written requests again. The time since then passes in the sandbox, too.

        :param store: the sandbox's state, in which nothing has happened.
        :param handle: carries a request out at a moment.
        :return: how many requests there were.
        :raises JournalError: if the sandbox does not do what it did when they were written down, or if the
            file is damaged.
        """
        clock = store.clock
        with ExitStack() as on_error:
            on_error.callback(self.close)
            known, last = self._take_up_snapshot(store)
            done = known
            with closing(self._rows(after=known)) as written:
                for row in written:
                    clock.place(row.at, frozen=row.frozen, speed=row.speed)
                    done, last = row.number, row.wall
                    self._repeat(row, handle)
            on_error.pop_all()
        if done and not clock.frozen:
            passed = max(0.0, time.time() - last)
            clock.place(clock.time() + passed, frozen=False, speed=clock.speed)
        self._store, self._since_snapshot, self._total = store, done - known, done
        self.save_snapshot(_WORTH_A_SNAPSHOT)
        return done

    def _rows(self, after: int) -> Generator[WrittenRequest, None, None]:
        """Read what was written down, in order.

        :param after: the number of the last request that is known already.
        :raises JournalError: where the file is damaged.
        """
        done = after
        try:
            for written in rows(self._database, after):
                yield written
                done = written.number
        except UNREADABLE as error:
            raise self._damaged(done, error) from error

    def _repeat(self, row: WrittenRequest, handle: Callable[[HttpRequest, float], HttpResponse]) -> None:
        try:
            response = handle(row.request, row.at)
        except Exception as error:
            if row.status is None:
                return  # it failed when it was written down as well
            raise self._differs(row, repr(error)) from error
        if row.status == 401:
            return  # those are not completely in the file
        status, sid = response.status, _first_sid(response)
        if (status, sid) != (row.status, row.sid):
            raise self._differs(row, f"{status} {sid or ''}")

    def _differs(self, row: WrittenRequest, now: str) -> JournalError:
        what = (
            f"{self._path} was written by another version of the sandbox, or is damaged: request "
            f"{row.number} ({row.request.method} {row.request.path}) had the response {row.status} "
            f"{row.sid or ''} then, and has {now} now."
        )
        return self._saving(what, row.number - 1)

    def _damaged(self, readable: int, error: Exception) -> JournalError:
        if not readable:
            return JournalError(f"{self._path} is damaged, from its beginning: {error}. Use another file.")
        return self._saving(f"{self._path} is damaged after its request {readable:,}: {error}.", readable)

    def _unopened(self, error: Exception) -> JournalError:
        """Save what can be read of a file that SQLite does not open, such as one that was cut off."""
        with suppress(*UNREADABLE), closing(sqlite3.connect(self._path, isolation_level=None)) as database:
            database.execute("PRAGMA writable_schema = ON")  # SQLite reads what is left of a file then
            if database.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION:
                self._database = database
                self.seed, self.secret = database.execute("SELECT seed, secret FROM sandbox").fetchone()
                if readable := count_readable(database):
                    return self._damaged(readable, error)
        return JournalError(
            f"{self._path} is not a file of the sandbox, or nothing of it can be read any more: {error}. "
            "Use another file."
        )

    def _saving(self, what: str, readable: int) -> JournalError:
        """Save the first requests into a new file, and say where it is."""
        if not readable:
            return JournalError(f"{what} Use another file, or the version that wrote it.")
        names = (f"{self._path.name}.saved{number or ''}" for number in count())
        saved = next(path for name in names if not (path := self._path.with_name(name)).exists())
        try:
            Journal(saved, self.seed, self.secret).close()
            run = self._database.execute
            run("ATTACH ? AS saved", (str(saved),))
            run("INSERT INTO saved.requests SELECT * FROM main.requests ORDER BY n LIMIT ?", (readable,))
        except (sqlite3.Error, JournalError) as error:
            saved.unlink(missing_ok=True)
            return JournalError(
                f"{what} The requests before that can't be saved beside it: {error} Copy the file to where "
                "there is room, and start the sandbox with the copy."
            )
        return JournalError(f"{what} The requests before that are saved: flexout sandbox --db {saved}")

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _first_sid(response: HttpResponse) -> str | None:
    found = _SID.search(response.body) if response.status < 300 else None
    return found[1].decode() if found else None
