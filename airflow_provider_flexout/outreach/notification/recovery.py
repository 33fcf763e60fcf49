"""Notifying somebody, once, that a failure they were told of is over.

Each notification carries the kind of its event and the DAG, task and map index behind it. So the messages
that the person got show which failures they know of, and which of these they know to be over:

1. Read the newest messages of our conversations with the person, up to :data:`PAGES` pages each.
2. Look for the newest failure or missed deadline that the success ends, and that no later message reports as
   over: for the success of a task, one of that task; for the success of a run, one of its DAG.
3. If there is none, send nothing. Otherwise send the notification under a key that is made of that message,
   so that only one of the successes that follow is reported.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.inbox.newest_messages import read_back
from airflow_provider_flexout.outreach.notification.notify_once import conversations_with, notify_once
from airflow_provider_flexout.twilio.http.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow_provider_flexout.outreach.message.send_once import SentMessage
    from airflow_provider_flexout.outreach.notification.notify_once import Notification
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

PAGES = 1
"""How many pages of a hundred messages are read of each conversation."""

_TOLD = (durable.EVENT_FAILURE, durable.EVENT_DEADLINE)

log = logging.getLogger(__name__)


def notify_recovery_once(
    notification: Notification, recipients: Sequence[str], *, clock: Callable[[], float] = time.monotonic
) -> Procedure[SentMessage | None]:
    """Send the notification of a recovery, unless there is nothing to recover from.

    :param notification: the message, whose ``source`` says what has succeeded, and who gets it.
    :param recipients: digests of the person, one for each spelling of their address, or the conversation.
    :param clock: gives seconds.
    :returns: what was sent; ``None`` where the person was told of no failure, or of its end already.
    :raises FlexoutError: as :func:`~airflow_provider_flexout.outreach.notification.notify_once.notify_once`.
    """
    failure = yield from _find_failure(notification)
    if failure is None:
        log.info("This person was told of no failure that is not over yet, so nothing was sent.")
        return None
    keys = [durable.recovery_key(recipient, failure.sid) for recipient in recipients]
    return (yield from notify_once(notification.with_keys(*keys), clock=clock))


def _find_failure(notification: Notification) -> Procedure[Message | None]:
    source = notification.draft.source or {}
    if notification.request:
        found = yield from conversations_with(notification.request)
        places = [one.conversation_sid for one in found]
    else:
        places = [str(notification.draft.conversation_sid)]
    recovered: set[Any] = set()
    for conversation_sid in places:
        try:
            newest = yield from read_back(conversation_sid, pages=PAGES)
        except NotFound:
            continue
        for message in newest.messages:
            about = message.attribute_object.get(durable.SOURCE_ATTRIBUTE)
            kind = message.attribute_object.get(durable.EVENT_ATTRIBUTE)
            if not isinstance(about, dict) or about.get("dag_id") != source.get("dag_id"):
                continue
            if kind == durable.EVENT_RECOVERED:
                recovered.add(_task(about))
            elif kind in _TOLD and not {_task(about), None} & recovered and _ends(source, about):
                return message
    return None


def _task(source: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name the task; ``None`` stands for the whole run."""
    return (str(source["task_id"]), str(source.get("map_index"))) if source.get("task_id") else None


def _ends(success: Mapping[str, Any], failure: Mapping[str, Any]) -> bool:
    return _task(success) in (None, _task(failure))
