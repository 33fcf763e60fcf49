"""Assets of the scheme ``flexout``, by Airflow's own way to make them."""

from __future__ import annotations

import pytest
from airflow.sdk import Asset

from airflow_provider_flexout.assets.flexout import create_asset
from airflow_provider_flexout.outreach.durable import ASSET_KINDS


def test_assets_have_a_kind_and_a_name():
    assert create_asset(name="late").uri == Asset("flexout://alerts/late").uri == "flexout://alerts/late"
    assert create_asset(kind="replies", name="x").uri == "flexout://replies/x"
    for wrong in ("flexout://alerts/", "flexout://alarms/late"):
        with pytest.raises(ValueError, match="flexout://replies/<name>"):
            Asset(wrong)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("to +12025550117", "+1•••••0117"),
        ("%2B12025550117", "+1•••••0117"),
        ("late/2025550117", "20•••"),
        ("whatsapp:+12025550117", "whatsapp:+1•••••0117"),
        ("ada@example.com", "a•••@example.com"),
        ("ada%40example.com", "a•••@example.com"),
        ("late?to=%2B12025550117", "+1•••••0117"),
    ],
)
@pytest.mark.parametrize("kind", ASSET_KINDS)
def test_an_address_in_a_name_is_refused(kind, name, shown):
    for make in (lambda: create_asset(kind=kind, name=name), lambda: Asset(f"flexout://{kind}/{name}")):
        with pytest.raises(ValueError, match="Name it after what it is about") as refused:
            make()
        assert shown in str(refused.value)
        assert "2025550117" not in str(refused.value)
        assert "ada@" not in str(refused.value)


def test_an_address_after_what_airflow_cuts_off_the_uri_is_refused():
    with pytest.raises(ValueError, match="Name it after what it is about"):
        create_asset(name="late#+12025550117")


def test_an_address_in_what_is_no_uri_of_ours_is_masked():
    for uri in ("flexout://+12025550117/late", "flexout://alarms/+12025550117"):
        with pytest.raises(ValueError, match=r"flexout://replies/<name>|Name it") as refused:
            Asset(uri)
        assert "12025550117" not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["orders_2026-11-29", "orders/2026/11/29", "late orders", "top100", "orders.v2"]
)
def test_days_and_versions_are_names(name):
    assert create_asset(name=name).uri
