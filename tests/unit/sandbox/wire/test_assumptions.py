"""What is assumed of Twilio, and the switches that assume otherwise."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.wire.assumptions import ASSUMPTIONS
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings


def test_every_assumption_has_its_switch():
    settings = SandboxSettings()
    for each in ASSUMPTIONS:
        first, *others = each.choices
        assert getattr(settings, each.setting) == first
        assert others
        for choice in others:
            settings.update({each.setting: choice})
    texts = {name for name, value in SandboxSettings().as_dict().items() if isinstance(value, str)}
    assert texts == {each.setting for each in ASSUMPTIONS}
