"""The columns, as the docstrings and the page for users describe them."""

from __future__ import annotations

import inspect
import re
from datetime import datetime

import pytest

from airflow_provider_flexout.outreach.results.ending import ENDINGS
from airflow_provider_flexout.outreach.results.rows import (
    OptOutRow,
    OutreachMessageRow,
    OutreachRow,
    columns_of,
)
from tests.paths import ROOT

PAGE = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
TYPES = {str: "text", int: "integer", float: "seconds", datetime: "moment"}


@pytest.mark.parametrize(
    ("row", "heading"),
    [
        (OutreachRow, "`outreach`"),
        (OutreachMessageRow, "`outreach_message`"),
        (OptOutRow, "`opt_out`"),
    ],
)
def test_each_column_is_described(row, heading):
    names = [one.name for one in columns_of(row)]
    assert re.findall(r"^:param (\w+):", inspect.getdoc(row), re.MULTILINE) == names
    table = PAGE.split(f"### {heading}")[1].split("\n#")[0]
    told = re.findall(r"^\| `(\w+)` \| (\w+)", table, re.MULTILINE)
    assert told == [(one.name, TYPES[one.type]) for one in columns_of(row)]


def test_each_ending_is_described():
    table = PAGE.split("### How it ended")[1].split("\n#")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == ENDINGS


def test_columns_may_be_left_out():
    assert "address" in {one.name for one in columns_of(OutreachRow)}
    assert "address" not in {one.name for one in columns_of(OutreachRow, ("address",))}


def test_which_columns_have_a_value_in_each_row():
    assert [one.name for one in columns_of(OutreachMessageRow) if one.required] == [
        "message_sid",
        "outreach_key",
        "conversation_sid",
        "direction",
        "author_kind",
    ]
