"""What the connection provides, and what is said when nobody does."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

EXTRA = {"sms_from": "+15005550006", "queue_sid": "", "instance_sid": None, "region": "ie1"}


def test_empty_fields_count_as_missing_and_other_fields_are_left_out():
    assert ConnectionDefaults.from_extra("flex", EXTRA) == ConnectionDefaults(
        "flex", senders={"sms_from": "+15005550006"}
    )


def test_the_argument_comes_before_the_connection():
    defaults = ConnectionDefaults.from_extra("flex", EXTRA)
    assert defaults.require("+15005550007", "from_", "sms_from") == "+15005550007"
    assert defaults.require(None, "from_", "sms_from") == "+15005550006"


@pytest.mark.parametrize("field", ["queue_sid", "pager_from"])
def test_without_either_both_places_are_named(field):
    with pytest.raises(InvalidInput, match=f"from_: missing. .* set '{field}' in the extra of .* 'flex'"):
        ConnectionDefaults.from_extra("flex", EXTRA).require("", "from_", field)
