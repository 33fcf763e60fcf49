"""The channel of an interaction, for those who name the interaction only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import check_given
from airflow_provider_flexout.outreach.values.sids import check_sid
from airflow_provider_flexout.twilio.api.interactions import list_channels

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Procedure


def check_channel(interaction_sid: object, channel_sid: object, *, validate: bool) -> None:
    """Check the SIDs of an interaction and its channel.

    :param interaction_sid: ``KD…``, which is required.
    :param channel_sid: ``UO…``, which may be left out.
    :param validate: whether their form is checked.
    :raises InvalidInput: for the one that is missing or wrong.
    """
    check_given("interaction_sid", interaction_sid)
    if validate:
        check_sid("interaction_sid", interaction_sid, "KD")
        if channel_sid:
            check_sid("channel_sid", channel_sid, "UO")


def only_channel(interaction_sid: str) -> Procedure[str]:
    """Find the channel of an interaction, which has one.

    :param interaction_sid: ``KD…``.
    :raises InvalidInput: when there is none.
    """
    channels = yield list_channels(interaction_sid)
    if not channels.items:
        raise InvalidInput("interaction_sid", f"{interaction_sid} has no channel.")
    return str(channels.items[0].sid)
