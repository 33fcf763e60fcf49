"""The form fields of Twilio's webhooks: of Conversations, of Flex's interactions, and of TaskRouter.

https://www.twilio.com/docs/conversations/conversations-webhooks
https://www.twilio.com/docs/flex/developer/conversations/register-interactions-webhooks
https://www.twilio.com/docs/taskrouter/api/event/reference
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import channel_of
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.event import ARGUMENT, Event, make_event

if TYPE_CHECKING:
    from collections.abc import Mapping

_FAILED = "onChannelCreateFailed"


def read_webhook(form: Mapping[str, Any]) -> Event | None:
    """Read what a webhook was called with.

    :param form: the fields; a value may be a list that holds one text, even repeated. Fields that are not
        read may hold several.
    :returns: the event; ``None`` for one that is not about a new message, a receipt, a task or a channel.
    :raises InvalidInput: when a field is not what it should be.
    """
    fields = {name: _only(value) for name, value in form.items()}
    event = fields["EventType"]
    if not isinstance(event, str):
        raise InvalidInput(ARGUMENT, f"a webhook's EventType is a {type(event).__name__}.")
    if event == "onMessageAdded":
        return message_event(event, fields)
    if event == "onDeliveryUpdated":
        return make_event(
            event,
            durable.PUSHED_RECEIPT,
            conversation_sid=fields.get("ConversationSid"),
            message_sid=fields.get("MessageSid"),
            participant_sid=fields.get("ParticipantSid"),
            status=fields.get("Status"),
            error_code=fields.get("ErrorCode"),
            time=fields.get("DateUpdated") or fields.get("DateCreated"),
        )
    if "InteractionSid" in fields:
        return make_event(
            event,
            durable.PUSHED_CHANNEL,
            interaction_sid=fields["InteractionSid"],
            channel_sid=fields.get("ChannelSid"),
            conversation_sid=fields.get("MediaChannelSid"),
            task_sid=fields.get("TaskSid"),
            status="failed" if event == _FAILED else fields.get("ChannelStatus"),
            error_code=fields.get("ErrorCode"),
        )
    if is_about_task(event):
        return task_event(
            event,
            fields.get("TaskSid"),
            fields.get("TaskAssignmentStatus"),
            fields.get("Timestamp"),
            fields.get("TaskAttributes"),
        )
    return None


def message_event(where: str, fields: Mapping[str, Any]) -> Event:
    """Read a new message, of a webhook's form or of Event Streams' data, which name its fields alike.

    :param where: what it was read from, for the error.
    :param fields: Twilio's.
    :raises InvalidInput: when a field is not what it should be.
    """
    author = fields.get("Author")
    return make_event(
        where,
        durable.PUSHED_REPLY if _is_address(author, fields) else durable.PUSHED_MESSAGE,
        conversation_sid=fields.get("ConversationSid"),
        message_sid=fields.get("MessageSid"),
        participant_sid=fields.get("ParticipantSid"),
        index=fields.get("Index"),
        time=fields.get("DateCreated"),
    )


def task_event(where: str, task_sid: Any, status: Any, time: Any, attributes: Any) -> Event:
    """Read a change of a task.

    :param where: what it was read from, for the error.
    :param task_sid: the task's.
    :param status: the task's assignment status.
    :param time: when it changed.
    :param attributes: the task's, as JSON. Of these, only what Flex writes is read: the conversation and the
        interaction.
    :raises InvalidInput: when a field is not what it should be.
    """
    import json

    try:
        found = json.loads(attributes) if isinstance(attributes, str) else attributes
    except (ValueError, RecursionError):
        found = None
    flex = found if isinstance(found, dict) else {}
    return make_event(
        where,
        durable.PUSHED_TASK,
        task_sid=task_sid,
        conversation_sid=flex.get("conversationSid"),
        interaction_sid=flex.get("flexInteractionSid"),
        status=status,
        time=time,
    )


def is_about_task(event: str) -> bool:
    """Say whether an event of TaskRouter is about a task, or about a reservation of one.

    :param event: its type, such as ``task.wrapup``.
    """
    return event.startswith(("task.", "reservation."))


def _is_address(author: object, fields: Mapping[str, Any]) -> bool:
    """Say whether the author takes part by an address, or has one in a form that only customers have."""
    if not isinstance(author, str):
        return False
    channel = channel_of(author)
    return channel.is_customers_alone(author) or bool(
        channel.recognizes(author) and fields.get("ParticipantSid")
    )


def _only(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value and all(one == value[0] for one in value) else value
