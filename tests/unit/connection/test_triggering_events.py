"""The asset events that started a run, for whoever reads what is in them."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.alerts.assets import alerts_of
from airflow_provider_flexout.connection.triggering_events import each_event
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.triggers.asset_events import replies_of


def test_each_event_comes_with_its_asset():
    assert list(each_event({"a": ["first", "second"], "b": ["third"], "c": []})) == [
        ("a", "first"),
        ("a", "second"),
        ("b", "third"),
    ]


@pytest.mark.parametrize("read", [alerts_of, replies_of])
@pytest.mark.parametrize(("given", "named"), [(None, "None"), ([], "a list"), ("{{ x }}", "a str")])
def test_what_is_something_else_is_named(read, given, named):
    with pytest.raises(InvalidInput) as refused:
        read(given)
    assert str(refused.value) == (
        f"triggering_asset_events: got {named}; pass what Airflow's context has under that name."
    )
