"""The sinks of Event Streams, and which events each gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EventStreams", "SinkRecord", "SubscriptionRecord"]


@dataclass(slots=True)
class SinkRecord:
    """Where events go: ``webhook``, or ``kinesis``, whose events are only kept."""

    sid: str
    description: str
    kind: str
    configuration: dict[str, Any]
    created: float

    @property
    def address(self) -> str:
        """The URL of a webhook, or the ARN of a stream."""
        return str(self.configuration["destination" if self.kind == "webhook" else "arn"])


@dataclass(slots=True)
class SubscriptionRecord:
    """The types of events that a sink gets, each with the version of its schema."""

    sid: str
    description: str
    sink_sid: str
    types: dict[str, int]
    created: float


@dataclass(slots=True)
class EventStreams:
    """All sinks and subscriptions, by SID, oldest first."""

    sinks: dict[str, SinkRecord] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionRecord] = field(default_factory=dict)

    def subscribers(self, kind: str) -> Iterator[tuple[SinkRecord, int]]:
        """Give each sink that gets events of a type, with the version of their schema.

        :param kind: the type, such as ``com.twilio.conversations.message.added``.
        """
        for one in self.subscriptions.values():
            if kind in one.types:
                yield self.sinks[one.sink_sid], one.types[kind]
