"""A conversation without an agent as a value: the request for it, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.channel_object import build_channel, messaging_service_of
from airflow_provider_flexout.outreach.channels.registry import channel_named, normalize_name
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, read_spec
from airflow_provider_flexout.outreach.values.arguments import check_object
from airflow_provider_flexout.outreach.values.attributes import as_json
from airflow_provider_flexout.outreach.values.durations import format_duration, read_duration
from airflow_provider_flexout.outreach.values.plain import plain
from airflow_provider_flexout.outreach.values.sids import check_sid

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from airflow_provider_flexout.outreach.interaction.request import AttemptFields
    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

PIPELINE = durable.PIPELINE
"""The value of ``on_reply`` for a reply that a DAG or a reply trigger routes."""
STUDIO_FLOW = "studio_flow"
SHORTEST_TIMER = timedelta(minutes=10)
"""The least that Twilio takes for a closing timer, ``PT10M``."""
LARGEST_ATTRIBUTES = 12 * 1024
"""Bytes of attributes; Twilio holds 16 KB of them, and the records of outreaches need the rest."""


@dataclass(frozen=True, slots=True, repr=False)
class ConversationRequest(InteractionRequest):
    """One outreach that opens a conversation without an agent.

    :param flow_sid: the Studio flow that the customer's reply starts, ``FW…``; ``None`` where the pipeline
        routes it.
    :param closes_after: the closing timer, as an ISO 8601 duration.
    :param attributes: of the conversation, beside the record.
    """

    flow_sid: str | None = None
    closes_after: str = "P7D"
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def on_reply(self) -> str:
        """What happens when the customer replies, as the record has it."""
        return self.flow_sid or PIPELINE


@dataclass(frozen=True, slots=True)
class ConversationResult:
    """The SIDs of a conversation without an agent, and whether this attempt made it.

    :param conversation_sid: ``CH…``.
    :param participant_sid: the customer, ``MB…``; ``None`` once the conversation is closed.
    :param webhook_sid: ``WH…``; ``None`` where there is none (any more).
    :param channel_type: ``sms``, ``whatsapp``, and so on.
    :param created: false when it was found: an earlier attempt opened it, or the customer had it open.
    :param created_at: when this attempt began to make it, by its own clock.
    """

    conversation_sid: str
    participant_sid: str | None
    webhook_sid: str | None
    channel_type: str
    created: bool
    created_at: float | None = field(default=None, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Give plain JSON."""
        return durable.fields(self, durable.CONVERSATION_FIELDS)


def build_request(
    spec: OutreachSpec, *, key: str, defaults: ConnectionDefaults, **attempt: Unpack[AttemptFields]
) -> ConversationRequest:
    """Check the arguments of the outreach and make the request; nothing is sent.

    :param spec: the arguments. Its policies, ``idempotency_key`` and ``on_open_conversation`` are left to
        the caller.
    :param key: what all attempts at this outreach share.
    :param defaults: what the connection says, for arguments that were left out.
    :param attempt: fields of the request.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    spec = read_spec(spec)
    if not isinstance(spec.channel, str) or not spec.channel:
        raise InvalidInput("channel", 'must be the name of a channel, as in "sms".')
    rules = channel_named(normalize_name(spec.channel))
    if not rules.conversation_first:
        raise InvalidInput(
            "channel",
            f"on {rules.name}, Twilio opens a conversation only together with its agent; use "
            "CreateInteractionOperator.",
        )
    channel = build_channel(spec.changed(channel=rules.name, initiated_by="api"), defaults)
    return ConversationRequest(
        key=key,
        channel=channel,
        routing={"properties": {"workspace_sid": defaults.require(None, "workspace_sid", "workspace_sid")}},
        strategy="conversation_first",
        messaging_service_sid=messaging_service_of(channel, spec, defaults),
        flow_sid=flow_of(spec, defaults),
        closes_after=closing_timer(spec),
        attributes=_attributes(spec),
        **attempt,
    )


def check_shared(spec: OutreachSpec, defaults: ConnectionDefaults) -> None:
    """Refuse what would be wrong for every conversation of a campaign.

    :param spec: the arguments, which may name no customer yet.
    :param defaults: what the connection says, for arguments that were left out.
    :raises InvalidInput: for the first argument that is missing or wrong.
    """
    flow_of(spec, defaults)
    closing_timer(spec)
    _attributes(spec)


def flow_of(spec: OutreachSpec, defaults: ConnectionDefaults) -> str | None:
    """Name the flow that hears the reply; ``None`` for the pipeline.

    :param spec: the arguments of the outreach.
    :param defaults: what the connection provides.
    :raises InvalidInput: when ``on_reply`` is missing or wrong.
    """
    given = spec.on_reply
    if given == PIPELINE:
        return None
    if given is None:
        flow_sid = defaults.studio_flow_sid
        if not flow_sid:
            raise InvalidInput(
                "on_reply",
                "missing, so nobody would see the customer's reply. Set 'studio_flow_sid' in the extra of "
                f"the connection {defaults.conn_id!r}, or pass {{'studio_flow': 'FW…'}}, or \"pipeline\" "
                "if a DAG routes the reply.",
            )
    elif isinstance(given, Mapping) and set(given) == {STUDIO_FLOW}:
        flow_sid = given[STUDIO_FLOW]
        if not isinstance(flow_sid, str) or not flow_sid:
            raise InvalidInput("on_reply", "names no Studio flow; write {'studio_flow': 'FW…'}.")
    else:
        raise InvalidInput("on_reply", "must be {'studio_flow': 'FW…'} or \"pipeline\".")
    if spec.validate:
        check_sid("on_reply", flow_sid, "FW")
    return flow_sid


def closing_timer(spec: OutreachSpec) -> str:
    """Write the closing timer as Twilio reads it.

    :param spec: the arguments of the outreach.
    :raises InvalidInput: when ``close_after`` is not a length of time, or is too short.
    """
    after = read_duration("close_after", spec.close_after)
    if after < SHORTEST_TIMER:
        given = format_duration(after)
        raise InvalidInput("close_after", f"{given} is too short; Twilio takes ten minutes (PT10M) or more.")
    return f"PT{int(after.total_seconds())}S"


def _attributes(spec: OutreachSpec) -> dict[str, Any]:
    given = spec.attributes or {}
    check_object("attributes", given)
    for name in map(str, given):
        if name == durable.RECORD_ATTRIBUTE or name.startswith(durable.UNIQUE_NAME_PREFIX):
            raise InvalidInput("attributes", f"{name!r} is reserved for this provider.")
    named = {"customerName": spec.customer_name} if spec.customer_name else {}
    attributes: dict[str, Any] = plain(named | dict(given))
    size = len(as_json(attributes).encode())
    if size > LARGEST_ATTRIBUTES:
        raise InvalidInput(
            "attributes", f"{size} bytes as JSON; a conversation holds at most {LARGEST_ATTRIBUTES} of yours."
        )
    return attributes
