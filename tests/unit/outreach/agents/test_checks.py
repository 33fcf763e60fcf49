"""What may not be asked of an interaction or its task."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.agents.checks import check_closing, check_patch
from airflow_provider_flexout.outreach.errors import InvalidInput


def test_parking_completes_the_task():
    with pytest.raises(InvalidInput, match="only when its task is completed"):
        check_closing("KD" + 32 * "0", None, "wrapping", "inactive")


@pytest.mark.parametrize("name", ["conversationSid", "flexInteractionSid", "flexout_key"])
def test_what_ties_a_task_to_its_interaction_is_not_changed(name):
    with pytest.raises(InvalidInput, match=f"{name} must not be changed"):
        check_patch({name: "x"})
