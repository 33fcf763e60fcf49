"""Studio flows."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api.studio import Flow, fetch_flow
from airflow_provider_flexout.twilio.http.call import RetrySafety


def test_reading_a_flow_is_safe_and_stays_in_its_path():
    call = fetch_flow("FW1/..")
    assert (call.retry_safety, call.path) == (RetrySafety.SAFE, "/v2/Flows/FW1%2F..")


@pytest.mark.parametrize(
    ("definition", "widgets"),
    [
        (None, []),
        ({}, []),
        ({"states": "none"}, []),
        ({"states": [{"type": "trigger"}, "not a widget"]}, [{"type": "trigger"}]),
    ],
)
def test_the_widgets_of_a_definition_in_any_form(definition, widgets):
    assert Flow.model_validate({"sid": "FW1", "definition": definition}).widgets == widgets
