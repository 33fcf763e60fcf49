"""Checks of form and query fields, and the JSON Schema that says the same."""

from __future__ import annotations

import jsonschema
import pytest

from airflow_provider_flexout.sandbox.wire.http import ApiError
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    boolean,
    enum,
    integer,
    json_text,
    moment,
    parse_fields,
    period,
    schema_of,
    sid,
    text,
)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (text(3), "abc", "abcd"),
        (sid("CH"), "CH" + 32 * "a", "CH1"),
        (enum("a", "b"), "a", "c"),
        (integer(1, 5), "5", "6"),
        (boolean, "true", "yes"),
    ],
)
def test_a_schema_allows_what_the_check_allows(check, good, bad):
    schema = schema_of(Param(check))
    read = {"integer": int, "boolean": lambda value: {"true": True}.get(value, value)}.get(
        schema["type"], str
    )
    check(good)
    jsonschema.validate(read(good), schema)
    with pytest.raises(ValueError, match=r"\w"):
        check(bad)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read(bad), schema)


def test_many_are_an_array():
    assert schema_of(Param(period(0), many=True)) == {
        "type": "array",
        "items": {"type": "string", "format": "duration"},
    }


def test_fields_are_read_strictly():
    fields = {"Name": Param(text(5), required=True), "Tag": Param(text(), many=True)}
    assert parse_fields([("Name", "Ada"), ("Tag", "a"), ("Tag", "b")], fields) == {
        "Name": "Ada",
        "Tag": ["a", "b"],
    }
    for pairs, reason in (
        ([], "Missing required parameter Name"),
        ([("Name", "too long")], "longer than 5 characters"),
        ([("Name", "Ada"), ("Name", "Bob")], "given more than once"),
        ([("Name", "Ada"), ("Nmae", "Ada")], "Nmae: unknown"),
    ):
        with pytest.raises(ApiError, match=reason) as caught:
            parse_fields(pairs, fields)
        assert (caught.value.status, caught.value.code) == (400, 20001)
    assert parse_fields([("Name", "Ada"), ("Nmae", "x")], fields, ignore_unknown=True) == {"Name": "Ada"}


def test_dates_and_periods():
    assert moment("2026-03-01T09:00:00Z") == moment("2026-03-01T10:00:00+01:00") == 1772355600
    assert moment("2026-03-01") == 1772323200
    assert period(60)("P1DT2H") == 93_600
    for check, wrong in (
        (moment, "yesterday"),
        (moment, "1969-01-01"),
        (period(60), "PT59S"),
        (period(0), "P"),
    ):
        with pytest.raises(ValueError, match=r"not an?|shorter"):
            check(wrong)


@pytest.mark.parametrize("wrong", ["[]", "{", '"text"', '{"a": "' + 33 * "ä" + '"}'])
def test_attributes_are_an_object_of_so_many_characters(wrong):
    right = '{"a": "' + 31 * "ä" + '"}'
    assert json_text(40)(right) == right
    with pytest.raises(ValueError, match=r"JSON|longer"):
        json_text(40)(wrong)
