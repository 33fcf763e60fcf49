"""Assets of the scheme ``flexout``, by Airflow's own way to make them."""

from __future__ import annotations

import pytest
from airflow.sdk import Asset

from airflow_provider_flexout.assets.flexout import convert_asset_to_openlineage, create_asset


def test_assets_have_a_kind_and_a_name():
    assert create_asset(name="late").uri == Asset("flexout://alerts/late").uri == "flexout://alerts/late"
    assert create_asset(kind="replies", name="x").uri == "flexout://replies/x"
    for wrong in ("flexout://alerts/", "flexout://alarms/late"):
        with pytest.raises(ValueError, match="flexout://replies/<name>"):
            Asset(wrong)


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("flexout://alerts/late orders", "late orders"),
        ("flexout://replies/orders/tell", "orders/tell"),
        ("flexout://replies/+12025550117", "+1•••••0117"),
    ],
)
def test_openlineage_names_an_asset_by_its_kind_and_name(uri, name):
    dataset = convert_asset_to_openlineage(Asset(uri), None)
    assert dataset.namespace == uri[: uri.index("/", 10)]
    assert dataset.name == name
