"""The gate that holds an outreach while nobody could take the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput, NobodyAvailable
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.outreach.routing.names import with_sids
from airflow_provider_flexout.twilio.api.workspace import (
    fetch_queue_statistics,
    fetch_worker,
    list_worker_channels,
    list_workers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.twilio.api.workspace import WorkerChannel
    from airflow_provider_flexout.twilio.http.call import Procedure

AGENTS = "agents"
"""What such a hold is known by."""

_MOST_ASKED = 20
"""Agents who are asked at most for the room they have."""

_WITH_AN_AGENT = ("reserved", "assigned", "wrapping")

_DEFAULT_TASK_CHANNEL = "default"
_SHORTEST, _LONGEST = timedelta(seconds=30), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AgentsAvailable:
    """Holds while nobody could take the conversation.

    A conversation for one worker waits until that worker is available; capacity does not matter, since
    TaskRouter ignores it for them. Any other waits until somebody in the queue is available, and, where
    conversations wait in the queue already or there is one for each of its agents, until one of these has
    room for one more.

    :param routing: a whole ``Routing`` object, perhaps with names; it names a queue or a worker.
    :param timeout: how long at most.
    :param since: when it was first held; ``None`` for the first time.
    """

    routing: Mapping[str, Any]
    timeout: timedelta
    since: datetime | None = None

    def check(self, now: datetime) -> Procedure[Decision]:
        """Look whether somebody could take it.

        :param now: the moment, aware.
        :raises NobodyAvailable: when nobody could for as long as was allowed.
        """
        target = (yield from with_sids(self.routing))["properties"]
        why = yield from self._lack(target)
        if why is None:
            return Go()
        since = self.since or now
        if now >= since + self.timeout:
            raise NobodyAvailable(why, self.timeout)
        pause = min(_LONGEST, max(_SHORTEST, (now - since) / 20))
        return Hold(min(now + pause, since + self.timeout), why, by=AGENTS)

    def _lack(self, target: Mapping[str, Any]) -> Procedure[str | None]:
        """Say in a sentence why nobody could take it; ``None`` when somebody could."""
        workspace_sid = str(target["workspace_sid"])
        if target.get("worker_sid"):
            worker = yield fetch_worker(workspace_sid, target["worker_sid"])
            if worker.available:
                return None
            return f"Worker {worker.sid} is {worker.activity_name or 'not available'}."
        queue_sid = str(target["queue_sid"])
        statistics = yield fetch_queue_statistics(workspace_sid, queue_sid)
        if not statistics.total_available_workers:
            everybody = statistics.total_eligible_workers or 0
            return f"None of {everybody} agents of queue {queue_sid} is available."
        # Who is available may still have as much as they can, unless one of them has nothing from this queue.
        tasks = statistics.tasks_by_status or {}
        waiting = tasks.get("pending", 0)
        begun = sum(tasks.get(status, 0) for status in _WITH_AN_AGENT)
        if not waiting and begun < statistics.total_available_workers:
            return None
        if (yield from self._somebody_has_room(workspace_sid, queue_sid, target)):
            return None
        return f"All available agents of queue {queue_sid} are busy, and {waiting} conversations wait in it."

    def _somebody_has_room(
        self, workspace_sid: str, queue_sid: str, target: Mapping[str, Any]
    ) -> Procedure[bool]:
        kind = (
            target.get("task_channel_sid") or target.get("task_channel_unique_name") or _DEFAULT_TASK_CHANNEL
        )
        workers = yield list_workers(
            workspace_sid, task_queue_sid=queue_sid, available=True, page_size=_MOST_ASKED
        )
        for worker in workers.items:
            channels = yield list_worker_channels(workspace_sid, worker.sid)
            if any(_has_room(channel, str(kind)) for channel in channels.items):
                return True
        return False


def _has_room(channel: WorkerChannel, kind: str) -> bool:
    same = kind in (channel.task_channel_sid, channel.task_channel_unique_name)
    return same and bool(channel.available) and bool(channel.available_capacity_percentage)


def agent_availability_policy(
    routing: Mapping[str, Any], queue_sid: str | None, timeout: timedelta, since: datetime | None
) -> AgentsAvailable:
    """Make the gate of an opening.

    :param routing: its whole ``Routing`` object.
    :param queue_sid: the connection's queue, for when the routing names neither queue nor worker.
    :param timeout: how long to hold at most.
    :param since: when it was first held.
    :raises InvalidInput: when it is not known who is to take the conversation.
    """
    properties = routing["properties"]
    if not any(properties.get(name) for name in ("worker", "worker_sid", "queue", "queue_sid")):
        if not queue_sid:
            raise InvalidInput(
                "require_available_agents",
                "needs to know whom to ask: pass a queue or a worker in routing, or set 'queue_sid' in the "
                "extra of the connection.",
            )
        routing = {**routing, "properties": {**properties, "queue_sid": queue_sid}}
    return AgentsAvailable(routing, timeout, since)
