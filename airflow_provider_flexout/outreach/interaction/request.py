"""An outreach as a value: the request to send, and its result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.channel_object import (
    build_channel,
    customer_of,
    media_channel_of,
    messaging_service_of,
)
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_named, spellings_of
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.routing.build import build_routing
from airflow_provider_flexout.outreach.spec import STRATEGIES, OutreachSpec
from airflow_provider_flexout.outreach.values.arguments import (
    check_choice,
    check_flag,
    check_object,
    check_one_line,
)
from airflow_provider_flexout.outreach.values.plain import check_characters, decoded, plain, read_text
from airflow_provider_flexout.outreach.values.sids import check_sid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typing_extensions import Unpack

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults


@dataclass(frozen=True, slots=True, repr=False)
class InteractionRequest:
    """One outreach to open.

    :param key: what all attempts at it share.
    :param channel: Twilio's ``Channel`` object.
    :param routing: Twilio's ``Routing`` object.
    :param strategy: ``conversation_first`` or ``one_call``.
    :param interaction_context_sid: ``HQ…``.
    :param webhook_ttid: an interaction-level webhook.
    :param messaging_service_sid: the Messaging Service of the conversation, ``MG…``.
    :param retried: whether an earlier attempt may have sent something.
    :param last_try: whether nobody will try again if this attempt fails.
    :param source: the DAG, run, task and map index behind it, for people.
    :param record_attribute: the attribute of the conversation in which the outreach's record stands.
    :param shared_key: whether the key is the user's own, so that other tasks and runs may use it at any time.
    :param has_logical_date: whether the task's run has a logical date. Then an earlier run of the same day,
        which has been deleted since, may have used the key.
    :param campaign: the key of the campaign that contacts a person once, whatever key that has.
    :param began_at: when the attempt at it began, by the clock of the one who opens it.
    """

    key: str
    channel: Mapping[str, Any]
    routing: Mapping[str, Any]
    strategy: str
    interaction_context_sid: str | None = None
    webhook_ttid: str | None = None
    messaging_service_sid: str | None = None
    retried: bool = False
    last_try: bool = False
    source: Mapping[str, Any] | None = None
    shared_key: bool = False
    has_logical_date: bool = False
    campaign: str | None = None
    record_attribute: str = durable.RECORD_ATTRIBUTE
    began_at: float | None = None

    @property
    def may_be_open(self) -> bool:
        """Whether another try, task or run may have opened this outreach."""
        return self.is_contended or self.has_logical_date

    @property
    def is_contended(self) -> bool:
        """Whether another try, task or run may be opening this outreach at this moment."""
        return self.retried or self.shared_key

    @property
    def unique_name(self) -> str:
        """Our name for the conversation, which Twilio lets exist once."""
        return durable.unique_name(self.key)

    @property
    def channel_type(self) -> str:
        """``sms``, ``whatsapp``, and so on."""
        return str(self.channel["type"])

    @property
    def address(self) -> str | None:
        """The customer's address, where they have one."""
        return customer_of(self.channel).get("address")

    @property
    def proxy_address(self) -> str | None:
        """Our address towards the customer."""
        return customer_of(self.channel).get("proxy_address")

    @property
    def email_from(self) -> str | None:
        """Our address in a mail, where it is one."""
        return (self.channel.get("properties") or {}).get("from")

    @property
    def identity(self) -> str | None:
        """The customer's chat identity, where they have one."""
        return customer_of(self.channel).get("identity")

    @property
    def customer(self) -> str:
        """The customer in a form that may be shown."""
        address = self.address or self.identity
        return channel_named(self.channel_type).masked(address) if address else "(none)"

    @property
    def fingerprint(self) -> str:
        """What must be equal in two outreaches under one key."""
        return durable.fingerprint(self.channel_type, self.address or self.identity, self.conversation_sid)

    def forms(self) -> Iterator[InteractionRequest]:
        """Give this outreach, and then the same to every other form of the customer's address."""
        yield self
        for address in spellings_of(self.address)[1:] if self.address else ():
            customer = {**customer_of(self.channel), "address": address}
            yield replace(self, channel={**self.channel, "participants": [customer]})

    @property
    def conversation_sid(self) -> str | None:
        """The existing conversation that is to be routed, where one was given."""
        return media_channel_of(self.channel)

    @property
    def on_reply(self) -> str | None:
        """What routes the customer's reply, where the conversation begins without an agent."""
        return None

    @property
    def workspace_sid(self) -> str:
        """The workspace in which the task will be."""
        return str(self.routing["properties"]["workspace_sid"])

    def channel_in(self, conversation_sid: str) -> dict[str, Any]:
        """Write the ``Channel`` object for a conversation that is already prepared.

        :param conversation_sid: ``CH…``; its participants are there, so none are named.
        """
        properties = {**self.channel.get("properties", {}), "media_channel_sid": conversation_sid}
        rest = {name: value for name, value in self.channel.items() if name != "participants"}
        return {**rest, "properties": properties}


