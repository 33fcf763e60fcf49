"""The tasks that Studio flows made of replies: known by their events, which name the conversation."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.waiters.outcome import (
    Handling,
    attributes_of,
    handling_of,
    task_sid_of,
)
from airflow_provider_flexout.twilio.api.tasks import list_events
from airflow_provider_flexout.twilio.http.pagination import next_page

if TYPE_CHECKING:
    from collections.abc import Container

    from airflow_provider_flexout.twilio.api.tasks import TaskEvent, TaskEventPage
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

EVENTS_KEPT = timedelta(days=30)
"""How long Twilio keeps TaskRouter's events. https://www.twilio.com/docs/taskrouter/api/event"""


def find_flow_tasks(
    workspace_sid: str, conversation_sids: Container[str], since: datetime
) -> Procedure[dict[str, Handling]]:
    """Find what agents did in conversations, in the list of all that happened in the workspace.

    This takes one request for each thousand events, of these conversations and all others.

    :param workspace_sid: ``WS…``.
    :param conversation_sids: those that are asked for, ``CH…``.
    :param since: when the first of them was opened, aware.
    :returns: by conversation; of several tasks in one, the newest that an agent accepted, else the newest.
    """
    start = max(since, datetime.now(timezone.utc) - EVENTS_KEPT).astimezone(timezone.utc)
    events: dict[str, dict[str, list[TaskEvent]]] = {}
    call: Call[TaskEventPage] | None = list_events(workspace_sid, start_date=f"{start:%Y-%m-%dT%H:%M:%SZ}")
    while call is not None:
        page = yield call
        for event in page.items:
            conversation_sid, task_sid = attributes_of(event).get("conversationSid"), task_sid_of(event)
            if task_sid and isinstance(conversation_sid, str) and conversation_sid in conversation_sids:
                events.setdefault(conversation_sid, {}).setdefault(task_sid, []).append(event)
        call = next_page(call, page)
    return {sid: max(map(handling_of, tasks.values()), key=_newest) for sid, tasks in events.items()}


def _newest(handling: Handling) -> tuple[bool, datetime]:
    long_ago = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return handling.accepted_at is not None, handling.created_at or long_ago
