"""Snapshots: what a start takes up is what all requests would have made, and it is never the truth."""

from __future__ import annotations

import json
import pickle
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Set
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.server import journal as journal_module
from airflow_provider_flexout.sandbox.server.journal import Journal
from airflow_provider_flexout.sandbox.server.snapshot import KEPT, LEFT_OUT, _Unpickler
from airflow_provider_flexout.sandbox.state.store import Store
from tests.unit.sandbox.conftest import control, interaction, request


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "sandbox.db"


@pytest.fixture
def snapshot(tmp_path) -> Path:
    return tmp_path / "sandbox.db.snapshot"


@pytest.fixture
def start(file) -> Iterator[Callable[..., Sandbox]]:
    """Begin a sandbox, or go on with it as after a crash."""
    journals: list[Journal] = []

    def begin() -> Sandbox:
        for journal in journals:
            journal.close()
        journals.append(Journal(file, 7))
        sandbox = Sandbox(7)
        sandbox.keep(journals[-1])
        return sandbox

    yield begin
    for journal in journals:
        journal.close()


def steer(sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    response = sandbox.handle(control(path, body))
    assert response.status == 200, response.body


def use(sandbox: Sandbox, first: int, count: int) -> None:
    """Let people talk: conversations, replies, receipts, tasks that agents accept, and time that passes."""
    for number in range(first, first + count):
        sandbox.handle(request("POST", "/v1/Interactions", interaction(f"+1202555{number:04}")))
        steer(sandbox, "clock", {"advance": "90s"})


def plain(value: Any, met: dict[int, int]) -> Any:
    """Write a part of the state as texts, numbers, lists and dicts; what was met before is its number."""
    if value is None or isinstance(value, str | int | float | bytes | datetime):
        return value
    if id(value) in met:
        return {"met": met[id(value)]}
    met[id(value)] = len(met)
    if isinstance(value, Mapping):
        return [[plain(key, met), plain(each, met)] for key, each in value.items()]
    if isinstance(value, Set):
        return sorted(repr(each) for each in value)
    if isinstance(value, list | tuple | deque):
        return [plain(each, met) for each in value]
    names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return {"is": type(value).__name__} | {name: plain(getattr(value, name), met) for name in names}


def seen(sandbox: Sandbox) -> Any:
    """The whole state, and what is drawn next."""
    state = {
        of: {name: getattr(_of(sandbox, of), name) for name in names if name != "era"}  # drawn by each start
        for of, names in KEPT.items()
    }
    drawn = [each.getstate() for each in (sandbox._store.sids.generator, sandbox.faults.generator)]
    return plain([state, drawn, sandbox.settings.as_dict()], {})


def _of(sandbox: Sandbox, name: str) -> Any:
    return getattr(sandbox._store, name) if name else sandbox._store


@pytest.fixture
def replayed(monkeypatch) -> list[int]:
    """How many requests each start carries out."""
    counts: list[int] = []
    repeat = Journal._repeat

    def count(self: Journal, *arguments: Any) -> None:
        counts[-1] += 1
        repeat(self, *arguments)

    monkeypatch.setattr(Journal, "_repeat", count)
    return counts


def test_what_is_taken_up_is_what_the_requests_make(start, snapshot, replayed):
    replayed.append(0)
    sandbox = start()
    steer(sandbox, "clock", {"frozen": True})
    steer(sandbox, "settings", {"rate_limits": False, "task_list_lag": 3})
    steer(sandbox, "customers", {"replies": {"text": "yes", "after": "5m"}})
    steer(sandbox, "agents", {"accepts": {"after": "10s"}, "says": {"text": "Hello", "after": "1m"}})
    steer(sandbox, "faults", {"kind": "fail", "operation": "FetchConversation", "probability": 0.5})
    use(sandbox, 0, 20)
    before = seen(sandbox)
    sandbox.save_snapshot()
    assert snapshot.exists()
    replayed.append(0)
    again = start()
    assert replayed[-1] == 0
    taken_up = seen(again)
    snapshot.unlink()
    replayed.append(0)
    anew = start()
    assert replayed[-1] > 40
    assert taken_up == seen(anew) == before
    for each in (again, anew):  # and both go on in the same way
        each._journal = None
        use(each, 20, 5)
    assert seen(again) == seen(anew)


def test_requests_after_the_snapshot_are_carried_out(start, replayed):
    replayed.append(0)
    sandbox = start()
    steer(sandbox, "clock", {"frozen": True})
    use(sandbox, 0, 5)
    sandbox.save_snapshot()
    use(sandbox, 5, 3)
    before = seen(sandbox)
    replayed.append(0)
    assert seen(start()) == before
    assert replayed[-1] == 6


def test_time_passes_while_it_is_down_and_once_only(start):
    sandbox = start()
    use(sandbox, 0, 2)
    ahead = sandbox.clock.time() - time.time()
    sandbox.save_snapshot()
    again = start()
    assert again.clock.time() - time.time() == pytest.approx(ahead, abs=1.0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-10],
        lambda content: content[: len(content) // 2] + b"x" + content[len(content) // 2 + 1 :],
        lambda _: b"",
        lambda content: b"{}\n" + content,
        lambda _: b"\xff" * 100,
    ],
)
def test_a_snapshot_that_is_damaged_is_passed_over(start, snapshot, damage, replayed):
    replayed.append(0)
    sandbox = start()
    steer(sandbox, "clock", {"frozen": True})
    use(sandbox, 0, 3)
    before = seen(sandbox)
    sandbox.save_snapshot()
    snapshot.write_bytes(damage(snapshot.read_bytes()))
    replayed.append(0)
    assert seen(start()) == before
    assert replayed[-1] == 7


