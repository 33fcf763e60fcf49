"""The rows of the sandbox's state: what exists, without how it is shown or what may be done to it.

Times are seconds since the epoch. SIDs refer to other rows.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

__all__ = [
    "ChannelParticipantRecord",
    "ChannelRecord",
    "ConversationRecord",
    "InteractionRecord",
    "InteractionWebhookRecord",
    "InviteRecord",
    "MediaRecord",
    "MessageRecord",
    "ParticipantRecord",
    "ReceiptRecord",
    "ReservationRecord",
    "RoutingStep",
    "Target",
    "TaskRecord",
    "TransferRecord",
]

_INCLUDES: Final = {
    "sent": {"sent"},
    "delivered": {"sent", "delivered"},
    "read": {"sent", "delivered", "read"},
    "undelivered": {"sent", "undelivered"},
    "failed": {"failed"},
}


@dataclass(slots=True)
class ParticipantRecord:
    """Somebody in a conversation: a chat user (identity), or a person behind an address."""

    sid: str
    conversation_sid: str
    created: float
    updated: float
    identity: str | None = None
    kind: str | None = None
    address: str | None = None
    proxy_address: str | None = None
    projected_address: str | None = None
    level: str | None = None
    name: str | None = None
    attributes: str = "{}"
    role_sid: str | None = None
    last_read_index: int | None = None
    last_read_at: str | None = None
    replies_used: int = 0
    will_close: bool = False

    @property
    def who(self) -> str:
        """The address or the identity by which others know this participant."""
        return self.address or self.identity or self.projected_address or self.sid


@dataclass(slots=True)
class ReceiptRecord:
    """What became of one message for one recipient."""

    sid: str
    participant_sid: str
    channel_message_sid: str
    status: str
    error_code: int
    created: float
    updated: float


@dataclass(slots=True)
class MessageRecord:
    """One message; ``recipients`` counts the addresses it goes to."""

    sid: str
    conversation_sid: str
    index: int
    author: str
    created: float
    updated: float
    body: str | None
    attributes: str
    participant_sid: str | None
    media_sid: str | None
    content_sid: str | None
    content_variables: str | None
    subject: str | None
    recipients: int
    receipts: list[ReceiptRecord] = field(default_factory=list)

    def delivery(self) -> dict[str, Any] | None:
        """Return the summary of its receipts, or None where there can't be any."""
        if not self.recipients:
            return None
        summary: dict[str, Any] = {"total": self.recipients}
        for name in ("sent", "delivered", "read", "failed", "undelivered"):
            count = sum(name in _INCLUDES[receipt.status] for receipt in self.receipts)
            summary[name] = "none" if not count else "all" if count == self.recipients else "some"
        return summary


@dataclass(slots=True)
class ConversationRecord:
    """A conversation with its participants and messages."""

    sid: str
    n: int
    created: float
    updated: float
    created_by: str
    friendly_name: str | None = None
    unique_name: str | None = None
    named: float = 0.0
    attributes: str = "{}"
    state: str = "active"
    messaging_service_sid: str | None = None
    inactive_after: float | None = None
    closed_after: float | None = None
    date_inactive: float | None = None
    date_closed: float | None = None
    email_address: str | None = None
    email_name: str | None = None
    channel_sid: str | None = None
    next_index: int = 0
    opened: bool = False
    delivered: bool = False
    replied: bool = False
    agents: set[str] = field(default_factory=set)
    participants: list[ParticipantRecord] = field(default_factory=list)
    messages: list[MessageRecord] = field(default_factory=list)

    def message_at(self, index: int) -> MessageRecord | None:
        """Return the message at an index, or None.

        :param index: the message's index; not its place, since messages can be deleted.
        """
        place = bisect_left(self.messages, index, key=lambda each: each.index)
        return next((each for each in self.messages[place : place + 1] if each.index == index), None)


@dataclass(slots=True)
class InteractionRecord:
    """An interaction; it has one channel."""

    sid: str
    n: int
    created: float
    channel_sid: str
    context_sid: str | None


