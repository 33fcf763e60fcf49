"""A task's attributes: changed without losing anybody else's change, and carried into an invite."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.agents.checks import FLEX_ATTRIBUTES
from airflow_provider_flexout.outreach.errors import InvalidInput, ReconciliationPending
from airflow_provider_flexout.outreach.values.attributes import as_json, check_attributes
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.api.tasks import fetch_task, list_tasks, update_task
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.errors import NotFound, PreconditionFailed, TwilioError

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure

_FLEX_CONVERSATIONS = frozenset(
    {"communication_channel", "conversation_id", "direction", "external_contact", "initiated_by", "media"}
)
_MOST_READS = 20

ALIVE = ("pending", "reserved", "assigned")
"""The states of a task whose agent has the conversation, or may still get it."""

log = logging.getLogger(__name__)


def patch_attributes(workspace_sid: str, task_sid: str, patch: Mapping[str, Any]) -> Procedure[bool]:
    """Change some attributes of a task; what others change at the same time is kept.

    TaskRouter replaces all attributes at once, so they are read, changed, and written on condition that they
    are still what was read. When a response is lost, it is not known whether a change is ours; what is then
    found in place counts as ours.

    :param workspace_sid: ``WS…``.
    :param task_sid: ``WT…``.
    :param patch: a JSON merge patch: ``None`` removes, objects are merged, the rest is put in place.
        https://www.rfc-editor.org/rfc/rfc7396
    :returns: whether this changed anything.
    :raises InvalidInput: when the result would be longer than a task holds.
    :raises ReconciliationPending: when others keep changing them.
    """
    unclear: TwilioError | None = None
    for _ in range(_MOST_READS):
        task: Task = yield fetch_task(workspace_sid, task_sid)
        current = task.attribute_object
        if not current and (task.attributes or "").strip() not in ("", "{}", "null"):
            raise InvalidInput("task_sid", f"the attributes of task {task_sid} are not a JSON object.")
        changed = merged(current, patch)
        if changed == current:
            log.info("The attributes of task %s already have these values.", task_sid)
            return unclear is not None
        if unclear is not None and not isinstance(unclear, PreconditionFailed):
            raise unclear
        check_attributes(changed)
        try:
            yield update_task(workspace_sid, task_sid, attributes=as_json(changed)).if_match(task.etag)
        except TwilioError as error:
            unclear = error if error.outcome_unknown else None
            if unclear is None and not isinstance(error, PreconditionFailed):
                raise
            yield Sleep(random.uniform(0.1, 1.0))  # noqa: S311 - lets those who collide part
        else:
            log.info("Changed %d attributes of task %s.", len(patch), task_sid)
            return True
    raise ReconciliationPending(
        f"The attributes of task {task_sid} keep changing; tried {_MOST_READS} times."
    )


def merged(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch.

    :param target: what is there.
    :param patch: what is to change.
    """
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def channel_tasks(workspace_sid: str, channel_sid: str) -> Procedure[list[Task]]:
    """List the tasks of an interaction's channel that still exist, with attributes, oldest first.

    :param workspace_sid: ``WS…``.
    :param channel_sid: ``UO…``.
    """
    expression = f'flexInteractionChannelSid == "{channel_sid}"'
    page = yield list_tasks(workspace_sid, attributes_match=expression)
    tasks: list[Task] = sorted(page.items, key=lambda one: (str(one.date_created), one.sid))
    for place, task in enumerate(tasks):
        if not task.attribute_object:
            # Twilio's pages contradict each other on whether a list shows attributes.
            tasks[place] = yield fetch_task(workspace_sid, task.sid)
    return tasks


def own_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Give a task's attributes without those that Flex wrote, the task's outcome, and our key.

    :param attributes: a task's.
    """
    dropped = FLEX_ATTRIBUTES | {durable.KEY_ATTRIBUTE, "outcome", "conversations"}
    own = {name: value for name, value in attributes.items() if name not in dropped}
    conversations = attributes.get("conversations")
    if isinstance(conversations, Mapping):
        rest = {name: value for name, value in conversations.items() if name not in _FLEX_CONVERSATIONS}
        own |= {"conversations": rest} if rest else {}
    return own


def park_attributes(workspace_sid: str, channel_sid: str, key: str | None = None) -> Procedure[bool]:
    """Write the attributes of an interaction's newest task into its conversation, before it is parked.

    A task vanishes five minutes after its end, and a parked interaction may wait for weeks. The key and the
    tasks that parking ends are written beside them, so that another attempt under that key can tell whether
    the conversation has been woken since.

    :param workspace_sid: ``WS…``.
    :param channel_sid: ``UO…``.
    :param key: of what parks it; ``None`` where that has none.
    :returns: whether to park it; not if it was parked under this key before and has been woken since.
    """
    tasks = yield from channel_tasks(workspace_sid, channel_sid)
    if not tasks:
        log.warning("Channel %s no longer has a task, so no task attributes were kept.", channel_sid)
        return True
    attributes = tasks[-1].attribute_object
    conversation = yield fetch_conversation(str(attributes.get("conversationSid")))
    kept = conversation.attribute_object
    alive = [task.sid for task in tasks if task.assignment_status in ALIVE]
    if key is not None:
        parked_by = kept.get(durable.PARKED_BY_ATTRIBUTE)
        before = durable.tasks_before_parking(parked_by, key)
        # If a task from before is still alive, the earlier attempt has not parked the channel.
        if before is not None and alive and not any(sid in before for sid in alive):
            log.info(
                "Channel %s was parked, and an agent has been invited since; it is left as it is.",
                channel_sid,
            )
            return False
        kept[durable.PARKED_BY_ATTRIBUTE] = durable.write_parked_by(parked_by, key, alive)
    kept[durable.PARKED_ATTRIBUTE] = own_attributes(attributes)
    yield update_conversation(conversation.sid, attributes=kept)
    return True


def parked_attributes(conversation_sid: str) -> Procedure[dict[str, Any]]:
    """Read what :func:`park_attributes` wrote; empty where it wrote nothing.

    :param conversation_sid: ``CH…``.
    """
    try:
        conversation = yield fetch_conversation(conversation_sid)
    except NotFound:
        return {}
    parked = conversation.attribute_object.get(durable.PARKED_ATTRIBUTE)
    return dict(parked) if isinstance(parked, Mapping) else {}
