"""Customers' replies in the asset events that started a run, whether they were pushed or polled for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.connection.triggering_events import each_event
from airflow_provider_flexout.hooks.flex import FlexHook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from airflow_provider_flexout.outreach.events.event import Event

log = logging.getLogger(__name__)


def replies_of(
    triggering_asset_events: Mapping[Any, Iterable[Any]],
    *,
    dag_id: str | None = None,
    task_id: str | None = None,
    flexout_conn_id: str = FlexHook.default_conn_name,
) -> list[dict[str, Any]]:
    """Read the customers' replies of all asset events that started a run, since several may start one.

    The assets' watchers may be ``FlexReplyTrigger``, and Airflow's ``MessageQueueTrigger`` on any queue that
    Twilio's events go to. Each reply is in the list once, however often its event came. A later run may get
    the reply again, from another watcher or a queue that repeats messages, so a task that responds to a reply
    should have its ``message_sid`` in the ``idempotency_key``.

    A queue has the messages of everybody in all conversations of an account. So before a message counts as a
    customer's reply to an outreach, this reads the message's conversation and who takes part in it. It sends
    nothing. An event that cannot be read is logged and does not stop the others.

    :param triggering_asset_events: ``triggering_asset_events`` of Airflow's context.
    :param dag_id: only conversations that this DAG opened; the default is every DAG.
    :param task_id: only conversations that this task opened; the default is every task.
    :param flexout_conn_id: the id of the Airflow connection; the default is ``flexout_default``.
    :returns: for each reply, the oldest first: ``message_sid``, ``conversation_sid``, ``index``,
        ``participant_sid``, ``written_at``, and ``source``, the DAG, run, task and map index that opened the
        conversation. The list has neither addresses nor texts in it, and is empty if no reply came.
    :raises InvalidInput: when there are events but none can be read, or the argument is something else.
    :raises FlexoutError: when Twilio rejects a request or cannot be reached; a retry reads the same events.
    """
    from airflow_provider_flexout.outreach import durable
    from airflow_provider_flexout.outreach.inbox.pushed_messages import ReplyChooser

    events = _events_in(triggering_asset_events)
    with FlexHook(flexout_conn_id).get_conn() as client:
        replies = client.run(ReplyChooser().choose(events))
    wanted = {name: value for name, value in (("dag_id", dag_id), ("task_id", task_id)) if value is not None}
    return [
        {name: value for name, value in one.payload().items() if name in durable.INBOUND_MESSAGE_FIELDS}
        for one in replies
        if wanted.items() <= dict(one.source or {}).items()
    ]


def _events_in(triggering_asset_events: Mapping[Any, Iterable[Any]]) -> list[Event]:
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.events.envelope import read_each

    found: list[Event] = []
    is_read, problem = False, None
    for asset, one in each_event(triggering_asset_events):
        events = read_each((one.extra or {}).get("payload"))
        is_read = is_read or not events
        for event in events:
            if isinstance(event, InvalidInput):
                problem = event
                log.warning("Passed over an event of %s: %s", asset, problem)
            else:
                found.append(event)
    if problem and not (found or is_read):
        raise problem
    return found
