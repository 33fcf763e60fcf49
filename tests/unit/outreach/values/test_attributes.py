"""Attributes as JSON."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.attributes import as_json


def test_attributes_are_written_short_and_as_they_are():
    assert as_json({"a": [1, "ä"]}) == '{"a":[1,"ä"]}'
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        as_json({"a": float("nan")})
