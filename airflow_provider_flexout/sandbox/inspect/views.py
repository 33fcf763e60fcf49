"""Read-only copies of rows, for tests and for the controls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.sandbox.rules.participants import role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_provider_flexout.sandbox.state import records
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.state.templates import TemplateRecord

__all__ = [
    "ConversationView",
    "InteractionView",
    "MediaView",
    "MessageView",
    "ParticipantView",
    "ReservationView",
    "TaskView",
    "TemplateView",
    "conversation_view",
    "interaction_view",
    "media_view",
    "story",
    "task_view",
    "template_view",
]


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """Somebody in a conversation."""

    sid: str
    conversation_sid: str
    identity: str | None
    address: str | None
    proxy_address: str | None
    type: str | None
    level: str | None
    name: str | None
    attributes: Any


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message; ``role`` is customer, agent, system or pipeline."""

    sid: str
    conversation_sid: str
    index: int
    author: str
    role: str
    body: str | None
    content_sid: str | None
    content_variables: Any
    media_sid: str | None
    subject: str | None
    attributes: Any
    at: datetime
    delivery: dict[str, Any] | None
    error_codes: tuple[int, ...]

    def __str__(self) -> str:
        text = self.body or self.content_sid or "(a file)"
        failed = f" [{', '.join(map(str, self.error_codes))}]" if self.error_codes else ""
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.role} {self.author}: {text}{failed}"


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation with all of its messages, and the SIDs of its interaction."""

    sid: str
    unique_name: str | None
    state: str
    attributes: Any
    created: datetime
    participants: tuple[ParticipantView, ...]
    transcript: tuple[MessageView, ...]
    interaction_sid: str | None
    channel_sid: str | None
    task_sid: str | None

    @property
    def texts(self) -> list[str | None]:
        """The texts of its messages, in order; None for a template, or a file without a text."""
        return [message.body for message in self.transcript]

    def __str__(self) -> str:
        names = ", ".join(each.address or each.identity or each.sid for each in self.participants)
        lines = [f"{self.sid} ({self.state}) with {names or 'nobody'}"]
        lines += [f"  {message}" for message in self.transcript]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class InteractionView:
    """An interaction with its channel."""

    sid: str
    created: datetime
    channel_sid: str
    channel_type: str
    channel_status: str
    error_code: int | None
    conversation_sid: str
    task_sids: tuple[str, ...]
    webhook_ttid: str | None


@dataclass(frozen=True, slots=True)
class ReservationView:
    """A task's reservation for a worker, by name."""

    worker: str
    status: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task that still exists; ``worker`` is the name of who has it, or had it last."""

    sid: str
    status: str
    reason: str | None
    attributes: Any
    created: datetime
    worker_sid: str | None
    worker: str | None
    queue_sid: str | None
    reservations: tuple[ReservationView, ...]
    routing_target: str | None
    priority: int
    interaction_sid: str
    channel_sid: str
    conversation_sid: str


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A message template, and the status of its approval by WhatsApp."""

    sid: str
    name: str
    status: str
    rejection_reason: str
    variables: dict[str, str]
    types: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MediaView:
    """A file that was uploaded."""

    sid: str
    content_type: str
    content: bytes


def _date(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, timezone.utc)


def _participant(row: records.ParticipantRecord) -> ParticipantView:
    return ParticipantView(
        row.sid,
        row.conversation_sid,
        row.identity,
        row.address,
        row.proxy_address,
        row.kind,
        row.level,
        row.name,
        json.loads(row.attributes),
    )


def _message(conversation: records.ConversationRecord, row: records.MessageRecord) -> MessageView:
    return MessageView(
        row.sid,
        row.conversation_sid,
        row.index,
        row.author,
        role(conversation, row.author),
        row.body,
        row.content_sid,
        json.loads(row.content_variables or "{}"),
        row.media_sid,
        row.subject,
        json.loads(row.attributes),
        _date(row.created),
        row.delivery(),
        tuple(receipt.error_code for receipt in row.receipts if receipt.error_code),
    )


def conversation_view(store: Store, row: records.ConversationRecord) -> ConversationView:
    """Return a copy of a conversation.

    :param store: the sandbox's state.
    :param row: the conversation.
    """
    channel = store.channels.get(row.channel_sid or "")
    return ConversationView(
        row.sid,
        row.unique_name,
        row.state,
        json.loads(row.attributes),
        _date(row.created),
        tuple(_participant(each) for each in row.participants),
        tuple(_message(row, each) for each in row.messages),
        channel.interaction_sid if channel else None,
        channel.sid if channel else None,
        channel.invites[-1].task_sid if channel else None,
    )


def story(conversations: Sequence[ConversationView]) -> str:
    """Return conversations as text for people to read.

    :param conversations: the conversations.
    """
    return "\n".join(map(str, conversations)) or "There is no conversation."


def interaction_view(store: Store, row: records.InteractionRecord) -> InteractionView:
    """Return a copy of an interaction.

    :param store: the sandbox's state.
    :param row: the interaction.
    """
    channel = store.channels[row.channel_sid]
    return InteractionView(
        row.sid,
        _date(row.created),
        channel.sid,
        channel.kind,
        channel.status,
        channel.error_code,
        channel.conversation_sid,
        tuple(task.sid for task in store.tasks_of(channel)),
        channel.webhook_ttid,
    )


def task_view(row: records.TaskRecord) -> TaskView:
    """Return a copy of a task.

    :param row: the task.
    """
    return TaskView(
        row.sid,
        row.status,
        row.reason,
        json.loads(row.attributes),
        _date(row.created),
        row.reserved_by,
        row.reservations[-1].worker_name if row.reserved_by else None,
        row.queue_sid,
        tuple(
            ReservationView(each.worker_name, each.status, _date(each.created), _date(each.updated))
            for each in row.reservations
        ),
        row.target_sid,
        row.priority,
        row.interaction_sid,
        row.channel_sid,
        row.conversation_sid,
    )


def template_view(row: TemplateRecord) -> TemplateView:
    """Return a copy of a template.

    :param row: the template.
    """
    return TemplateView(
        row.sid, row.friendly_name, row.status, row.rejection_reason, dict(row.variables), dict(row.types)
    )


def media_view(row: records.MediaRecord) -> MediaView:
    """Return a copy of a file.

    :param row: the file.
    """
    return MediaView(row.sid, row.content_type, row.content)
