"""SIDs: what one looks like, and that a seed repeats them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.wire.sids import Sids, is_sid, seeded


def test_the_same_seed_makes_the_same_sids():
    first, second = Sids(3), Sids(3)
    assert [first.new("CH"), first.new("IM")] == [second.new("CH"), second.new("IM")]
    assert Sids(3).new("CH") != Sids(4).new("CH")
    assert Sids(None).new("CH") != Sids(None).new("CH")
    assert seeded(7).random() == seeded(7).random()


def test_a_seed_draws_what_it_has_always_drawn():
    """People write down what a seed makes: it does not change between versions."""
    sids = Sids(7)
    assert sids.new("CH") == "CH6513270e269e0d37f2a74de452e6b438"
    assert sids.new("IM") == "IMd23f0824128b2f330c5c7fd0a6a3a450"


GOOD = ["CH" + 32 * "a", "CH" + 32 * "F"]
BAD = ["IM" + 32 * "a", "CH" + 31 * "a", "CH" + 33 * "a", "CH" + 32 * "g", "", None, 7]


@pytest.mark.parametrize("text", [*GOOD, *BAD])
def test_what_is_a_sid(text):
    assert is_sid(text, "CH") is (text in GOOD)