@dataclass(slots=True)
class ChannelParticipantRecord:
    """Somebody in an interaction channel."""

    sid: str
    kind: str
    worker_sid: str | None = None
    task_sid: str | None = None
    reservation_sid: str | None = None


@dataclass(slots=True)
class InviteRecord:
    """An agent's invitation into a channel; it made the task."""

    sid: str
    task_sid: str


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """What an agent handed over: the agent's SID in the channel, and the worker or queue it went to."""

    sid: str
    execution_sid: str
    created: float
    from_sid: str
    to: str
    note_sid: str | None
    summary_sid: str | None


@dataclass(slots=True)
class InteractionWebhookRecord:
    """A webhook for interactions: for all of them (``global``), or for those that name it."""

    ttid: str
    events: list[str] = field(default_factory=list)
    url: str = ""
    method: str = "POST"
    kind: str = "global"
    name: str | None = None


@dataclass(slots=True)
class ChannelRecord:
    """An interaction channel, between its interaction and its conversation.

    ``webhook_ttid`` is the interaction webhook that its interaction names.
    """

    sid: str
    interaction_sid: str
    kind: str
    initiated_by: str
    conversation_sid: str
    webhook_ttid: str | None = None
    status: str = "setup"
    error_code: int | None = None
    error_message: str | None = None
    email_from: str | None = None
    email_from_name: str | None = None
    customer_name: str | None = None  # as the last of its tasks told, once that is gone
    participants: list[ChannelParticipantRecord] = field(default_factory=list)
    invites: list[InviteRecord] = field(default_factory=list)
    transfers: list[TransferRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Target:
    """A workflow's routing step: a queue, who of it may take the task, and for how long it waits there.

    Texts are empty, and numbers None, where the configuration does not have them. ``expression`` asks for
    ``task`` and ``worker``, ``skip_if`` for ``workers`` and ``task``. ``timeout`` is in seconds.
    """

    queue_sid: str
    expression: str = ""
    skip_if: str = ""
    order_by: str = ""
    known_worker_sid: str = ""
    known_worker_name: str = ""
    priority: int | None = None
    timeout: int | None = None

    @property
    def takes_everybody(self) -> bool:
        """Whether all of the queue's workers are the same to it."""
        return not (self.expression or self.order_by or self.known_worker_sid or self.known_worker_name)


class RoutingStep(NamedTuple):
    """A target that a task comes to, and the number of its filter; -1 for the default one.

    ``until`` is the task's age in seconds at which it goes on from here. One filter's timeouts add up.
    """

    target: Target
    filter: int
    until: float | None


@dataclass(slots=True)
class ReservationRecord:
    """A task's reservation for one worker."""

    sid: str
    worker_sid: str
    worker_name: str
    status: str
    created: float
    updated: float


@dataclass(slots=True)
class TaskRecord:
    """A TaskRouter task. One that no interaction has made has no SIDs of an interaction: they are empty.

    ``steps`` are the targets of its workflow, and ``step`` the number of the one where it is. A task that
    goes to a worker or a queue directly has none; one that is in no queue has no ``queue_sid``.
    """

    sid: str
    n: int
    created: float
    updated: float
    attributes: str
    workflow_sid: str
    queue_sid: str | None
    task_channel_sid: str
    target_sid: str | None
    ignore_capacity: bool
    priority: int
    timeout: int
    interaction_sid: str
    channel_sid: str
    conversation_sid: str
    status: str = "pending"
    reason: str | None = None
    version: int = 0
    reserved_by: str | None = None
    reservation_sid: str | None = None
    declined_by: tuple[str, ...] = ()
    virtual_start: float | None = None
    entered: float | None = None
    steps: tuple[RoutingStep, ...] = ()
    step: int = 0
    reservations: list[ReservationRecord] = field(default_factory=list)

    @property
    def target(self) -> Target | None:
        """Where it is; None if it goes to a worker or a queue directly, or nowhere."""
        return self.steps[self.step].target if self.step < len(self.steps) else None


@dataclass(slots=True)
class MediaRecord:
    """A file that was uploaded."""

    sid: str
    content_type: str
    content: bytes
    created: float
    updated: float
