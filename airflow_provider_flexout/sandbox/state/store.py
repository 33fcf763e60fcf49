"""Everything that exists in the sandbox, in one place, with the indexes that its rules need.

Twilio refuses some things to happen twice; each refusal has its index here: a conversation's unique name, a
bound pair of addresses, a conversation's channel.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from airflow_provider_flexout.sandbox.state.account.credentials import credentials_from, password
from airflow_provider_flexout.sandbox.state.account.setup import AccountSetup
from airflow_provider_flexout.sandbox.state.counters import Counters
from airflow_provider_flexout.sandbox.state.event_log import EventLog
from airflow_provider_flexout.sandbox.state.scripts import Scripts
from airflow_provider_flexout.sandbox.state.studio_flows import StudioFlows
from airflow_provider_flexout.sandbox.state.task_event_log import TaskEventLog
from airflow_provider_flexout.sandbox.state.task_index import AttributeIndex
from airflow_provider_flexout.sandbox.state.templates import seeded_templates
from airflow_provider_flexout.sandbox.state.webhook_registry import WebhookRegistry
from airflow_provider_flexout.sandbox.state.workspace import TaskRouterWorkspace
from airflow_provider_flexout.sandbox.wire.clock import Clock
from airflow_provider_flexout.sandbox.wire.fault_injection import Faults
from airflow_provider_flexout.sandbox.wire.rate_limits import PublishedLimits
from airflow_provider_flexout.sandbox.wire.request_log import RequestLog
from airflow_provider_flexout.sandbox.wire.settings import SandboxSettings
from airflow_provider_flexout.sandbox.wire.sids import Sids, seeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from airflow_provider_flexout.sandbox.state.records import (
        ChannelRecord,
        ConversationRecord,
        InteractionRecord,
        MediaRecord,
        ParticipantRecord,
        TaskRecord,
    )

__all__ = ["Store", "Table"]


class _Row(Protocol):
    sid: str
    n: int


_R = TypeVar("_R", bound=_Row)


def _number(row: _Row) -> int:
    return row.n


class Table(Generic[_R]):
    """Rows by SID and in order of creation."""

    __slots__ = ("_by_sid", "_last", "_rows")

    def __init__(self) -> None:
        self._by_sid: dict[str, _R] = {}
        self._rows: list[_R] = []
        self._last = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[_R]:
        return iter(self._rows)

    def next_number(self) -> int:
        """Return the number of the next row to be added."""
        self._last += 1
        return self._last

    def add(self, row: _R) -> None:
        """Add a row; its number must come from :meth:`next_number`.

        :param row: the row.
        """
        self._by_sid[row.sid] = row
        self._rows.append(row)

    def get(self, sid: str) -> _R | None:
        """Return a row, or None.

        :param sid: its SID.
        """
        return self._by_sid.get(sid)

    def remove(self, row: _R) -> None:
        """Remove a row.

        :param row: the row.
        """
        del self._by_sid[row.sid]
        del self._rows[bisect_left(self._rows, row.n, key=_number)]

    def after(self, number: int) -> Iterator[_R]:
        """Return the rows made after a given one, oldest first.

        :param number: that row's number; 0 for all.
        """
        return islice(self._rows, bisect_left(self._rows, number + 1, key=_number), None)

    def before(self, number: int | None) -> Iterator[_R]:
        """Return the rows made before a given one, newest first.

        :param number: that row's number; None for all.
        """
        end = len(self._rows) if number is None else bisect_left(self._rows, number, key=_number)
        return (self._rows[position] for position in range(end - 1, -1, -1))


def _conversation_sid(participant: ParticipantRecord) -> str:
    return participant.conversation_sid


class Store:
    """The sandbox's state.

    :param seed: makes SIDs and faults repeatable; None for a different run every time.
    :param frozen: whether time stands still unless the clock is advanced.
    :param start: where the clock begins; now, if left out.
    :param settings: how the sandbox behaves where Twilio leaves room; the assumed behaviour, if left out.
    :param secret: what its passwords are made from; empty for those that everybody knows.
    """

    __slots__ = (
        "_defaults",
        "_seed",
        "account",
        "by_name",
        "channels",
        "clock",
        "conversations",
        "counters",
        "credentials",
        "events",
        "faults",
        "interactions",
        "last_inbound",
        "lock",
        "media",
        "opted_out",
        "pairs",
        "participations",
        "rate_limits",
        "request_sids",
        "requests",
        "scripts",
        "settings",
        "sids",
        "signing_key",
        "studio",
        "task_events",
        "task_index",
        "tasks",
        "templates",
        "tokens",
        "waiting_tasks",
        "webhooks",
        "workspace",
    )

    def __init__(
        self,
        seed: int | None = None,
        *,
        frozen: bool = False,
        start: datetime | None = None,
        settings: SandboxSettings | None = None,
        secret: str = "",
    ) -> None:
        # Everything that reads or changes the state holds it. It is reentrant: the clock takes it as well.
        self.lock = RLock()
        self.clock = Clock(self.lock, frozen=frozen, start=start)
        self.settings = settings or SandboxSettings()
        self.faults = Faults(seed)
        self.requests = RequestLog()
        self.credentials = credentials_from(secret)
        self.signing_key = password(secret, "access tokens").encode()
        self.rate_limits = PublishedLimits()
        self.events = EventLog(self.clock)
        self.webhooks = WebhookRegistry()
        self.task_events = TaskEventLog(self.clock)
        self._seed, self._defaults = seed, self.settings.as_dict()
        self._clear()

    def reset(self) -> None:
        """Forget everything and everybody, with the settings of the start; the clock keeps its time."""
        self.clock.clear()
        self.requests.clear()
        self.faults.reset(seeded(self._seed))
        self.settings.update(self._defaults)
        self.rate_limits = PublishedLimits()
        self._clear()

    def _clear(self) -> None:
        self.workspace = TaskRouterWorkspace()
        self.scripts = Scripts()
        self.waiting_tasks: dict[str, TaskRecord] = {}
        self.events.clear()
        self.webhooks.clear()
        self.task_events.clear()
        self.counters = Counters()
        self.sids = Sids(self._seed)
        # Numbered apart, so that reading changes no SID of what is made afterwards.
        self.request_sids = Sids(self._seed)
        self.conversations: Table[ConversationRecord] = Table()
        self.by_name: dict[str, ConversationRecord] = {}
        self.pairs: dict[tuple[str, str], str] = {}
        self.participations: dict[str, list[ParticipantRecord]] = {}
        self.interactions: Table[InteractionRecord] = Table()
        self.channels: dict[str, ChannelRecord] = {}
        self.tasks: Table[TaskRecord] = Table()
        self.task_index = AttributeIndex()
        self.tokens: dict[str, float] = {}
        self.last_inbound: dict[tuple[str, str], float] = {}
        self.opted_out: set[tuple[str, str]] = set()
        self.media: dict[str, MediaRecord] = {}
        self.templates = seeded_templates()
        self.studio = StudioFlows()
        self.account = AccountSetup()

    def add_participation(self, participant: ParticipantRecord) -> None:
        """Make a participant findable by address and by identity.

        :param participant: the participant.
        """
        for key in filter(None, (participant.address, participant.identity)):
            insort(self.participations.setdefault(key, []), participant, key=_conversation_sid)

    def remove_participation(self, participant: ParticipantRecord) -> None:
        """Undo :meth:`add_participation`.

        :param participant: the participant.
        """
        for key in filter(None, (participant.address, participant.identity)):
            rows = self.participations[key]
            rows[:] = [row for row in rows if row is not participant]
            if not rows:
                del self.participations[key]

    def conversation(self, sid_or_name: str) -> ConversationRecord | None:
        """Return a conversation, or None.

        :param sid_or_name: its SID or unique name.
        """
        named = self.by_name.get(sid_or_name)
        if named and named.named + self.settings.name_lag > self.clock.time():
            named = None
        return self.conversations.get(sid_or_name) or named

    def tasks_of(self, channel: ChannelRecord) -> list[TaskRecord]:
        """Return a channel's tasks that still exist.

        :param channel: the channel.
        """
        found = (self.tasks.get(invite.task_sid) for invite in channel.invites)
        return [task for task in found if task is not None]

    def release_pairs(self, participants: Iterable[ParticipantRecord]) -> None:
        """Let pairs of addresses be bound again, after the time that is set for it.

        :param participants: those whose pairs are released.
        """
        for participant in participants:
            if participant.address and participant.proxy_address:
                pair = (participant.address, participant.proxy_address)
                if self.settings.pair_release:
                    wait = self.settings.pair_release
                    self.clock.schedule(wait, "release_pair", pair, participant.conversation_sid)
                else:
                    self.release_pair(pair, participant.conversation_sid)

    def release_pair(self, pair: tuple[str, str], conversation_sid: str) -> None:
        """Let a pair of addresses be bound again.

        :param pair: customer address and proxy address.
        :param conversation_sid: the conversation that held it.
        """
        if self.pairs.get(pair) != conversation_sid:
            return
        holder = self.conversations.get(conversation_sid)
        bound_again = holder is not None and any(
            (each.address, each.proxy_address) == pair for each in holder.participants
        )
        if holder is None or holder.state == "closed" or not bound_again:
            del self.pairs[pair]
