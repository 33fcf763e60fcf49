"""Checks of what is asked of an interaction or its task, made before anything is sent."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import CHANNEL_STATUSES, TASK_STATUSES
from airflow_provider_flexout.outreach.values.arguments import check_choice, check_given, check_object
from airflow_provider_flexout.outreach.values.attributes import check_attributes
from airflow_provider_flexout.outreach.values.sids import check_sid

FLEX_ATTRIBUTES = frozenset(
    {
        "channelType",
        "conversationSid",
        "direction",
        "flexChannelInviteSid",
        "flexInteractionChannelSid",
        "flexInteractionSid",
        "initiatedBy",
        "taskCreateSource",
    }
)
"""What Flex itself writes into the attributes of an interaction's task, and reads from them."""


def check_channel(interaction_sid: object, channel_sid: object, *, validate: bool) -> None:
    """Check the SIDs of an interaction and its channel.

    :param interaction_sid: ``KD…``, which is required.
    :param channel_sid: ``UO…``, which may be left out.
    :param validate: whether their form is checked.
    :raises InvalidInput: for the SID that is missing or wrong.
    """
    check_given("interaction_sid", interaction_sid)
    if validate:
        check_sid("interaction_sid", interaction_sid, "KD")
        if channel_sid:
            check_sid("channel_sid", channel_sid, "UO")


def check_closing(
    interaction_sid: str | None,
    channel_sid: str | None,
    task_status: str | None,
    channel_status: str = "closed",
    *,
    validate: bool = True,
) -> None:
    """Refuse what Twilio would refuse, before anything is sent.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``, or ``None`` for the interaction's only one.
    :param task_status: ``wrapping`` or ``completed``; ``None`` for the one that fits the channel's status.
    :param channel_status: ``closed`` or ``inactive``.
    :param validate: whether SIDs are checked.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    if task_status is not None:
        check_choice("task_status", task_status, TASK_STATUSES)
    check_choice("channel_status", channel_status, CHANNEL_STATUSES)
    if channel_status == "inactive" and task_status == "wrapping":
        raise InvalidInput(
            "task_status", "an interaction can be parked (inactive) only when its task is completed."
        )
    check_channel(interaction_sid, channel_sid, validate=validate)


def check_patch(patch: Any) -> None:
    """Refuse a patch that would cut a task off from its interaction.

    :param patch: a JSON merge patch.
    :raises InvalidInput: when it is not an object, or touches what Flex or this provider needs.
    """
    check_object("attributes", patch, "{'vip': True}")
    reserved = sorted(patch.keys() & (FLEX_ATTRIBUTES | {durable.KEY_ATTRIBUTE}))
    if reserved:
        raise InvalidInput("attributes", f"{', '.join(reserved)} must not be changed.")
    check_attributes(patch)
