"""One reading of the values of pandas and databases."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from airflow_provider_flexout.outreach.values.plain import plain

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "value",
    [
        None, math.nan, Decimal("NaN"), Decimal("sNaN"), np.float64("nan"), np.float32("nan"),
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
        (np.array([1, 2]), [1, 2]), ((1, Decimal(2)), (1, "2")),
        (Decimal("12.50"), "12.50"), (date(2026, 11, 22), "2026-11-22"), (time(9, 30), "09:30:00"),
        (NOON, "2026-11-22 12:00:00+00:00"), (timedelta(hours=1), "1:00:00"), (pd.Timedelta("1h"), "1:00:00"),
        (np.timedelta64(1, "h"), "1:00:00"), (np.timedelta64(3600 * 10**9, "ns"), "1:00:00"),
        (pd.Period("2026-11"), "2026-11"), ({np.int64(1): 2}, {1: 2}),
        pytest.param(memoryview(b"ab"), "ab", id="memoryview"),
        (pd.Timestamp(NOON), "2026-11-22 12:00:00+00:00"),
        (np.datetime64("2026-11-22"), "2026-11-22"),
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
    [b"caf\xe9", Decimal("Infinity"), {1, 2}, math.inf, pytest.param(object(), id="object")],
    ids=repr,
)
def test_what_is_none_of_these_is_for_others_to_refuse(value):
    assert plain(value) is value


def test_a_row_of_a_data_frame():
    frame = pd.DataFrame({"name": ["Ada", None], "order": [4711, None], "at": [pd.Timestamp(NOON), pd.NaT]})
    assert plain(frame.to_dict("records")) == [
        {"name": "Ada", "order": 4711.0, "at": "2026-11-22 12:00:00+00:00"},
        {"name": None, "order": None, "at": None},
    ]
