"""Which execution of a flow waits for the customer."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.state.seed import FLOW_SID
from airflow_provider_flexout.sandbox.state.studio_flows import FlowExecution, StudioFlows


def execution(number: int, webhook_sid: str, status: str) -> FlowExecution:
    return FlowExecution(f"FN{number}", FLOW_SID, "CH1", webhook_sid, 0.0, status)


def test_one_flow_is_there_from_the_start():
    assert [each.kind for each in StudioFlows().flows.values()] == ["send_to_flex"]


def test_the_active_execution_is_the_webhooks_own():
    studio = StudioFlows()
    studio.executions += [
        execution(1, "WH1", "failed"),
        execution(2, "WH1", "active"),
        execution(3, "WH2", "active"),
    ]
    assert studio.active("WH1").sid == "FN2"
    assert studio.active("WH2").sid == "FN3"
    assert studio.active("WH3") is None


def test_only_an_execution_that_ended_well_has_handed_over():
    studio = StudioFlows()
    studio.executions += [
        execution(1, "WH1", "failed"),
        execution(2, "WH2", "active"),
        execution(3, "WH3", "ended"),
    ]
    assert [studio.has_handed_over(each) for each in ("WH1", "WH2", "WH3", "WH4")] == [
        False,
        False,
        True,
        False,
    ]
