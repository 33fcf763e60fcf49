"""Contacts from files: every row comes out, or is told of by its line; never more than a piece in memory."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from airflow.sdk import ObjectStoragePath
from airflow.sdk.io import attach
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_flexout.bulk.sources.csv import DelimitedRows
from airflow_provider_flexout.bulk.sources.lines import ENDLESS, JsonLineRows
from airflow_provider_flexout.bulk.sources.open import rows_of
from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header, Row
from airflow_provider_flexout.outreach.errors import InvalidInput

ADA, BOB = "+12025550101", "+12025550102"


def told(rows: object) -> dict[int, object]:
    """By line: the values, or what is wrong."""
    return {
        one.line: dict(one.values) if isinstance(one, Row) else one.problem
        for one in rows
        if not isinstance(one, Header)
    }


def csv_rows(tmp_path: Path, content: str | bytes, **given: object) -> dict[int, object]:
    file = tmp_path / "contacts.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return told(rows_of({"path": str(file), **given}))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("to,name\r\n+1,Ada\r\n+2,Bob\r\n", {2: {"to": "+1", "name": "Ada"}, 3: {"to": "+2", "name": "Bob"}}),
        ("\ufeffto\n+1\n", {2: {"to": "+1"}}),
        (" to , name\n+1,Ada", {2: {"to": "+1", "name": "Ada"}}),
        ("to\n\n+1\n\n", {3: {"to": "+1"}}),
        ("to,name\n+1,\n", {2: {"to": "+1", "name": ""}}),
        ('to,name\n+1,"Ada,\nof London"\n+2,Bob\n', {2: {"to": "+1", "name": "Ada,\nof London"}, 4: ...}),
        ('to,name\n+1,"Ada ""A."" L."\n', {2: {"to": "+1", "name": 'Ada "A." L.'}}),
        ("to,name\n+1\n+2,Bob\n", {2: "has 1 values, the header has 2", 3: ...}),
        ("to,name\n+1,Ada,x\n+2,Bob\n", {2: "has 3 values, the header has 2", 3: ...}),
        ('to,name\n+1,"Ada\n+2,Bob\n+3,Cy\n', {2: "a quote is not closed", 3: ..., 4: ...}),
        ('to,name\n+1,5" pipe\n+2,Bob\n+3,7" pipe\n+4,Dee\n', {2: ..., 3: ..., 4: ..., 5: ...}),
        ('to,name\n+1,"Ada\n+2,Bob\n+3,"Cy\n+4,Dee\n', {2: ..., 3: ..., 4: ..., 5: ...}),
        (
            "to,name\n+1,Zoë\n".encode() + "+2,Zoë\n".encode("latin-1") + b"+3,Cy\n",
            {2: ..., 3: "is not UTF-8", 4: ...},
        ),
        ("to,name\n+1,A\0da\n+2,Bob\n", {2: "holds a NUL byte, as UTF-16 does", 3: ...}),
        ('to,name\n+1,"A\nd\0a"\n+2,Bob\n', {2: "holds a NUL byte, as UTF-16 does", 3: ..., 4: ...}),
        ("to\n", {}),
    ],
)
def test_csv(tmp_path, content, expected):
    found = csv_rows(tmp_path, content)
    assert set(found) == set(expected)
    for line, values in expected.items():
        assert values in (..., found[line])


def test_an_open_quote_costs_its_own_line_only(tmp_path):
    found = csv_rows(tmp_path, 'to,name\n+1,"Ada\n+2,Bob\n+3,"Cy\n+4,Dee\n')
    assert [line for line, one in found.items() if isinstance(one, str)] == [2, 4]
    assert (found[3], found[5]) == ({"to": "+2", "name": "Bob"}, {"to": "+4", "name": "Dee"})


def test_an_open_quote_does_not_swallow_the_rest_of_the_file(tmp_path):
    people = "".join(f"+{number},x\n" for number in range(1000))
    found = csv_rows(tmp_path, f'to,name\n+9,"Ada\n{people}')
    assert len(found) == 1001
    assert [one for one in found.values() if isinstance(one, str)] == ["a quote is not closed"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        ("to,näme\n".encode("latin-1"), "is not UTF-8"),
        ("to\n+1\n".encode("utf-16"), "is not UTF-8"),
        (b'to,"na\n+1,x\n', "a quote is not closed"),
        ("to\n+1\n".encode("utf-16-le"), "holds a NUL byte, as UTF-16 does"),
    ],
)
def test_a_csv_file_without_a_header_is_refused(tmp_path, content, problem):
    with pytest.raises(InvalidInput, match=problem):
        csv_rows(tmp_path, content)


def test_json_lines(tmp_path):
    file = tmp_path / "contacts.jsonl"
    lines = [
        b'\xef\xbb\xbf{"to": "+1"}',
        b"{",
        b"[1]",
        b"",
        '{"to": "Zoë"}'.encode("latin-1"),
        b'{"to": 2}',
        b'{"to":\0 2}',
    ]
    file.write_bytes(b"\n".join(lines))
    assert told(rows_of(str(file))) == {
        1: {"to": "+1"},
        2: "is not JSON",
        3: "is a list, not an object of columns",
        5: "is not UTF-8",
        6: {"to": 2},
        7: "holds a NUL byte, as UTF-16 does",
    }


def parquet(path: Path, count: int) -> str:
    pq.write_table(pa.table({"to": [f"+{number}" for number in range(count)]}), path, row_group_size=1000)
    return str(path)


def test_parquet(tmp_path):
    rows = rows_of(parquet(tmp_path / "contacts.parquet", 2500))
    header, *found = rows
    assert header == Header(["to"])
    assert [one.values["to"] for one in found] == [f"+{number}" for number in range(2500)]
    assert rows.share() == 1.0


def test_what_is_no_parquet_is_refused(tmp_path):
    file = tmp_path / "contacts.parquet"
    file.write_text("to\n+1\n")
    with pytest.raises(InvalidInput, match="is not a Parquet file"):
        list(rows_of(str(file)))


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_parts_join_to_the_whole(tmp_path, suffix):
    file = tmp_path / f"contacts.{suffix}"
    if suffix == "parquet":
        parquet(file, 25)
    elif suffix == "csv":
        file.write_text("to\n" + "".join("broken,row\n" if one == 7 else f"+{one}\n" for one in range(25)))
    else:
        file.write_text(
            "".join("{\n" if one == 7 else json.dumps({"to": f"+{one}"}) + "\n" for one in range(25))
        )
    whole, joined = told(rows_of(str(file))), {}
    for first in range(1, 31, 10):
        part = rows_of({"path": str(file), "first": first, "last": first + 9})
        found = told(part)
        assert part.share() == 1.0 or first > 20
        assert not joined.keys() & found.keys()
        joined |= found
    assert joined == whole
    assert len(whole) == 25


@pytest.mark.parametrize(
    "part",
    [
        {"first": "one"},
        {"first": 0},
        {"first": None},
        {"first": 1.5},
        {"first": float("inf")},
        {"first": True},
        {"last": "x"},
        {"last": -1},
    ],
)
def test_a_part_begins_and_ends_with_a_row(tmp_path, part):
    with pytest.raises(InvalidInput, match="is not the number of a row"):
        csv_rows(tmp_path, "to\n+1\n", **part)


def test_a_part_may_be_rendered_by_a_template(tmp_path):
    assert csv_rows(tmp_path, "to\n+1\n+2\n+3\n", first="2", last="2") == {3: {"to": "+2"}}


@pytest.mark.parametrize("scheme", ["file", "memory"])
def test_object_storage(tmp_path, scheme):
    attach("memory", fs=MemoryFileSystem())  # in place of a provider, which would bring s3 or gs
    url = f"{scheme}://{tmp_path}/contacts.csv"
    with ObjectStoragePath(url).open("w") as file:
        file.write("to\n+1\n")
    assert told(rows_of(url)) == {2: {"to": "+1"}}


@pytest.mark.parametrize(
    ("contacts", "problem"),
    [
        ("/nowhere/contacts.csv", "there is no file"),
        ("/nowhere/contacts.xlsx", "is not one of .csv"),
        ("swift://bucket/contacts.csv", "swift.*; the Airflow provider that brings it is missing"),
        ({"path": "/x.csv", "sheet": 1}, "'sheet' is not one of path"),
        (7, "int is not a source of contacts"),
    ],
)
def test_what_cannot_be_read_is_refused(contacts, problem):
    with pytest.raises(InvalidInput, match=problem):
        list(rows_of(contacts))


class Counted(io.RawIOBase):
    """A file of a million lines that are made as they are read, and counted."""

    def __init__(self, head: bytes, line: bytes) -> None:
        self._head, self._line, self.lines = head, line, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if self.lines == 1_000_000:
            return 0
        piece, self._head = self._head + self._line * 10, b""
        self.lines += 10
        buffer[: len(piece)] = piece
        return len(piece)


class CountedPath:
    name = "contacts"

    def __init__(self, raw: Counted) -> None:
        self._raw = raw

    def open(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._raw, 1000)


@pytest.mark.parametrize(
    ("make", "head", "line"),
    [
        (lambda file, part: DelimitedRows(file, ",", part), b"to,name\n", b"+12025550101,Ada\n"),
        (JsonLineRows, b"", b'{"to": "+12025550101"}\n'),
    ],
    ids=["csv", "jsonl"],
)
def test_a_file_is_read_as_far_as_its_rows_are_wanted(make, head, line):
    raw = Counted(head, line)
    rows = iter(make(CountedPath(raw), range(1, ENDLESS)))
    for number in range(1, 5001):
        next(rows)
        assert raw.lines <= number + 100


def test_a_broken_row_shows_nothing_of_its_content(tmp_path):
    found = csv_rows(tmp_path, f'to,name\n{ADA},"Ada\n{BOB}\n')
    assert all(isinstance(one, str) and "+1202" not in one for one in found.values())
    assert BrokenRow(2, found[2])
