"""The key under which several calls of a notifier are one notification."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_flexout.notifications.event import CallbackEvent
    from airflow_provider_flexout.outreach.values.durations import Duration


def dedup_key(
    event: CallbackEvent, recipient: str, *, group_by: str | None, throttle: Duration | None, now: float
) -> str:
    """Make the key of a notification.

    :param event: what the notification is about.
    :param recipient: a digest of the person or conversation that it goes to.
    :param group_by: ``dag``, ``run``, ``task``, or a name of the user's own; ``None`` for no group.
    :param throttle: the period in which a group makes one notification; ``None`` for any time.
    :param now: the time, in seconds since 1970.
    :raises InvalidInput: when ``throttle`` is not a length of time.
    """
    from airflow_provider_flexout.outreach import durable
    from airflow_provider_flexout.outreach.values.durations import read_duration

    if group_by is None:
        ids = (event.dag_id, event.run_id, event.task_id, event.map_index, event.deadline_id)
        return durable.notification_key(recipient, event.kind, *ids)
    period = int(now // read_duration("throttle", throttle).total_seconds()) if throttle else None
    run = (event.dag_id, event.run_id, event.task_id)
    return durable.group_key(recipient, event.kind, group_by, *run, period)
