"""The rows of the sandbox's state: what exists, without how it is shown or what may be done to it.

Times are seconds since the epoch. SIDs refer to other rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    "TaskRecord",
    "TemplateRecord",
]


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
    delivered: bool = False
    replied: bool = False
    agents: set[str] = field(default_factory=set)
    participants: list[ParticipantRecord] = field(default_factory=list)
    messages: list[MessageRecord] = field(default_factory=list)


@dataclass(slots=True)
class InteractionRecord:
    """An interaction; it has one channel."""

    sid: str
    n: int
    created: float
    channel_sid: str
    context_sid: str | None
    webhook_ttid: str | None


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


@dataclass(slots=True)
class InteractionWebhookRecord:
    """An address that wants to hear of interactions: of all (``global``), or of those that name it."""

    ttid: str
    events: list[str] = field(default_factory=list)
    url: str = ""
    method: str = "POST"
    kind: str = "global"
    name: str | None = None


@dataclass(slots=True)
class ChannelRecord:
    """An interaction channel, between its interaction and its conversation."""

    sid: str
    interaction_sid: str
    kind: str
    initiated_by: str
    conversation_sid: str
    status: str = "setup"
    error_code: int | None = None
    error_message: str | None = None
    email_from: str | None = None
    email_from_name: str | None = None
    participants: list[ChannelParticipantRecord] = field(default_factory=list)
    invites: list[InviteRecord] = field(default_factory=list)


@dataclass(slots=True)
class ReservationRecord:
    """A task's offer to one worker."""

    sid: str
    worker_sid: str
    worker_name: str
    status: str
    created: float
    updated: float


@dataclass(slots=True)
class TaskRecord:
    """A TaskRouter task made by an interaction."""

    sid: str
    n: int
    created: float
    updated: float
    attributes: str
    workflow_sid: str
    queue_sid: str
    task_channel_sid: str
    target_sid: str | None
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
    reservations: list[ReservationRecord] = field(default_factory=list)


@dataclass(slots=True)
class TemplateRecord:
    """A message template, and what WhatsApp says of it."""

    sid: str
    n: int
    created: float
    updated: float
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: dict[str, Any]
    status: str = "unsubmitted"
    rejection_reason: str = ""
    category: str = ""
    approval_name: str = ""


@dataclass(slots=True)
class MediaRecord:
    """A file that was uploaded."""

    sid: str
    content_type: str
    content: bytes
    created: float
    updated: float
