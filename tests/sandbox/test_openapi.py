"""The sandbox's own OpenAPI page says what its routes do."""

from __future__ import annotations

import jsonschema
import pytest

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.sandbox.wire.parameters import (
    Param,
    boolean,
    enum,
    integer,
    period,
    schema_of,
    sid,
    text,
)


@pytest.fixture
def document(anybody):
    return anybody.get("/sandbox/openapi.json").json()


def test_every_operation_is_on_it_with_all_of_its_fields(document, sandbox):
    assert document["servers"] == [{"url": sandbox.base_url}]
    told = {each["operationId"]: each for methods in document["paths"].values() for each in methods.values()}
    assert told.keys() == ROUTES.names
    for operation in ROUTES:
        places = {(each["in"], each["name"]) for each in told[operation.name]["parameters"]}
        assert {("query", name) for name in operation.query} <= places
        if operation.form:
            (content,) = told[operation.name]["requestBody"]["content"].values()
            assert content["schema"]["properties"].keys() == operation.form.keys()


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
