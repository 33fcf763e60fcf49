"""What transfers say they have written; ``tests/system/tools`` has OpenLineage's own provider ask them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.mixins.lineage import WrittenFile, WrittenTable
from airflow_provider_flexout.transfers.outreach import OutreachToObjectStorageOperator, OutreachToSqlOperator


@pytest.mark.parametrize(
    ("arguments", "tables"),
    [
        ({}, ["outreach", "outreach_message"]),
        ({"messages_table": None}, ["outreach"]),
        ({"table": "a.b", "opt_outs_table": "out"}, ["a.b", "outreach_message", "out"]),
    ],
)
def test_the_tables_that_are_written_are_named(arguments, tables):
    operator = OutreachToSqlOperator(task_id="results", conn_id="warehouse", **arguments)
    assert operator._written() == [WrittenTable("warehouse", one) for one in tables]


def test_the_files_that_are_written_are_named():
    paths = {"path": "s3://bucket/one.csv", "messages_path": "s3://bucket/two.csv"}
    operator = OutreachToObjectStorageOperator(task_id="results", conn_id="store", **paths)
    assert operator._written() == [WrittenFile(one, "store") for one in paths.values()]
    operator = OutreachToObjectStorageOperator(task_id="results", path="one.csv")
    assert operator._written() == [WrittenFile("one.csv", None)]
