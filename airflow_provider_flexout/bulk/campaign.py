"""A campaign as a value: what all its contacts share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.bulk.contacts.contact import TARGET, Contact, check_columns, key_of
from airflow_provider_flexout.bulk.contacts.message_format import (
    LanguageFormats,
    MessageFormat,
    columns_in,
    filled,
    read_message_format,
)
from airflow_provider_flexout.bulk.outcome import ContactOutcome
from airflow_provider_flexout.bulk.sources.row import Row
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.conversation import request as conversation
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, build_request
from airflow_provider_flexout.outreach.message.draft import MessageDraft, read_variables
from airflow_provider_flexout.outreach.policies.contact_window import check_own_zones, read_zone
from airflow_provider_flexout.outreach.policies.not_before import read_moment
from airflow_provider_flexout.outreach.policies.rules import ContactRules
from airflow_provider_flexout.outreach.routing.build import with_target
from airflow_provider_flexout.outreach.spec import ON_OPEN_CONVERSATION, OutreachSpec
from airflow_provider_flexout.outreach.values.arguments import check_choice, check_object, listed_columns
from airflow_provider_flexout.twilio import metrics
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.bulk.result import Result
    from airflow_provider_flexout.bulk.sources.row import BrokenRow, Header
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

AGENT_CHOICES = ("now", "on_reply")
_TO_COME = "CH" + "0" * 32
"""A stand-in for the SID of a conversation that is not open yet."""
_ANY_TEMPLATE, _ANY_FILE = "HX" + "0" * 32, "ME" + "0" * 32
"""Stand-ins for what a row names."""


@dataclass(frozen=True, slots=True, repr=False)
class Campaign:
    """What all contacts of a campaign share; a row may override some of it for its own contact.

    :param key: the key of the campaign, the same in every attempt at it and in all its parts.
    :param defaults: what the connection provides.
    :param spec: the arguments of every outreach, as the operator got them.
    :param message: the text, with ``{column}`` where a row's value goes; or a text for each language.
    :param content_sid: a template, ``HX…``, in place of the text.
    :param content_variables: the template's variables, with ``{column}`` where a row's value goes.
    :param author: who the message is from.
    :param agent: when a contact's agent gets a task: ``now``, or ``on_reply``.
    :param columns: the names of the columns that hold a contact's fields, where they differ.
    :param concurrency: how many contacts are processed at once.
    :param rate: how many requests to send per second at most; ``None`` for as many as Twilio allows.
    :param max_failures: how many contacts may fail, a number or a share below 1; ``None`` for any number.
    :param rules: the contact policies.
    :param zone_of: the user's function that takes a row's values, by column, and returns its time zone, or
        ``None``; it is asked where no column names one.
    :param retried: whether an earlier attempt may have sent something.
    :param resumed: whether this task or another may have opened some of its conversations already.
    :param has_logical_date: whether an earlier run of the same day, which was deleted since, may have opened
        them.
    :param last_try: whether nothing is tried again after this attempt.
    :param source: the DAG, run and task of the campaign, for people.
    :param name: the campaign's name, as its user gave it; it stands in the record of each outreach.
    """

    key: str
    defaults: ConnectionDefaults
    spec: OutreachSpec
    message: str | Mapping[str, str] | None = None
    content_sid: str | None = None
    content_variables: Mapping[Any, Any] | str | None = None
    author: str | None = None
    agent: str = "now"
    columns: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 50
    rate: float | None = None
    max_failures: float | None = None
    rules: ContactRules = field(default_factory=ContactRules)
    zone_of: Callable[[Mapping[str, Any]], object] | None = None
    retried: bool = False
    resumed: bool = False
    has_logical_date: bool = False
    last_try: bool = False
    source: Mapping[str, Any] | None = None
    name: str | None = None
    _body: MessageFormat | LanguageFormats | None = field(init=False)
    _variables: Any = field(init=False)

    def __post_init__(self) -> None:
        """Refuse arguments that would be wrong for every contact.

        :raises InvalidInput: naming the argument.
        """
        check_columns(self.columns)
        self._read("concurrency", "number of contacts; 1 or more", lambda one: one >= 1 and one.is_integer())
        self._read("rate", "number of requests per second; above 0, or None", lambda one: one > 0)
        self._read("max_failures", "number or share of contacts; 0 or more", lambda one: one >= 0)
        check_choice("agent", self.agent, AGENT_CHOICES)
        if self.agent == "on_reply":
            self._check_without_agent()
        else:
            self._check_with_agent()
        check_choice("on_open_conversation", self.spec.on_open_conversation, ON_OPEN_CONVERSATION)
        check_object("attributes", self.spec.attributes or {})
        if "not_before" not in self.columns:
            for name, given in (("columns", "timezone" in self.columns), ("timezone", self.zone_of)):
                if given:
                    check_own_zones(name, self.rules.hours)
        if self.spec.require_available_agents and not {*TARGET}.isdisjoint(self.columns):
            raise InvalidInput(
                "require_available_agents", "needs one routing for all rows; columns names one for each."
            )
        if not isinstance(self.spec.channel, str | None):
            raise InvalidInput("channel", "must be a channel's name; a Channel object names one customer.")
        body = self._read_message()
        variables = read_variables(self.content_variables) or None
        object.__setattr__(self, "_body", body)
        object.__setattr__(self, "_variables", read_message_format("content_variables", variables))
        self._check_message()

    def _read_message(self) -> MessageFormat | LanguageFormats | None:
        if isinstance(self.message, Mapping):
            if "language" not in self.columns:
                raise InvalidInput("columns", "must name a 'language', since message has a text for each.")
            return LanguageFormats(self.message, self.columns["language"])
        if "language" in self.columns:
            raise InvalidInput("message", "must have a text for each language, since columns names one.")
        return MessageFormat("message", self.message) if self.message else None

    def _check_message(self) -> None:
        """Refuse a message that would be wrong for every contact, whichever of them their rows choose."""
        texts = list(self.message.values()) if isinstance(self.message, Mapping) else [self.message]
        kinds: list[dict[str, Any]] = [{"body": one, "content_sid": self.content_sid} for one in texts]
        if "media_sid" in self.columns and not self.content_sid:
            kinds = [{"body": one, "media_sid": _ANY_FILE} for one in texts]
        if "content_sid" in self.columns:
            template = {"content_sid": _ANY_TEMPLATE}
            kinds = [*kinds, template] if self.message else [template]
        for kind in kinds:
            of_others = "content_sid" in self.columns and not kind.get("content_sid")
            variables = None if of_others else self.content_variables
            draft = MessageDraft(key="", conversation_sid=_TO_COME, content_variables=variables, **kind)
            draft.check(validate=self.spec.validate)

    def _check_without_agent(self) -> None:
        """Refuse arguments about an agent's task, since the campaign makes none."""
        if self.spec.require_available_agents:
            raise InvalidInput(
                "require_available_agents",
                'has nothing to check with agent="on_reply": no agent gets a task yet.',
            )
        for name in ("routing", "strategy", *TARGET):
            if name in self.columns or getattr(self.spec, name, None) is not None:
                raise InvalidInput(
                    name, 'not supported with agent="on_reply": what hears the reply routes the conversation.'
                )
        conversation.check_shared(self.spec, self.defaults)

    def _check_with_agent(self) -> None:
        """Refuse arguments that are only for conversations without an agent."""
        for name in ("on_reply", "close_after"):
            if getattr(self.spec, name) != getattr(OutreachSpec, name):
                raise InvalidInput(name, 'not supported with agent="now"; pass agent="on_reply".')

    def _read(self, name: str, expected: str, is_right: Callable[[float], bool]) -> None:
        """Read a number, which a template may have rendered to text."""
        given = getattr(self, name)
        if given is None and name != "concurrency":
            return
        try:
            number = math.nan if isinstance(given, bool) else float(given)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not (math.isfinite(number) and is_right(number)):
            raise InvalidInput(name, f"{masked_repr(given)} is not a {expected}.")
        object.__setattr__(self, name, int(number) if number.is_integer() else number)

    def check_header(self, header: Header) -> None:
        """Refuse rows that lack a column, before the first contact is reached.

        :param header: the columns.
        :raises InvalidInput: naming the column.
        """
        twice = sorted(name for name, times in Counter(header.names).items() if times > 1)
        if twice:
            raise InvalidInput("contacts", f"have two columns {masked_repr(twice[0])}; which one is meant?")
        needed = [
            (f"a contact's {name!r}", column) for name, column in ({"to": "to"} | dict(self.columns)).items()
        ]
        worded = [("the message", name) for one in (self._body, self._variables) for name in columns_in(one)]
        for user, name in [*needed, *worded]:
            if name not in header.names:
                there = listed_columns(header.names)
                raise InvalidInput("contacts", f"have no column {name!r}, which {user} needs, only {there}.")

    def count(self, result: Result, row: Row | BrokenRow) -> None:
        """Count how a contact ended; the rules have counted those that were opened, now or before.

        :param result: how it ended.
        :param row: its row.
        """
        if result.outcome in (ContactOutcome.OPENED, ContactOutcome.ADOPTED):
            return
        own = row.values.get(self.columns.get("channel", "channel")) if isinstance(row, Row) else None
        channel = own or self.spec.channel
        metrics.count("outreaches", result.outcome.value, channel if str(channel) in CHANNELS else "unknown")

    def request_for(self, contact: Contact) -> InteractionRequest:
        """Make the request of a contact.

        :param contact: the contact.
        :raises InvalidInput: for the first value that is missing or wrong.
        """
        given = dict(contact.given)
        if "attributes" in given:
            given["attributes"] = {**(self.spec.attributes or {}), **given["attributes"]}
        target = {name: contact.own[name] for name in TARGET if name in contact.own}
        if target:
            given["routing"] = with_target(self.spec.routing, target)
        spec = self.spec.changed(**given)
        if not spec.channel:
            raise InvalidInput("channel", "missing; name it for the campaign, or in a column of this name.")
        own_key, without_agent = "idempotency_key" in contact.own, self.agent == "on_reply"
        # A campaign's own key has one kind; a row's key has that of the operator that does the same.
        kind = durable.KeyKind.CONVERSATION if own_key and without_agent else durable.KeyKind.INTERACTION
        build = conversation.build_request if without_agent else build_request
        request = build(
            spec,
            key=key_of(self.key, contact, kind),
            defaults=self.defaults,
            retried=self.retried,
            last_try=self.last_try,
            source=self._source_of(contact),
            shared_key=self.resumed or own_key,
            has_logical_date=self.has_logical_date,
        )
        return replace(request, campaign=self.key)

    def outreach_of(self, contact: Contact) -> tuple[InteractionRequest, MessageDraft]:
        """Make the request and the message of a contact, checked as far as possible without asking others.

        :param contact: the contact.
        :raises InvalidInput: naming the argument or the column.
        """
        request = self.request_for(contact)
        draft = self.draft_for(contact, request.channel_type)
        draft.check(validate=self.spec.validate)
        self._check_times(contact)
        return request, draft

    def _check_times(self, contact: Contact) -> None:
        """Refuse a row whose own time zone or moment is wrong, without calling the user's function."""
        zone, moment = self._own_zone(contact), contact.own.get("not_before")
        if moment and (zone or not self.zone_of):
            read_moment(self.columns["not_before"], moment, zone or self.rules.zone)

    def _own_zone(self, contact: Contact) -> str | None:
        return read_zone(self.columns.get("timezone", ""), contact.own.get("timezone"))

    def rules_for(self, contact: Contact) -> ContactRules:
        """Give the contact policies of a contact, with its own time zone, and the moment that it waits for.

        :param contact: the contact.
        :raises InvalidInput: when the time zone or moment of its row is wrong.
        """
        zone = self._own_zone(contact)
        if zone is None and self.zone_of:
            zone = read_zone("timezone", self.zone_of(contact.row))
        zone, moment = zone or self.rules.zone, contact.own.get("not_before")
        not_before = read_moment(self.columns["not_before"], moment, zone) if moment else None
        return replace(self.rules, zone=zone, not_before=not_before)

    def language_of(self, contact: Contact) -> list[str]:
        """Name the text that a contact gets; nothing where it gets a template, or the message is one text.

        :param contact: the contact.
        :raises InvalidInput: when there is no text for it.
        """
        if "content_sid" in contact.own or not isinstance(self._body, LanguageFormats):
            return []
        return [self._body.choose(contact.own.get("language"))[0]]

    def draft_for(self, contact: Contact, channel: str) -> MessageDraft:
        """Make the message of a contact.

        :param contact: the contact.
        :param channel: the channel of the contact's outreach.
        :raises InvalidInput: when a column that the message needs is missing or empty.
        """
        own = contact.own
        body = None if "content_sid" in own else self._body
        if isinstance(body, LanguageFormats):
            _, body = body.choose(own.get("language"))
        content_sid = own.get("content_sid", self.content_sid)
        if content_sid and "media_sid" in own:
            raise InvalidInput(self.columns["media_sid"], "cannot stand beside a template; keep one of them.")
        return MessageDraft(
            key=key_of(self.key, contact, durable.KeyKind.MESSAGE),
            conversation_sid=_TO_COME,
            channel=channel,
            body=body.filled(contact.row) if body else None,
            content_sid=content_sid,
            content_variables=filled(self._variables, contact.row) if content_sid else None,
            media_sid=own.get("media_sid"),
            author=self.author,
            subject=contact.given.get("subject"),
            retried=self.retried,
            source=self._source_of(contact),
            shared_key=self.resumed or "idempotency_key" in own,
            workspace_sid=self.defaults.workspace_sid,
        )

    def _source_of(self, contact: Contact) -> dict[str, Any]:
        return durable.campaign_source(self.source, self.name, contact.public_id)
