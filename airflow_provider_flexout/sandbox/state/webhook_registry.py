"""The webhooks and sinks that are registered, and the requests that were made to them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_provider_flexout.sandbox.state.records import InteractionWebhookRecord

__all__ = [
    "Callback",
    "Configuration",
    "EventStreams",
    "ScopedWebhook",
    "SinkRecord",
    "SubscriptionRecord",
    "WebhookRegistry",
]

_KEPT: Final = 5_000


@dataclass(slots=True)
class Configuration:
    """The account's webhook for all conversations."""

    post_url: str | None = None
    pre_url: str | None = None
    method: str = "POST"
    filters: list[str] = field(default_factory=list)
    target: str = "webhook"


@dataclass(slots=True)
class ScopedWebhook:
    """A webhook of one conversation.

    A ``trigger`` is called for messages with one of its words; ``studio`` starts a flow.
    """

    sid: str
    conversation_sid: str
    target: str
    created: float
    updated: float
    url: str | None = None
    method: str = "post"
    filters: list[str] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    flow_sid: str | None = None
    replay_after: int | None = None

    def matches(self, event: str, body: str | None) -> bool:
        """Tell whether it is called for an event.

        :param event: Twilio's name of the event.
        :param body: the text of the message that it is about.
        """
        if self.target == "webhook":
            return event in self.filters
        text = (body or "").lower()
        return (
            self.target == "trigger"
            and event == "onMessageAdded"
            and any(word.lower() in text for word in self.triggers)
        )

    def starts_flow(self, event: str) -> bool:
        """Tell whether it starts a Studio flow for an event; without filters, messages do.

        :param event: Twilio's name of the event.
        """
        return self.target == "studio" and event in (self.filters or ("onMessageAdded",))


@dataclass(slots=True)
class Callback:
    """One request to a webhook.

    :param event: Twilio's name of the event.
    :param url: where it goes.
    :param method: ``GET`` or ``POST``.
    :param params: the fields that are sent.
    :param conversation_sid: the conversation that it is about.
    :param body: the JSON that is sent in place of fields, as Event Streams do.
    :param status: HTTP status of the response; None until there is one.
    :param error: why there was no response, or None.
    """

    event: str
    url: str
    method: str
    params: dict[str, str]
    conversation_sid: str
    body: str | None = None
    status: int | None = None
    error: str | None = None


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


class WebhookRegistry:
    """The registered webhooks, and the latest 5,000 requests to them, oldest first.

    ``configuration`` is the account's webhook for all conversations; ``scoped`` holds those of single
    conversations, ``interaction`` those for interactions, ``streams`` the sinks of Event Streams. ``source``
    tells who causes what happens now: ``SDK`` for people and the clock, ``API`` for a request that asks for
    webhooks, None for a request that does not. ``deliver`` sends a request; None while nothing is sent.
    """

    __slots__ = (
        "configuration",
        "deliver",
        "interaction",
        "scoped",
        "sent",
        "source",
        "streams",
    )

    def __init__(self) -> None:
        self.deliver: Callable[[Callback], None] | None = None
        self.source: str | None = "SDK"
        self.sent: deque[Callback] = deque(maxlen=_KEPT)
        self.clear()

    def clear(self) -> None:
        """Forget everything but ``deliver``."""
        self.configuration = Configuration()
        self.scoped: dict[str, list[ScopedWebhook]] = {}
        self.interaction: dict[str, InteractionWebhookRecord] = {}
        self.streams = EventStreams()
        self.sent.clear()

    def subscribers(
        self, event: str, conversation_sid: str, body: str | None, only: ScopedWebhook | None = None
    ) -> Iterator[tuple[str, str, str | None]]:
        """Return URL, method and SID of the webhooks that are called for an event of a conversation.

        The account's webhook for all conversations has no SID.

        :param event: Twilio's name of the event.
        :param conversation_sid: the conversation.
        :param body: the text of the message that it is about.
        :param only: the one webhook of the conversation that is asked; all of them, if left out.
        """
        account = self.configuration
        if only is None and account.post_url and event in account.filters:
            yield account.post_url, account.method, None
        for each in (only,) if only else self.scoped.get(conversation_sid, ()):
            if each.url and each.matches(event, body):
                yield each.url, each.method.upper(), each.sid

    def post(self, callback: Callback) -> None:
        """Keep a request to a webhook, and send it. The events of a Kinesis stream are only kept.

        :param callback: the request.
        """
        self.sent.append(callback)
        if self.deliver is not None and not callback.url.startswith("arn:"):
            self.deliver(callback)
