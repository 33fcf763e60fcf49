"""Taking agents out of an interaction, whose conversation stays open."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.agents.task_attributes import ALIVE
from airflow_provider_flexout.twilio.api.invites import list_channel_participants, update_channel_participant
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.errors import NotFound, RequestRejected
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_provider_flexout.twilio.api.invites import ChannelParticipant
    from airflow_provider_flexout.twilio.api.tasks import Task
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
    interaction_sid: str, channel_sid: str, task_status: str, *, worker_sid: str | None = None
) -> Procedure[int]:
    """Take agents out of a channel, whose conversation stays open. One who has left already is no error.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param task_status: a key of :data:`LEAVE_STEPS`.
    :param worker_sid: only this agent (``WK…``); else all.
    :returns: how many left.
    """
    agents = yield from agents_in(interaction_sid, channel_sid)
    leaving = [one for one in agents if worker_sid in (None, one.worker_sid)]
    return (yield from _remove(interaction_sid, channel_sid, task_status, leaving))


def remove_previous_agents(
    workspace_sid: str,
    interaction_sid: str,
    channel_sid: str,
    task_sid: str,
    task_status: str,
    *,
    worker_sid: str | None = None,
) -> Procedure[int]:
    """Remove from a channel the agents who were in it before another one was invited.

    When this runs, the invited agent may have handed the conversation on long ago, because the task that
    transfers was cleared or had to wait. So an agent leaves only if their task was created before the
    invite's, and only while the invited agent, or one who came later, is there or on the way. An agent whose
    task Twilio has deleted stays.

    :param workspace_sid: ``WS…``.
    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param task_sid: the invited agent's task, ``WT…``. Nobody leaves when Twilio has deleted it.
    :param task_status: a key of :data:`LEAVE_STEPS`.
    :param worker_sid: only this agent (``WK…``); else all of them.
    :returns: how many left.
    """
    agents = yield from agents_in(interaction_sid, channel_sid)
    others = [one for one in agents if one.task_sid != task_sid]
    if not others:
        return 0
    invited = yield from _task(workspace_sid, task_sid)
    if invited is None or invited.date_created is None:
        log.info(
            "Task %s is gone, so it is not known who was there before it; no agent is removed.", task_sid
        )
        return 0
    previous: list[ChannelParticipant] = []
    later: list[ChannelParticipant] = []
    for agent in others:
        task = yield from _task(workspace_sid, agent.task_sid)
        if task is not None and task.date_created is not None:
            # The dates are whole seconds. Nobody takes a conversation and hands it on within one.
            (previous if task.date_created <= invited.date_created else later).append(agent)
    if not later and invited.assignment_status not in ALIVE:
        log.info("The agent invited by task %s has left again; no other agent is removed.", task_sid)
        return 0
    leaving = [one for one in previous if worker_sid in (None, one.worker_sid)]
    return (yield from _remove(interaction_sid, channel_sid, task_status, leaving))


def _task(workspace_sid: str, task_sid: str | None) -> Procedure[Task | None]:
    if task_sid is None:
        return None
    try:
        task: Task = yield fetch_task(workspace_sid, task_sid)
    except NotFound:
        return None
    return task


def _remove(
    interaction_sid: str, channel_sid: str, task_status: str, agents: Sequence[ChannelParticipant]
) -> Procedure[int]:
    left = 0
    for agent in agents:
        status = LEAVE_STEPS[task_status]
        try:
            yield update_channel_participant(interaction_sid, channel_sid, agent.sid, status)  # type: ignore[arg-type]
        except RequestRejected as error:
            # Twilio has not published how it responds when an agent has left, so look who is still there.
            if not isinstance(error, NotFound):
                there = yield from agents_in(interaction_sid, channel_sid)
                if agent.sid in {one.sid for one in there}:
                    raise
            if not error.outcome_unknown:
                continue
        log.info("Agent %s leaves interaction %s.", agent.worker_sid, interaction_sid)
        left += 1
    return left
