"""A transfer by hand: what Flex's own page for agents sends when one hands a conversation to another."""

from __future__ import annotations

import json

from airflow_provider_flexout.outreach.agents.remove_agents import agents_in
from airflow_provider_flexout.sandbox.state.seed import WORKER_BY_NAME
from airflow_provider_flexout.twilio.http.call import Call, Procedure, RetrySafety, path
from airflow_provider_flexout.twilio.http.resource import Resource


def transfer_by_hand(interaction_sid: str, channel_sid: str, giver: str, taker: str) -> Procedure[None]:
    """Hand a conversation over.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param giver: the name of the agent who has it.
    :param taker: the name of the agent who gets it.
    """
    worker_sid = WORKER_BY_NAME[giver].sid
    agents = yield from agents_in(interaction_sid, channel_sid)
    (agent,) = (one for one in agents if one.worker_sid == worker_sid)
    body = {"from": agent.sid, "to": WORKER_BY_NAME[taker].sid, "type": "cold"}
    yield Call(
        "CreateInteractionTransfer",
        "flex-api",
        "POST",
        path("/v1/Interactions/{}/Channels/{}/Transfers", interaction_sid, channel_sid),
        Resource,
        RetrySafety.NON_IDEMPOTENT,
        headers={"Content-Type": "application/json"},
        content=json.dumps(body).encode(),
    )
