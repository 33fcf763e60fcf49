"""Assets of the scheme ``flexout``, by Airflow's own way to make them."""

from __future__ import annotations

import pytest
from airflow.sdk import Asset

from airflow_provider_flexout.assets.flexout import create_asset


def test_assets_have_a_kind_and_a_name():
    assert create_asset(name="late").uri == Asset("flexout://alerts/late").uri == "flexout://alerts/late"
    assert create_asset(kind="replies", name="x").uri == "flexout://replies/x"
    for wrong in ("flexout://alerts/", "flexout://alarms/late"):
        with pytest.raises(ValueError, match="flexout://replies/<name>"):
            Asset(wrong)