@dataclass(frozen=True, slots=True)
class InteractionResult:
    """The SIDs of an outreach, and whether this attempt made them.

    :param interaction_sid: ``KD…``.
    :param channel_sid: ``UO…``.
    :param conversation_sid: ``CH…``.
    :param task_sid: ``WT…``.
    :param invite_sid: ``KG…``, or ``None`` where Twilio named none.
    :param channel_type: ``sms``, ``whatsapp``, and so on.
    :param created: false when it was found: an earlier attempt opened it, the customer had it open, or this
        attempt made it and lost the response, which looks the same.
    """

    interaction_sid: str | None
    channel_sid: str | None
    conversation_sid: str
    task_sid: str | None
    invite_sid: str | None
    channel_type: str
    created: bool

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON."""
        return durable.fields(self, durable.INTERACTION_FIELDS)


_TEXTS = ("customer_name", "subject")
"""Texts that rows fill, also with numbers."""
_PLAIN = ("from_name", "attributes")
_FLAGS = ("require_available_agents", "validate")
_DECODED = ("to", "from_", "cc", "bcc")
"""Addresses, which may be bytes, as texts may. A missing one, or a number, stays as it is, to be refused."""


def read_spec(spec: OutreachSpec) -> OutreachSpec:
    """Read the arguments of an outreach as pandas and databases hand them over.

    :param spec: the arguments.
    :returns: the same arguments, each of a type that the rules know.
    :raises InvalidInput: for the first text that is not UTF-8, and the first that is of a wrong type.
    """
    given = vars(spec)
    for name, value in given.items():
        check_characters(name, value)
        if name in _FLAGS:
            check_flag(name, value)
    read = {name: read_text(name, given[name]) for name in _TEXTS if name in given}
    read |= {name: plain(given[name]) for name in _PLAIN if name in given}
    return OutreachSpec(**given | read | {name: decoded(given[name]) for name in _DECODED if name in given})


class AttemptFields(TypedDict, total=False):
    """The fields of :class:`InteractionRequest` that say which attempt at it this is, and who makes it."""

    retried: bool
    last_try: bool
    source: Mapping[str, Any] | None
    shared_key: bool
    has_logical_date: bool
    began_at: float | None


def build_request(
    spec: OutreachSpec, *, key: str, defaults: ConnectionDefaults, **attempt: Unpack[AttemptFields]
) -> InteractionRequest:
    """Check the arguments of an outreach and make the request; nothing is sent.

    :param spec: the arguments. Its policies (``frequency_cap``, ``require_available_agents``,
        ``available_timeout``), ``idempotency_key`` and ``on_open_conversation`` are left to the caller.
    :param key: what all attempts at this outreach share.
    :param defaults: what the connection says, for arguments that were left out.
    :param attempt: fields of the request.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    spec = read_spec(spec)
    if not spec.channel:
        raise InvalidInput("channel", f"missing; choose one of {', '.join(CHANNELS)}.")
    channel = build_channel(spec, defaults)
    routing = build_routing(
        spec.routing,
        attributes=_task_attributes(spec, channel),
        defaults=defaults,
        by_agent=channel["initiated_by"] == "agent",
        validate=spec.validate,
    )
    if spec.validate and spec.interaction_context_sid:
        check_sid("interaction_context_sid", spec.interaction_context_sid, "HQ")
    return InteractionRequest(
        key=key,
        channel=channel,
        routing=routing,
        strategy=_choose(spec.strategy, channel),
        interaction_context_sid=spec.interaction_context_sid,
        webhook_ttid=spec.webhook_ttid,
        messaging_service_sid=messaging_service_of(channel, spec, defaults),
        **attempt,
    )


def _task_attributes(spec: OutreachSpec, channel: Mapping[str, Any]) -> dict[str, Any]:
    """Put the customer's name and address and the subject under the attributes that were given."""
    given = spec.attributes or {}
    check_object("attributes", given)
    address = channel_named(channel["type"]).customer_address(spec.to) if spec.to else None
    check_one_line("subject", spec.subject)
    known = {"customerName": spec.customer_name, "customerAddress": address, "subject": spec.subject}
    return {name: value for name, value in known.items() if value} | dict(given)


def _choose(strategy: str | None, channel: Mapping[str, Any]) -> str:
    """Prefer ``conversation_first`` where we know how to bind the customer to a conversation."""
    allowed = channel_named(channel["type"]).conversation_first
    bindable = allowed and len(channel.get("participants") or ()) == 1
    if strategy is None:
        return "conversation_first" if bindable else "one_call"
    check_choice("strategy", strategy, STRATEGIES)
    if strategy == "conversation_first" and not bindable and not media_channel_of(channel):
        problem = "needs one participant" if allowed else f"is not possible on {channel['type']}"
        raise InvalidInput("strategy", f'conversation_first {problem}; pass strategy="one_call".')
    return strategy
