"""SIDs, and what is told of a value that is none."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.sids import check_sid, is_sid

HEX = "0123456789abcdefABCDEF0123456789"


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (f"CH{HEX}", True),
        (f"CH{HEX[:-1]}", False),
        (f"CH{HEX}0", False),
        (f"WT{HEX}", False),
        (f"ch{HEX}", False),
        (f"CH{HEX[:-1]}g", False),
        (None, False),
    ],
)
def test_what_is_a_sid(value, is_one):
    assert is_sid(value, "CH") is is_one


def test_a_sid_of_another_kind_is_named():
    with pytest.raises(InvalidInput, match=rf"got the SID of a task \(WT{HEX}\)\.$"):
        check_sid("conversation_sid", f"WT{HEX}", "CH")


@pytest.mark.parametrize("value", ["+12025550117", "ada@example.com"])
def test_an_address_in_its_place_is_not_shown(value):
    with pytest.raises(InvalidInput, match=r"expected the SID of a conversation \(CH and 32") as refused:
        check_sid("conversation_sid", value, "CH")
    assert value not in str(refused.value)
