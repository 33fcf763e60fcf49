"""Agents who leave an interaction, and what stays of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.api.invites import list_channel_participants, update_channel_participant
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.invites import ChannelParticipant
    from airflow_provider_flexout.twilio.http.call import Procedure

LEAVE_STEPS = {"wrapping": "wrapup", "completed": "closed"}
"""What becomes of a leaving agent's task, and Twilio's word for it."""

log = logging.getLogger(__name__)


def agents_in(interaction_sid: str, channel_sid: str) -> Procedure[list[ChannelParticipant]]:
    """List the agents in a channel.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    """
    everybody = yield from read_pages(list_channel_participants(interaction_sid, channel_sid))
    return [one for one in everybody if one.type == "agent"]


def remove_agents(
    interaction_sid: str,
    channel_sid: str,
    task_status: str,
    *,
    worker_sid: str | None = None,
    but_task: str | None = None,
) -> Procedure[int]:
    """Take agents out of a channel; who has left already is no mistake. The conversation stays open.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param task_status: a key of :data:`LEAVE_STEPS`.
    :param worker_sid: only this agent (``WK…``); else all.
    :param but_task: not the agent who has this task (``WT…``).
    :returns: how many left.
    """
    left = 0
    for agent in (yield from agents_in(interaction_sid, channel_sid)):
        if agent.task_sid == but_task or worker_sid not in (None, agent.worker_sid):
            continue
        status = LEAVE_STEPS[task_status]
        try:
            yield update_channel_participant(interaction_sid, channel_sid, agent.sid, status)  # type: ignore[arg-type]
        except NotFound:
            continue
        except RequestRejected:
            # How Twilio responds where an agent has left is not published, so who is still there decides.
            if agent.sid in {one.sid for one in (yield from agents_in(interaction_sid, channel_sid))}:
                raise
            continue
        log.info("Agent %s leaves interaction %s.", agent.worker_sid, interaction_sid)
        left += 1
    return left
