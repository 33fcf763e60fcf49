"""The journal: every request that can change something, in an SQLite file that survives a crash.

The sandbox is a state machine: the same requests at the same moments of its clock make the same state, down
to the SIDs. So only the requests are written, each before its response is sent, and the next start carries
them out again. What the sandbox learns later needs no change here.

A request whose response was sent survives the death of the process. A power cut may lose the last ones
(SQLite's write-ahead log is not flushed to the disk each time), but does not damage the file. Requests that
only read are not written, unless a fault is planted, because they may use it up.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.wire.http import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow_provider_flexout.sandbox.wire.clock import Clock
    from airflow_provider_flexout.sandbox.wire.http import HttpResponse

__all__ = ["Journal", "JournalError"]

_APPLICATION: Final = 0x666C6578  # "flex", in the place that SQLite keeps for the kind of a file
_FORMAT: Final = 1
_SCHEMA: Final = """
CREATE TABLE sandbox (seed INTEGER NOT NULL);
CREATE TABLE requests (
    n INTEGER PRIMARY KEY, wall REAL, at REAL, frozen INTEGER, speed REAL,
    method TEXT, path TEXT, query TEXT, headers TEXT, body BLOB, scheme TEXT, status INTEGER, sid TEXT
);
"""
_INSERT: Final = "INSERT INTO requests VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SID: Final = re.compile(rb'"sid":"(\w{34})"')
_RESET: Final = "/sandbox/reset"


class JournalError(Exception):
    """A journal that cannot be used. The message says why, and what to do."""


class Journal:
    """The requests of one sandbox, in a file.

    :param path: the file. It is created if it does not exist.
    :param seed: what the sandbox's SIDs are drawn from. If it is None, the file's own seed, or a new one.
    :raises JournalError: if the file is another program's, of another format or seed, or in use.
    """

    def __init__(self, path: Path, seed: int | None = None) -> None:
        self._path = path
        try:
            # The sandbox's lock guards it: whichever thread holds that may write.
            self._database = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
            with ExitStack() as unless_opened:
                unless_opened.callback(self.close)
                self.seed = self._open(seed)
                unless_opened.pop_all()
        except sqlite3.OperationalError as error:
            reason = "another sandbox uses it" if "locked" in str(error) else str(error)
            raise JournalError(f"{path} can't be opened: {reason}. Take another file.") from error
        except sqlite3.DatabaseError as error:
            raise JournalError(f"{path} is not a file of the sandbox: {error}. Take another file.") from error

    def _open(self, seed: int | None) -> int:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        empty = not run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not empty and run("PRAGMA application_id").fetchone()[0] != _APPLICATION:
            raise JournalError(f"{self._path} is another program's database. Take another file.")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN EXCLUSIVE")
        if empty:
            for statement in _SCHEMA.split(";\n"):
                run(statement)
            run(f"PRAGMA application_id = {_APPLICATION}")
            run(f"PRAGMA user_version = {_FORMAT}")
            run("INSERT INTO sandbox VALUES (?)", (secrets.randbits(32) if seed is None else seed,))
        run("COMMIT")
        written = run("PRAGMA user_version").fetchone()[0]
        if written != _FORMAT:
            raise JournalError(
                f"{self._path} has format {written}, and this version of flexout reads format {_FORMAT}. "
                "Take another file, or the version that wrote it."
            )
        kept: int = run("SELECT seed FROM sandbox").fetchone()[0]
        if seed not in {None, kept}:
            raise JournalError(f"{self._path} was created with seed {kept}, not {seed}. Leave the seed out.")
        return kept

    def write(
        self, clock: Clock, handle: Callable[[HttpRequest], HttpResponse], request: HttpRequest
    ) -> HttpResponse:
        """Carry out a request, and write it down before its response is sent.

        :param clock: the sandbox's, standing still.
        :param handle: carries the request out.
        :param request: the request.
        """
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
        except sqlite3.Error:
            # The file lacks a request now, so no later request may be written.
            self._database.close()
            raise

    def replay(self, clock: Clock, handle: Callable[[HttpRequest, float], HttpResponse]) -> int:
        """Carry out the written requests again. The time since then passes in the sandbox, too.

        :param clock: the sandbox's.
        :param handle: carries a request out at a moment.
        :return: how many requests there were.
        :raises JournalError: if the sandbox does not do what it did when they were written down.
        """
        count, last = 0, time.time()
        rows = self._database.execute("SELECT * FROM requests ORDER BY n")
        for number, wall, at, frozen, speed, method, path, query, headers, body, scheme, *done in rows:
            clock.place(at, frozen=bool(frozen), speed=speed)
            count, last = count + 1, wall
            request = HttpRequest(method, path, query, json.loads(headers), body, scheme)
            try:
                response = handle(request, at)
            except Exception:
                if done[0] is not None:
                    raise
                continue  # it failed when it was written down as well
            self._compare(number, request, done, [response.status, _first_sid(response)])
        if count and not clock.frozen:
            passed = max(0.0, time.time() - last)
            clock.place(clock.time() + passed, frozen=False, speed=clock.speed)
        return count

    def _compare(self, number: int, request: HttpRequest, then: list[Any], now: list[Any]) -> None:
        if then == now or then[0] == 401:  # those are not completely in the file
            return
        self.close()
        raise JournalError(
            f"{self._path} was written by another version of the sandbox: request {number} "
            f"({request.method} {request.path}) had the response {then[0]} {then[1] or ''} then, "
            f"and has {now[0]} {now[1] or ''} now. Take another file, or the version that wrote it."
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _first_sid(response: HttpResponse) -> str | None:
    found = _SID.search(response.body) if response.status < 300 else None
    return found[1].decode() if found else None
