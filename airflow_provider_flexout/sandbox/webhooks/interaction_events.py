"""The fields of the events for which Flex's interaction webhooks are called, also for changes by requests.

https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, INSTANCE_SID
from airflow_provider_flexout.sandbox.state.webhook_registry import Callback

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ChannelParticipantRecord, ChannelRecord
    from airflow_provider_flexout.sandbox.state.webhook_registry import WebhookRegistry

__all__ = ["notify_channel", "notify_channel_participant"]


def notify_channel(registry: WebhookRegistry, event: str, channel: ChannelRecord, **facts: Any) -> None:
    """Tell what happened to an interaction, or to its channel.

    :param registry: the registered webhooks.
    :param event: ``onInteractionCreated``, ``onChannelCreated``, ``onChannelCreateFailed`` or
        ``onChannelStatusUpdated``.
    :param channel: the channel.
    :param facts: further fields.
    """
    if not registry.interaction:
        return
    fields = {
        "EventType": event,
        "AccountSid": ACCOUNT_SID,
        "InstanceSid": INSTANCE_SID,
        "InteractionSid": channel.interaction_sid,
        "ChannelSid": channel.sid,
        "MediaChannelSid": channel.conversation_sid,
        "MediaChannelType": channel.kind,
        **facts,
    }
    params = {name: str(value) for name, value in fields.items() if value is not None}
    for each in registry.interaction.values():
        if event in each.events and (each.kind == "global" or each.ttid == channel.webhook_ttid):
            registry.post(Callback(event, each.url, each.method, params, channel.conversation_sid))


def notify_channel_participant(
    registry: WebhookRegistry, event: str, channel: ChannelRecord, one: ChannelParticipantRecord
) -> None:
    """Tell that somebody joined a channel, or left it.

    :param registry: the registered webhooks.
    :param event: ``onParticipantJoined`` or ``onParticipantLeft``.
    :param channel: the channel.
    :param one: the participant.
    """
    notify_channel(
        registry, event, channel, ParticipantSid=one.sid, ParticipantType=one.kind, TaskSid=one.task_sid
    )
