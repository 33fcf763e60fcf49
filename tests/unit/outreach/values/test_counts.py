"""Numbers in sentences."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.values.counts import count_of


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 contacts"), (1, "1 contact"), (2, "2 contacts"), (12_345, "12,345 contacts")]
)
def test_one_is_not_many(number, text):
    assert count_of(number, "contact") == text
