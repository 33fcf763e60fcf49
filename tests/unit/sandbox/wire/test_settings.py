"""Settings take what is possible, all at once or not at all."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings


def test_durations_are_read():
    settings = SandboxSettings(task_list_lag="2m")
    settings.update({"channel_setup": "500ms"})
    assert (settings.task_list_lag, settings.channel_setup) == (120, 0.5)
    assert SandboxSettings(**settings.as_dict()) == settings


def test_a_misspelt_setting_is_no_setting():
    with pytest.raises(AttributeError):
        Sandbox().second_interaction = "drop"


def test_settings_change_together_or_not_at_all():
    settings = SandboxSettings()
    with pytest.raises(ValueError, match="close_twice"):
        settings.update({"second_interaction": "drop", "close_twice": "perhaps"})
    assert settings.second_interaction == "refuse"


@pytest.mark.parametrize(
    "wrong",
    [{"close_twice": "perhaps"}, {"accept_any_routing": "yes"}, {"speed": 1}, {"task_list_lag": "soon"}],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong)).replace("task_list_lag", "soon")):
        SandboxSettings().update(wrong)
