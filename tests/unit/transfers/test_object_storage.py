"""The same rows in files, each of which appears whole."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timezone

import pyarrow.parquet
import pytest

from airflow_provider_flexout.outreach.results.rows import OutreachMessageRow, OutreachRow, columns_of
from airflow_provider_flexout.tables.files import TableFiles
from airflow_provider_flexout.transfers.outreach import OutreachToObjectStorageOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.transfers.conftest import campaign, contacts, rows_in
from tests.unit.transfers.test_outreach import to_sql

EVERYTHING = {"include_addresses": True, "include_bodies": True}


def to_files(folder, ending, **arguments):
    given = {
        "path": f"file://{folder}/{{{{ ds }}}}/outreach{ending}",
        "messages_path": f"{folder}/messages{ending}",
        "lookback": "1d",
    }
    return OutreachToObjectStorageOperator(task_id="results", **given | arguments)


def read_json_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_csv(path):
    with path.open(newline="") as lines:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]


READERS = {
    ".parquet": lambda path: pyarrow.parquet.read_table(path).to_pylist(),
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".csv": read_csv,
}


def as_text(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    return value if value is None else str(value)


def same(rows, expected, row_class):
    """Compare rows as text: SQLite has no moments, and CSV nothing else."""
    moments = {one.name for one in columns_of(row_class) if one.type is datetime}
    for row in expected:
        for name in moments:
            if row[name]:
                row[name] = datetime.fromisoformat(row[name]).replace(tzinfo=timezone.utc)
    texts = [
        [{name: as_text(value) for name, value in row.items()} for row in each] for each in (rows, expected)
    ]
    return sorted(texts[0], key=str) == sorted(texts[1], key=str)


@pytest.mark.parametrize("ending", READERS)
def test_they_hold_what_the_tables_hold(run, served, warehouse, ends, tmp_path, ending):
    run(to_sql(**EVERYTHING))
    for _ in range(2):
        run(to_files(tmp_path, ending, **EVERYTHING))
    read = READERS[ending]
    outreaches, messages = (
        read(tmp_path / "2026-11-22" / f"outreach{ending}"),
        read(tmp_path / f"messages{ending}"),
    )
    assert len(outreaches) == 9
    assert same(outreaches, rows_in(warehouse), OutreachRow)
    assert same(messages, rows_in(warehouse, "outreach_message"), OutreachMessageRow)


def test_a_parquet_file_has_types(run, served, tmp_path):
    run(campaign(contacts(1)))
    run(to_files(tmp_path, ".parquet"))
    schema = pyarrow.parquet.read_schema(tmp_path / "2026-11-22" / "outreach.parquet")
    assert str(schema.field("opened_at").type) == "timestamp[us, tz=UTC]"
    assert (str(schema.field("map_index").type), str(schema.field("time_to_reply").type)) == (
        "int64",
        "double",
    )
    assert "address" not in schema.names


def test_a_period_without_outreaches_makes_files_without_rows(run, served, tmp_path):
    run(to_files(tmp_path, ".parquet", messages_path=None))
    assert pyarrow.parquet.read_table(tmp_path / "2026-11-22" / "outreach.parquet").num_rows == 0
    assert not (tmp_path / "messages.parquet").exists()


def test_a_file_that_cannot_be_written_leaves_the_one_that_is_there(run, served, tmp_path, monkeypatch):
    run(campaign(contacts(3)))
    run(to_files(tmp_path, ".jsonl"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")}
    assert len(before) == 2

    def no_space(source, target):
        target.write_bytes(source.read_bytes()[:100])
        raise OSError(28, "No space left on device")

    run(campaign(contacts(3, first=3)))
    monkeypatch.setattr("shutil.copyfile", no_space)
    with pytest.raises(OSError, match="No space"):
        run(to_files(tmp_path, ".jsonl"))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.jsonl")} == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"path": "outreach.xlsx"}, r"path: outreach.xlsx ends with none of \.parquet, \.jsonl, \.ndjson"),
        ({"messages_path": "messages"}, "messages_path: messages ends with none of"),
        ({"path": "nowhere://bucket/a.csv"}, "path: .*nowhere.*; the Airflow provider that brings it"),
        ({"path": "a.csv", "messages_path": "a.csv"}, "messages_path: is the file of outreaches already"),
    ],
)
def test_bad_paths_are_refused_before_anything_is_read(run, served, tmp_path, arguments, problem):
    with pytest.raises(AirflowFailException, match=problem):
        run(to_files(tmp_path, ".csv", **arguments))
    assert len(served.requests) == 0


def test_both_files_are_named_for_people(tmp_path):
    one, two = tmp_path / "outreach.csv", tmp_path / "outreach_message.jsonl"
    assert str(TableFiles(str(one), str(two))) == "outreach.csv and outreach_message.jsonl"
    assert str(TableFiles(str(one), None)) == "outreach.csv"
