"""By what key calls of a notifier are one notification."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_flexout.notifications.event import Event
    from airflow_provider_flexout.outreach.values.durations import Duration


def dedup_key(event: Event, whom: str, *, group_by: str | None, throttle: Duration | None, now: float) -> str:
    """Make the key of a notification.

    :param event: what it is about.
    :param whom: a digest of whom it goes to.
    :param group_by: ``dag``, ``run``, ``task``, or a name of the user's own.
    :param throttle: how long a group is told of once.
    :param now: seconds since 1970.
    :raises InvalidInput: when the throttle is none.
    """
    from airflow_provider_flexout.outreach import durable
    from airflow_provider_flexout.outreach.values.durations import read_duration

    if group_by is None:
        ids = (event.dag_id, event.run_id, event.task_id, event.map_index, event.deadline_id)
        return durable.notification_key(whom, event.kind, *ids)
    period = int(now // read_duration("throttle", throttle).total_seconds()) if throttle else None
    run = (event.dag_id, event.run_id, event.task_id)
    return durable.group_key(whom, event.kind, group_by, *run, period)
