"""One reading of the values of pandas and databases, and of the user's own key."""

from __future__ import annotations

import json
import math
from array import array
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import (
    check_characters,
    entry_text,
    plain,
    readable,
    user_key,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "value",
    [
        None, math.nan, Decimal("NaN"), Decimal("sNaN"), np.float64("nan"), np.float32("nan"),
        np.longdouble("nan"),
        np.datetime64("NaT"), np.timedelta64("NaT"), pd.NaT, pd.NA,
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_missing_is_none_in_each_of_its_forms(value):
    assert plain(value) is None
    assert plain({"name": value, "all": [value]}) == {"name": None, "all": [None]}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("nan", "nan"), ("", ""), (True, True), (4711, 4711), (12.5, 12.5),
        (np.int64(4711), 4711), (np.float64(12.5), 12.5), (np.bool_(True), True),
        (np.longdouble(12.5), 12.5), (np.array([np.longdouble(1)]), [1.0]),
        (np.array([1, 2]), [1, 2]), ((1, Decimal(2)), (1, "2")),
        (Decimal("12.50"), "12.50"), (date(2026, 11, 22), "2026-11-22"), (time(9, 30), "09:30:00"),
        (NOON, "2026-11-22 12:00:00+00:00"), (timedelta(hours=1), "1:00:00"), (pd.Timedelta("1h"), "1:00:00"),
        (np.timedelta64(1, "h"), "1:00:00"), (np.timedelta64(3600 * 10**9, "ns"), "1:00:00"),
        (pd.Period("2026-11"), "2026-11"), ({np.int64(1): 2}, {1: 2}),
        pytest.param(memoryview(b"ab"), "ab", id="memoryview"),
        (pd.Timestamp(NOON), "2026-11-22 12:00:00+00:00"),
        (np.datetime64("2026-11-22"), "2026-11-22"),
        (np.datetime64("2026-11-22", "ns"), "2026-11-22T00:00:00.000000000"),
        (pd.Timedelta("1 days 2 seconds 3 us"), "1 day, 0:00:02.000003"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"), ("café".encode(), "café"),
    ],
    ids=repr,
)  # fmt: skip
def test_all_others_are_what_json_holds_and_a_message_shows(value, read):
    got = plain(value)
    assert (got, type(got)) == (read, type(read))
    json.dumps(got, allow_nan=False)


@pytest.mark.parametrize(
    "value",
    [
        b"caf\xe9",
        Decimal("Infinity"),
        {1, 2},
        math.inf,
        array("i", [1]),
        np.clongdouble(1),
        pytest.param(object(), id="object"),
    ],
    ids=repr,
)
def test_what_is_not_one_of_these_is_for_others_to_refuse(value):
    assert plain(value) is value


def test_a_row_of_a_data_frame():
    frame = pd.DataFrame({"name": ["Ada", None], "order": [4711, None], "at": [pd.Timestamp(NOON), pd.NaT]})
    assert plain(frame.to_dict("records")) == [
        {"name": "Ada", "order": 4711.0, "at": "2026-11-22 12:00:00+00:00"},
        {"name": None, "order": None, "at": None},
    ]


@pytest.mark.parametrize(
    "value", ["a\ud800", {"a\ud800": 1}, {"a": "\ud800"}, ["a", ("\ud800",)], {"\ud800"}], ids=repr
)
def test_a_text_that_is_not_utf_8_is_refused_by_its_argument(value):
    with pytest.raises(InvalidInput, match=r"^name: holds half of a surrogate pair, so it is not UTF-8\.$"):
        check_characters("name", value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"a\0b", "a\ufffdb"), (bytearray(b"caf\xe9"), "caf\ufffd"),
        ({"\ud800": b"\0"}, {"\ufffd": "\ufffd"}),
        (["\ud800", ("\0",)], ["\ufffd", ("\ufffd",)]), ("\ud83d\ude00", "\U0001f600"), (4711, 4711),
    ],
    ids=repr,
)  # fmt: skip
def test_a_text_is_written_without_what_utf_8_does_not_have(value, written):
    assert readable(value) == written


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (None, ""), (math.nan, ""), (" '+12025550141' ", "+12025550141"),
        ("\u202a+12025550141\u202c", "+12025550141"),
        (0, "0"), (0.0, "0"), (12025550141.0, "12025550141"), (np.float64(12025550141), "12025550141"),
        (999_999_999_999_999.0, "999999999999999"), (b"ada@example.com", "ada@example.com"),
    ],
    ids=repr,
)  # fmt: skip
def test_an_entry_of_a_list_is_a_text(entry, text):
    assert entry_text(entry) == text


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (True, "a bool"), (-1, "an int"), (-1.0, "a float"), (1.5, "a float"), (1e15, "a float"),
        (date(2026, 11, 22), "a date"), (time(9, 30), "a time"),
        (np.datetime64("2026-11-22"), "a datetime64"),
        (["+12025550141"], "a list"),
    ],
    ids=repr,
)  # fmt: skip
def test_an_entry_that_can_be_no_address_is_refused(entry, kind):
    with pytest.raises(ValueError, match=f"^is {kind}, not an address$"):
        entry_text(entry)


@pytest.mark.parametrize("text", ["", " ", "k" * 257])
def test_a_key_that_is_empty_or_too_long_is_refused(text: str):
    expected = (
        "257 characters; at most 256 are allowed" if text.strip() else "empty; leave it out for one contact"
    )
    with pytest.raises(InvalidInput, match=f"^idempotency_key: {expected}"):
        user_key("interaction", text)


def test_a_key_of_256_characters_is_taken():
    assert len(user_key("interaction", "k" * 256)) == 34


def test_it_is_made_of_the_kind_and_the_text():
    assert user_key("message", "order 7") == durable.user_text_key("message", "order 7")
    assert user_key("message", "order 7") != user_key("interaction", "order 7")


def test_a_key_that_a_template_made_a_number_is_taken():
    assert user_key("interaction", 20261122) == user_key("interaction", "20261122")


@pytest.mark.parametrize("value", [np.int64(17), Decimal("17"), UUID(int=17), date(2026, 11, 22), b"17"])
def test_a_key_from_a_column_of_ids_is_its_text(value):
    text = value.decode() if isinstance(value, bytes) else str(value)
    assert user_key("interaction", value) == user_key("interaction", text)


@pytest.mark.parametrize(
    ("value", "named"),
    [(None, "None"), (1.5, "a float"), (True, "a bool"), (["k"], "a list"), ({"k": 1}, "a dict")],
)
def test_what_is_no_text_is_refused(value, named):
    with pytest.raises(InvalidInput, match=f"^idempotency_key: got {named}"):
        user_key("interaction", value)
