"""Ending an interaction."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.sids import check_sid
from airflow_provider_flexout.twilio.errors import Refused
from airflow_provider_flexout.twilio.interactions import fetch_channel, list_channels, update_channel

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.call import Procedure

TASK_STATUSES = ("wrapping", "completed")

log = logging.getLogger(__name__)


def check_closing(
    interaction_sid: str | None, channel_sid: str | None, task_status: str, *, validate: bool = True
) -> None:
    """Refuse what Twilio would refuse, before anything is sent.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``, or ``None`` for the interaction's only one.
    :param task_status: ``wrapping`` or ``completed``.
    :param validate: whether SIDs are checked.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    if task_status not in TASK_STATUSES:
        raise InvalidInput("task_status", f"{task_status!r} is none of {', '.join(TASK_STATUSES)}.")
    # A template renders a missing XCom as the word None.
    if interaction_sid in (None, "", "None"):
        raise InvalidInput(
            "interaction_sid", "missing; did the task that it comes from run and push its XCom?"
        )
    if validate:
        check_sid("interaction_sid", interaction_sid, "KD")
        if channel_sid:
            check_sid("channel_sid", channel_sid, "UO")


def close_once(interaction_sid: str, channel_sid: str | None, task_status: str) -> Procedure[None]:
    """Close an interaction's channel, and with it the conversation; being closed already is success.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``, or ``None`` for the interaction's only one.
    :param task_status: ``wrapping`` leaves the agent their wrap-up, ``completed`` ends the task.
    :raises FlexoutError: when Twilio refuses it.
    """
    if not channel_sid:
        channels = yield list_channels(interaction_sid)
        if not channels.items:
            raise InvalidInput("interaction_sid", f"{interaction_sid} has no channel to close.")
        channel_sid = channels.items[0].sid
    routing = {"status": "closed"} if task_status == "completed" else None
    try:
        yield update_channel(interaction_sid, channel_sid, "closed", routing)
    except Refused as refused:
        # How Twilio answers a second close is not published; what counts is what it left.
        if refused.status in (401, 403, 404):
            raise
        channel = yield fetch_channel(interaction_sid, channel_sid)
        if channel.status != "closed":
            raise
        log.info("Channel %s of interaction %s was closed before.", channel_sid, interaction_sid)
    else:
        log.info("Closed channel %s of interaction %s.", channel_sid, interaction_sid)
