"""Studio flows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_flexout.outreach.diagnosis.finding import Level
from airflow_provider_flexout.outreach.diagnosis.studio import _judge
from airflow_provider_flexout.sandbox.state.seed import FLOW_SID
from airflow_provider_flexout.twilio.api.studio import Flow
from tests.unit.outreach.diagnosis.conftest import SID


def test_a_flow_that_is_not_there(complaint):
    found = complaint(studio_flow_sid="FW" + SID)
    assert (found.subject, found.level) == ("studio flow", Level.WRONG)
    assert "CreateConversationOperator" in found.meaning


@pytest.mark.parametrize(("kind", "level"), [("bot_first", Level.GOOD), ("fails", Level.DOUBTFUL)])
def test_a_flow_without_send_to_flex(diagnosed, sandbox, kind, level):
    flow = sandbox.studio_flow("Ours", kind)
    found = {one.subject: one.level for one in diagnosed(studio_flow_sid=flow.sid)}
    assert found["studio flow"] is level


def test_a_draft(diagnosed, sandbox):
    flows = sandbox._store.studio.flows
    flows[FLOW_SID] = replace(flows[FLOW_SID], status="draft")
    wrong = [one for one in diagnosed() if one.level is Level.WRONG]
    assert {one.subject for one in wrong} >= {"studio flow", "replies to +15005550006"}
    assert all(one.seen.endswith("is a draft.") for one in wrong)


@pytest.mark.parametrize(
    ("widgets", "level"),
    [
        ([], Level.DOUBTFUL),
        ([{"type": "send-to-flex"}], Level.GOOD),
        ([{"type": "trigger", "transitions": None}, {"type": "send-to-flex"}], Level.WRONG),
        ([{"type": "trigger", "transitions": [{"event": "incomingMessage", "next": "x"}]}], Level.WRONG),
        ([{"type": "trigger", "transitions": [{"event": "incomingConversationMessage"}]}], Level.WRONG),
        (
            [
                {"type": "trigger", "transitions": [{"event": "incomingConversationMessage", "next": "x"}]},
                {"type": "send-to-flex"},
            ],
            Level.GOOD,
        ),
    ],
)
def test_what_a_definition_does(widgets, level):
    flow = Flow.model_validate({"sid": "FW1", "status": "published", "definition": {"states": widgets}})
    assert _judge("studio flow", flow, "").level is level
