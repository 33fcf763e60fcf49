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
    from airflow_provider_flexout.outreach.values.durations import read_duration
    from airflow_provider_flexout.outreach.values.keys import derive_key

    if group_by is None:
        return derive_key("notice", whom, *event.parts)
    groups = {
        "dag": (event.dag_id,),
        "run": (event.dag_id, event.run_id),
        "task": (event.dag_id, event.task_id),
    }
    group = (group_by, *(part or "" for part in groups.get(group_by, ())))
    bucket = int(now // read_duration("throttle", throttle).total_seconds()) if throttle else ""
    return derive_key("notices", whom, event.kind, *group, bucket)
