"""Taking results apart that another program has made."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.alerts.readers.parse import loaded, unknown, whole_number
from airflow_provider_flexout.outreach.errors import InvalidInput

RESULT = {"results": []}


def test_a_result_may_be_an_object_or_json_or_a_file(tmp_path):
    file = tmp_path / "result.json"
    file.write_text(json.dumps(RESULT))
    for given in (RESULT, json.dumps(RESULT), file, str(file)):
        assert loaded(given, "dbt") == RESULT


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("there/is/none.json", "is not a dbt result|neither a dbt result"),
        ("{broken", "is not a dbt result|neither a dbt result"),
        ("[1]", "is an object, this is a list"),
        (17, "is an object, this is a int"),
    ],
)
def test_what_is_none_of_these_is_refused(given, problem):
    with pytest.raises(InvalidInput, match=problem):
        loaded(given, "dbt")


def test_an_unknown_shape_is_described_without_addresses():
    error = unknown("dbt", "results", {"+12025550117": 1, "b": 2})
    assert "expected results; it has" in str(error)
    assert "2025550117" not in str(error)


@pytest.mark.parametrize(("value", "number"), [(3, 3), (True, None), ("3", None), (3.5, None), (None, None)])
def test_a_count_is_a_whole_number(value, number):
    assert whole_number(value) == number
