"""Numbers of the controls: what is one, and the sentence where it is none."""

from __future__ import annotations

import math

import pytest

from airflow_provider_flexout.sandbox.wire.numbers import positive_number, whole_number


@pytest.mark.parametrize(("value", "number"), [(1, 1), (1000, 1000), (7.0, 7)])
def test_a_whole_number_within_its_limits(value, number):
    found = whole_number("times", value, 1, 1000)
    assert (found, type(found)) == (number, int)


@pytest.mark.parametrize("value", [0, 1001, 7.5, math.nan, math.inf, True, "7", None, [7]])
def test_any_other_is_refused_with_its_limits(value):
    with pytest.raises(ValueError, match=r"^times is a whole number from 1 to 1,000, not "):
        whole_number("times", value, 1, 1000)


@pytest.mark.parametrize("value", [0, -1, 3600.5, math.nan, -math.inf, True, "7", None])
def test_what_is_not_above_zero_is_refused(value):
    assert positive_number("speed", 3600, 3600) == 3600
    with pytest.raises(ValueError, match=r"^speed is a number above 0 and up to 3,600, not "):
        positive_number("speed", value, 3600)


def test_a_long_value_is_cut_in_the_sentence():
    with pytest.raises(ValueError, match=r"not 10{39}$"):
        whole_number("times", 10**300, 1, 1000)