def change_head(snapshot: Path, **changes: Any) -> None:
    line, _, payload = snapshot.read_bytes().partition(b"\n")
    snapshot.write_bytes(json.dumps({**json.loads(line), **changes}).encode() + b"\n" + payload)


@pytest.mark.parametrize("change", [{"code": "another"}, {"place": [8, 7, 0.0]}, {"place": [7, 99, 0.0]}])
def test_a_snapshot_of_other_code_or_of_another_file_is_passed_over(start, snapshot, change, replayed):
    replayed.append(0)
    sandbox = start()
    steer(sandbox, "clock", {"frozen": True})
    use(sandbox, 0, 3)
    before = seen(sandbox)
    sandbox.save_snapshot()
    change_head(snapshot, **change)
    replayed.append(0)
    assert seen(start()) == before
    assert replayed[-1] == 7


def test_a_reset_makes_the_snapshot_void(start):
    sandbox = start()
    use(sandbox, 0, 3)
    sandbox.save_snapshot()
    steer(sandbox, "reset", {})
    assert start().conversations == []


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path("harm").touch, ())


@pytest.mark.parametrize("object_", [Harmful(), sqlite3.connect, print, Path()])
def test_a_snapshot_runs_nothing(start, snapshot, object_, tmp_path, monkeypatch):
    from hashlib import sha256

    monkeypatch.chdir(tmp_path)
    sandbox = start()
    use(sandbox, 0, 1)
    sandbox.save_snapshot()
    payload = pickle.dumps(object_)
    line = json.loads(snapshot.read_bytes().partition(b"\n")[0])
    line["digest"] = sha256(payload).hexdigest()
    snapshot.write_bytes(json.dumps(line).encode() + b"\n" + payload)
    assert len(start().conversations) == 1
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("name", ["json.JSONDecoder", "json.codecs.builtins.eval", "json"])
def test_what_our_modules_import_is_none_of_ours(name):
    """A name may have dots, which lead from a module of ours to any other."""
    where = b"airflow_provider_flexout.sandbox.state.templates"
    named = [b"\x8c" + bytes([len(one)]) + one for one in (where, name.encode())]
    with pytest.raises(pickle.UnpicklingError, match="is not a part of the state"):
        _Unpickler(BytesIO(b"\x80\x04" + b"".join(named) + b"\x93.")).load()


def test_a_start_that_had_much_to_carry_out_leaves_a_snapshot(start, snapshot, monkeypatch):
    monkeypatch.setattr(journal_module, "_WORTH_A_SNAPSHOT", 5)
    sandbox = start()
    use(sandbox, 0, 2)
    start()
    assert not snapshot.exists()
    use(start(), 2, 1)
    start()
    assert snapshot.exists()


def test_one_is_written_every_so_many_requests(start, snapshot, monkeypatch, file):
    monkeypatch.setattr(journal_module, "_UNTIL_A_SNAPSHOT", 4)
    use(start(), 0, 3)
    line = json.loads(snapshot.read_bytes().partition(b"\n")[0])
    assert line["place"][1] == 4
    assert not file.with_name("sandbox.db.snapshot.new").exists()


def test_every_part_of_the_state_is_kept_or_left_out_on_purpose():
    store = Store(7)
    for of in KEPT:
        part = getattr(store, of) if of else store
        assert {*KEPT[of], *LEFT_OUT[of]} == set(type(part).__slots__), of
        assert not {*KEPT[of]} & {*LEFT_OUT[of]}
