"""By what key calls of a notifier are one notification."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_flexout.notifications.events import Event

_DURATION = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def notice_key(
    event: Event, whom: str, *, group_by: str | None, throttle: str | timedelta | None, now: float
) -> str:
    """Make the key of a notification.

    :param event: what it is about.
    :param whom: a digest of whom it goes to.
    :param group_by: ``dag``, ``run``, ``task``, or a name of the user's own.
    :param throttle: how long a group is told of once.
    :param now: seconds since 1970.
    :raises InvalidInput: when the throttle is none.
    """
    from airflow_provider_flexout.outreach.keys import outreach_key

    if group_by is None:
        return outreach_key("notice", whom, *event.parts)
    groups = {
        "dag": (event.dag_id,),
        "run": (event.dag_id, event.run_id),
        "task": (event.dag_id, event.task_id),
    }
    group = (group_by, *(part or "" for part in groups.get(group_by, ())))
    bucket = int(now // seconds_of(throttle)) if throttle else ""
    return outreach_key("notices", whom, event.kind, *group, bucket)


def seconds_of(throttle: str | timedelta) -> float:
    """Read a length of time.

    :param throttle: ``"90s"``, ``"15m"``, ``"1h"``, ``"1d"``, or a timedelta.
    :raises InvalidInput: for anything else.
    """
    from airflow_provider_flexout.outreach.errors import InvalidInput

    if isinstance(throttle, timedelta):
        seconds = throttle.total_seconds()
    else:
        found = _DURATION.fullmatch(str(throttle).strip())
        seconds = int(found.group(1)) * _SECONDS[found.group(2)] if found else 0
    if seconds <= 0:
        raise InvalidInput(
            "throttle", f"{throttle!r} is no length of time; write 90s, 15m, 1h, 1d or a timedelta."
        )
    return seconds
