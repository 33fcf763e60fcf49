"""The interaction channel that a path names, and the copy of a task in Flex's responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, TASK_CHANNELS, WORKSPACE

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.api.operation import ApiRequest
    from airflow_provider_flexout.sandbox.state.records import ChannelRecord, TaskRecord
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["channel_of", "channel_url", "routing_copy"]


def _task_copy(store: Store, task: TaskRecord) -> dict[str, Any]:
    """Return the task as Flex copies it into its responses: dates are epoch seconds, attributes a string."""
    created, age = int(task.created), int(store.clock.time() - task.created)
    workspace, entered = store.workspace, task.entered or task.created
    return {
        "sid": task.sid,
        "account_sid": ACCOUNT_SID,
        "workspace_sid": WORKSPACE.sid,
        "workflow_sid": task.workflow_sid,
        "workflow_name": workspace.workflows[task.workflow_sid].name,
        "queue_sid": task.queue_sid,
        "queue_name": workspace.queue_name(task.queue_sid),
        "task_channel_sid": task.task_channel_sid,
        "task_channel_unique_name": TASK_CHANNELS[task.task_channel_sid].unique_name,
        "assignment_status": task.status,
        "routing_target": task.target_sid,
        "priority": task.priority,
        "timeout": task.timeout,
        "reason": task.reason,
        "age": age,
        "age_in_queue": int(store.clock.time() - entered),
        "assignmentCounter": len(task.reservations),
        "addons": "{}",
        "date_created": created,
        "date_updated": int(task.updated),
        "task_queue_entered_date": int(entered),
        "virtual_start_time": int(task.virtual_start or created),
        "ignore_capacity": task.target_sid is not None,
        "version": task.version,
        "custom_context": None,
        "twilio_context": None,
        "required_attention": None,
        "attributes": task.attributes,
    }


def routing_copy(store: Store, task: TaskRecord | None) -> dict[str, Any] | None:
    """Return the ``routing`` of a response: a copy of the task, if it still exists.

    :param store: the sandbox's state.
    :param task: the task, or None.
    """
    return None if task is None else {"reservation": None, "properties": _task_copy(store, task)}


def channel_of(request: ApiRequest) -> ChannelRecord:
    """Return the channel that a path names.

    :param request: the request.
    :raises ApiError: 404/20404.
    """
    channel = request.store.channels.get(request.params["ChannelSid"])
    if channel is None or channel.interaction_sid != request.params["InteractionSid"]:
        raise request.not_found()
    return channel


def channel_url(request: ApiRequest, channel: ChannelRecord) -> str:
    """Return a channel's URL.

    :param request: the request.
    :param channel: the channel.
    """
    return f"{request.base}/v1/Interactions/{channel.interaction_sid}/Channels/{channel.sid}"
