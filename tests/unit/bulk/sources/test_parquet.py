"""A Parquet file, of which a part may be meant."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from airflow.sdk import ObjectStoragePath

from airflow_provider_flexout.bulk.sources.parquet import ParquetRows
from airflow_provider_flexout.bulk.sources.row import Header
from airflow_provider_flexout.outreach.errors import InvalidInput


@pytest.fixture
def people(tmp_path):
    table = pa.table({"to": [f"+{one}" for one in range(1, 11)], "days": list(range(10))})
    pq.write_table(table, tmp_path / "people.parquet", row_group_size=4)
    return ObjectStoragePath(f"file://{tmp_path / 'people.parquet'}")


def test_a_part_of_it(people):
    rows = ParquetRows(people, range(3, 6))
    header, *found = rows
    assert header == Header(["to", "days"])
    assert [(one.line, one.values["days"]) for one in found] == [(3, 2), (4, 3), (5, 4)]
    assert (rows.count(), str(rows)) == (3, "people.parquet")


def test_how_much_of_it_has_been_read(people):
    rows = ParquetRows(people, range(1, 2**62))
    assert rows.share() is None
    reading = iter(rows)
    for _ in range(6):
        next(reading)
    assert rows.share() == 0.5


def test_another_file_is_refused(tmp_path):
    file = tmp_path / "people.parquet"
    file.write_text("to\n+12025550101\n")
    with pytest.raises(InvalidInput, match=r"people\.parquet is not a Parquet file"):
        list(ParquetRows(ObjectStoragePath(f"file://{file}"), range(1, 9)))
