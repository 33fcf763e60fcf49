"""Invites and participants of a channel: who they are, and what may be sent twice."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.twilio.api.invites import (
    ChannelParticipantPage,
    Invite,
    create_channel_participant,
    create_invite,
    list_channel_participants,
    list_invites,
    update_channel_participant,
)
from airflow_provider_flexout.twilio.http.call import RetrySafety


@pytest.mark.parametrize(
    ("call", "retry_safety"),
    [
        (create_invite("KD1", "UO1", {}), RetrySafety.NON_IDEMPOTENT),
        (create_channel_participant("KD1", "UO1", "customer", {}), RetrySafety.NON_IDEMPOTENT),
        (update_channel_participant("KD1", "UO1", "UT1", "wrapup"), RetrySafety.IDEMPOTENT),
        (list_invites("KD1", "UO1"), RetrySafety.SAFE),
        (list_channel_participants("KD1", "UO1"), RetrySafety.SAFE),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_second_invite_would_be_offered_to_a_second_agent(call, retry_safety):
    assert call.retry_safety is retry_safety


def test_an_agent_in_a_channel_has_a_task_and_a_worker():
    properties = {"task_sid": "WT1", "worker_sid": "WK1"}
    page = ChannelParticipantPage.model_validate(
        {
            "participants": [
                {"sid": "UT1", "type": "agent", "routing_properties": properties},
                {"sid": "UT2", "type": "customer", "routing_properties": None},
            ]
        }
    )
    assert [(one.task_sid, one.worker_sid) for one in page.items] == [("WT1", "WK1"), (None, None)]


def test_an_invite_carries_its_task():
    invite = Invite.model_validate({"sid": "KG1", "routing": {"properties": {"sid": "WT1"}}})
    assert invite.task_sid == "WT1"
