"""Tasks are found by an attribute, also after it has changed."""

from __future__ import annotations

import json

from airflow_provider_flexout.sandbox.state.records import TaskRecord
from airflow_provider_flexout.sandbox.state.task_index import AttributeIndex


def task(number, **attributes):
    sids = ("WW", "WQ", "TC")
    return TaskRecord(
        f"WT{number}", number, 0, 0, json.dumps(attributes), *sids, None, False, 0, 60, "KD", "UO", "CH"
    )


def test_a_path_is_indexed_when_it_is_first_asked_for():
    index, first, second = AttributeIndex(), task(1, key="a"), task(2, key="b", deep={"key": "a"})
    assert index.find(("key",), "a", [first, second]) == [first]
    assert index.find(("deep", "key"), "a", [first, second]) == [second]
    third = task(3, key="a")
    index.add(third, {"key": "a"})
    assert index.find(("key",), "a", ()) == [first, third]


def test_what_changes_is_taken_out_before():
    index, row = AttributeIndex(), task(1, key="a")
    index.find(("key",), "a", [row])
    index.remove(row)
    row.attributes = '{"key": "b"}'
    index.add(row, {"key": "b"})
    assert index.find(("key",), "a", ()) == []
    assert index.find(("key",), "b", ()) == [row]


def test_only_text_is_indexed():
    index, row = AttributeIndex(), task(1, key=5)
    assert index.find(("key",), "5", [row]) == []
    index.remove(row)
