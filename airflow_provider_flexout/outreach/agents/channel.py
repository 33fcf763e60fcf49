"""The channel of an interaction, for callers that name only the interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.api.interactions import list_channels

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Procedure


def only_channel(interaction_sid: str) -> Procedure[str]:
    """Find the channel of an interaction, which has one.

    :param interaction_sid: ``KD…``.
    :raises InvalidInput: when there is none.
    """
    channels = yield list_channels(interaction_sid)
    if not channels.items:
        raise InvalidInput("interaction_sid", f"{interaction_sid} has no channel.")
    return str(channels.items[0].sid)
