"""The policy that holds an outreach while no agent could take the conversation."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput, NobodyAvailable
from airflow_provider_flexout.outreach.policies.decision import Go, Hold
from airflow_provider_flexout.outreach.routing.names import with_sids
from airflow_provider_flexout.outreach.values.arguments import count_of
from airflow_provider_flexout.outreach.values.durations import format_duration
from airflow_provider_flexout.twilio.api.workspace import (
    fetch_queue_statistics,
    fetch_worker,
    list_worker_channels,
    list_workers,
)
from airflow_provider_flexout.twilio.http.errors import FlexoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.policies.decision import Decision
    from airflow_provider_flexout.twilio.api.workspace import WorkerChannel
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)

AGENTS = "agents"
"""The name of the policy in a :class:`Hold`."""

_MOST_ASKED = 20
"""How many agents' capacity is looked up at most."""

_WITH_AN_AGENT = ("reserved", "assigned", "wrapping")

_DEFAULT_TASK_CHANNEL = "default"
_SHORTEST, _LONGEST = timedelta(seconds=30), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AgentAvailabilityPolicy:
    """Holds an outreach while no agent could take the conversation.

    A conversation for one worker waits until that worker is available; capacity does not matter, since
    TaskRouter ignores it for such a task. Any other waits until an agent of the queue is available. Where
    tasks wait in the queue, or every available agent may have one, it also waits until an agent has capacity.

    :param routing: a whole ``Routing`` object, with names or SIDs; it names a queue or a worker.
    :param timeout: how long the outreach is held at most.
    :param since: when the outreach was first held, aware; ``None`` when it has not been held yet.
    """

    routing: Mapping[str, Any]
    timeout: timedelta
    since: datetime | None = None

    def check(self, now: datetime) -> Procedure[Decision]:
        """Check whether an agent could take the conversation.

        :param now: the present moment, aware.
        :raises NobodyAvailable: when no agent could for as long as ``timeout``.
        """
        target = (yield from with_sids(self.routing))["properties"]
        why = yield from self._lack(target)
        if why is None:
            return Go()
        since = self.since or now
        if now >= since + self.timeout:
            raise NobodyAvailable(why, format_duration(self.timeout))
        pause = min(_LONGEST, max(_SHORTEST, (now - since) / 20))
        return Hold(min(now + pause, since + self.timeout), why, by=AGENTS)

    def _lack(self, target: Mapping[str, Any]) -> Procedure[str | None]:
        """Say in a sentence why no agent could take the conversation; ``None`` when one could."""
        workspace_sid = str(target["workspace_sid"])
        if target.get("worker_sid"):
            worker = yield fetch_worker(workspace_sid, target["worker_sid"])
            if worker.available:
                return None
            return f"Worker {worker.sid} is {worker.activity_name or 'not available'}."
        queue_sid = str(target["queue_sid"])
        statistics = yield fetch_queue_statistics(workspace_sid, queue_sid)
        if not statistics.total_available_workers:
            eligible = statistics.total_eligible_workers or 0
            return f"Queue {queue_sid} has {count_of(eligible, 'agent')}; available now: 0."
        # An available agent may still have no capacity left, unless one of them has no task of this queue.
        tasks = statistics.tasks_by_status or {}
        waiting = tasks.get("pending", 0)
        with_agents = sum(tasks.get(status, 0) for status in _WITH_AN_AGENT)
        if not waiting and with_agents < statistics.total_available_workers:
            return None
        if (yield from self._somebody_has_room(workspace_sid, queue_sid, target)):
            return None
        conversations = count_of(waiting, "conversation")
        return f"All available agents of queue {queue_sid} are busy, with {conversations} waiting."

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


def who_is_missing(routing: Mapping[str, Any], queue_sid: str | None) -> Procedure[str | None]:
    """Say why no agent takes a new conversation unless something changes; ``None`` where somebody may.

    It checks little: whether the worker that the routing names is available, and whether the queue has any
    agent at all. Twilio itself accepts the outreach all the same, and its task waits.

    :param routing: the whole ``Routing`` object of the outreach.
    :param queue_sid: the connection's queue, used when the routing names neither a queue nor a worker.
    """
    target = (yield from with_sids(routing))["properties"]
    workspace_sid, worker_sid = str(target["workspace_sid"]), target.get("worker_sid")
    if worker_sid:
        worker = yield fetch_worker(workspace_sid, worker_sid)
        if not worker.available:
            return f"it is for worker {worker.sid}, who is {worker.activity_name or 'not available'}"
    queue_sid = target.get("queue_sid") or queue_sid
    if not queue_sid:
        return None
    statistics = yield fetch_queue_statistics(workspace_sid, queue_sid)
    return None if statistics.total_eligible_workers else f"queue {queue_sid} has no agents"


def warn_of_nobody(routing: Mapping[str, Any], queue_sid: str | None) -> Procedure[None]:
    """Log a warning where no agent takes a new conversation unless something changes.

    Nothing depends on it, so an error on the way is ignored.

    :param routing: the whole ``Routing`` object, as of :func:`who_is_missing`.
    :param queue_sid: the connection's queue.
    """
    try:
        why = yield from who_is_missing(routing, queue_sid)
    except FlexoutError as error:
        log.debug("Could not check whether an agent is available: %s", error)
        return
    if why:
        log.warning("Twilio has the task, but nobody can take it for now: %s.", why)


def agent_availability_policy(
    routing: Mapping[str, Any], queue_sid: str | None, timeout: timedelta, since: datetime | None
) -> AgentAvailabilityPolicy:
    """Make the policy of an outreach.

    :param routing: the whole ``Routing`` object of the outreach.
    :param queue_sid: the connection's queue, used when the routing names neither a queue nor a worker.
    :param timeout: how long the outreach is held at most.
    :param since: when the outreach was first held, aware; ``None`` when it has not been held yet.
    :raises InvalidInput: when neither the routing nor the connection names a queue or a worker.
    """
    properties = routing["properties"]
    if not any(properties.get(name) for name in ("worker", "worker_sid", "queue", "queue_sid")):
        if not queue_sid:
            raise InvalidInput(
                "require_available_agents",
                "needs to know which agents: pass a queue or a worker in routing, or set 'queue_sid' in the "
                "extra of the connection.",
            )
        routing = {**routing, "properties": {**properties, "queue_sid": queue_sid}}
    return AgentAvailabilityPolicy(routing, timeout, since)
