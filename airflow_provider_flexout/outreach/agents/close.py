"""Ending or parking an interaction."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from airflow_provider_flexout.outreach.agents.channel import only_channel
from airflow_provider_flexout.outreach.agents.task_attributes import park_attributes
from airflow_provider_flexout.twilio.api.interactions import fetch_channel, update_channel
from airflow_provider_flexout.twilio.http.errors import RequestRejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.twilio.http.call import Procedure


log = logging.getLogger(__name__)


def close_once(interaction_sid: str, channel_sid: str | None, task_status: str) -> Procedure[None]:
    """Close an interaction's channel, and with it the conversation; succeed if it is closed already.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``, or ``None`` for the interaction's only one.
    :param task_status: ``wrapping`` leaves the agent their wrap-up, ``completed`` ends the task.
    :raises FlexoutError: when Twilio refuses it.
    """
    channel_sid = channel_sid or (yield from only_channel(interaction_sid))
    routing = {"status": "closed"} if task_status == "completed" else None
    yield from _end(interaction_sid, channel_sid, "closed", routing)


def park_once(
    interaction_sid: str, channel_sid: str | None, workspace_sid: str, *, key: str | None = None
) -> Procedure[None]:
    """Make an interaction's channel inactive: agents leave, their tasks are completed, the customer stays.

    The task's attributes are kept in the conversation first, for the invite that will wake it.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``, or ``None`` for the interaction's only one.
    :param workspace_sid: ``WS…``.
    :param key: the key that all attempts at it share. A channel that was parked under it and then woken is
        left alone, because another agent has it by then. ``None`` parks the channel in any case.
    :raises FlexoutError: when Twilio refuses it.
    """
    channel_sid = channel_sid or (yield from only_channel(interaction_sid))
    if (yield from park_attributes(workspace_sid, channel_sid, key)):
        yield from _end(interaction_sid, channel_sid, "inactive", {"status": "closed"})


def _end(
    interaction_sid: str,
    channel_sid: str,
    status: Literal["closed", "inactive"],
    routing: Mapping[str, Any] | None,
) -> Procedure[None]:
    try:
        yield update_channel(interaction_sid, channel_sid, status, routing)
    except RequestRejected as error:
        # Twilio has not published how it responds to a second close, so the channel's state decides.
        if error.status in (401, 403, 404):
            raise
        channel = yield fetch_channel(interaction_sid, channel_sid)
        if channel.status != status:
            raise
        log.info("Channel %s of interaction %s was already %s.", channel_sid, interaction_sid, status)
    else:
        log.info("Channel %s of interaction %s is %s.", channel_sid, interaction_sid, status)
