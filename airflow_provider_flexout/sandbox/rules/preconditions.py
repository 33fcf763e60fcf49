"""What must be true before something is changed, and Twilio's error where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ChannelRecord, ConversationRecord

__all__ = ["not_open", "require_open", "require_open_channel"]


def require_open(conversation: ConversationRecord) -> None:
    """Refuse to change a closed conversation.

    :param conversation: the conversation.
    :raises ApiError: 400/50377.
    """
    if conversation.state == "closed":
        message = f"Can't update conversation {conversation.sid} as it's in final closed state"
        raise ApiError(400, 50377, message)


def require_open_channel(channel: ChannelRecord) -> None:
    """Refuse to change who is in a channel that is closed, or was never set up.

    :param channel: the channel.
    :raises ApiError: 400/80906.
    """
    if channel.status in {"closed", "failed"}:
        raise not_open(channel)


def not_open(channel: ChannelRecord) -> ApiError:
    """Return the error for a channel that is not open.

    :param channel: the channel.
    """
    return ApiError(400, 80906, f"Interaction Not Open: Channel {channel.sid} is {channel.status}")
