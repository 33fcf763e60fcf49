"""A message as a value, checked before anything is sent."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from airflow_provider_flexout.outreach.channels.base import TEXT_LIMIT
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_named, likely_address
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import ON_CLOSED_WINDOW
from airflow_provider_flexout.outreach.values.arguments import (
    check_choice,
    check_given,
    check_object,
    check_one_line,
    is_number,
    wrong_type,
)
from airflow_provider_flexout.outreach.values.attributes import LONGEST_ATTRIBUTES, as_json
from airflow_provider_flexout.outreach.values.plain import plain, read_text
from airflow_provider_flexout.outreach.values.sids import check_sid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.outreach.channels.base import Channel
    from airflow_provider_flexout.outreach.message.media import File

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.twilio.http.redaction import masked_repr

_FORBIDDEN = ("\n", "\t", " " * 5)  # in a template's variables, https://www.twilio.com/docs/api/errors/21656
_LONGEST_SUBJECT = 256


@dataclass(frozen=True, slots=True, repr=False)
class MessageDraft:
    """A message to send. It has a body, a template, a file, or a body with a file.

    :param key: the key that all attempts at it share.
    :param conversation_sid: the conversation it is sent in, ``CH…``.
    :param body: the text.
    :param content_sid: the SID of a template, ``HX…``.
    :param media_sid: the SID of an uploaded file, ``ME…``.
    :param media: a file that is uploaded before the message is sent.
    :param content_variables: the template's variables, by their names or numbers; or the JSON of it.
    :param channel: the name of the channel; without it, Twilio is asked where it matters.
    :param on_closed_window: what happens to free text that the channel no longer takes: ``fail``, ``skip`` or
        ``template``; see :mod:`~airflow_provider_flexout.outreach.message.content`.
    :param shared_key: whether the key is the user's own, so that other tasks and runs may use it at any time.
    :param chat_service_sid: the conversation service that files are uploaded to, ``IS…``; without it, the
        conversation's own is looked up.
    :param listener: who hears the customer's reply, as the task that opened the conversation knew it: an
        agent's task, ``WT…``, or a webhook, ``WH…``; without it, Twilio is asked.
    :param workspace_sid: the workspace where the conversation's task would be, ``WS…``.
    :param author: the author that the message shows; Twilio's default is ``system``.
    :param subject: the subject of an email.
    :param attributes: attributes of the message beside its key.
    :param retried: whether an earlier attempt may have sent it a moment ago.
    :param source: the DAG, run, task and map index behind it, for people; left out where the attributes have
        no room for it.
    :param began_at: when the attempt at it began, by the sender's clock.
    """

    key: str
    conversation_sid: str | None
    body: str | None = None
    content_sid: str | None = None
    content_variables: Mapping[Any, Any] | str | None = None
    media_sid: str | None = None
    media: File | None = None
    author: str | None = None
    subject: str | None = None
    attributes: Mapping[str, Any] | None = None
    retried: bool = False
    source: Mapping[str, Any] | None = None
    channel: str | None = None
    on_closed_window: str = "fail"
    chat_service_sid: str | None = None
    shared_key: bool = False
    listener: str | None = None
    workspace_sid: str | None = None
    began_at: float | None = None

    def __post_init__(self) -> None:
        """Read values as pandas and databases hand them over."""
        for name in ("body", "subject", "content_variables", "attributes"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        for name in ("body", "subject"):
            with suppress(InvalidInput):  # which check() raises
                object.__setattr__(self, name, read_text(name, getattr(self, name)))

    def check(self, *, validate: bool = True) -> None:
        """Refuse what Twilio would refuse, before anything is sent.

        :param validate: whether SIDs are checked.
        :raises InvalidInput: for the first argument that is missing or wrong.
        """
        check_given("conversation_sid", self.conversation_sid)
        self._check_choice()
        channel = channel_named(self.channel) if self.channel is not None else None
        self._check_body(channel)
        self._check_variables()
        if self.media and channel:
            self.media.check_type(channel)
        for name in ("subject", "author"):
            read_text(name, getattr(self, name))
        if self.author is not None and not isinstance(self.author, str):
            likely = likely_address(self.author) if is_number(self.author) else None
            raise InvalidInput("author", wrong_type(self.author, likely))
        if self.subject and len(str(self.subject)) > _LONGEST_SUBJECT:
            raise InvalidInput(
                "subject", f"{len(str(self.subject))} characters; at most {_LONGEST_SUBJECT} are allowed."
            )
        check_one_line("subject", self.subject)
        self._check_attributes()
        if validate:
            self._check_sids()

    @property
    def variables(self) -> dict[str, str] | None:
        """The template's variables as texts."""
        return {name: str(value) for name, value in read_variables(self.content_variables).items()} or None

    @property
    def keyed_attributes(self) -> dict[str, Any]:
        """The attributes with the key among them, and the source."""
        keyed = {**(self.attributes or {}), durable.KEY_ATTRIBUTE: self.key}
        sourced = {**keyed, durable.SOURCE_ATTRIBUTE: dict(self.source)} if self.source else keyed
        # In bytes: Twilio's page says 4 KB of a message and 4,096 characters of a task. What the user gave is
        # measured by the larger reading, and what only tells people where it came from by the smaller one.
        return sourced if len(as_json(sourced).encode()) <= LONGEST_ATTRIBUTES else keyed

    def _check_choice(self) -> None:
        """Refuse arguments that exclude each other, and a message without content."""
        free = self.body or self.media_sid or self.media
        check_choice("on_closed_window", self.on_closed_window, ON_CLOSED_WINDOW)
        if self.on_closed_window == "template":
            if not (free and self.content_sid):
                raise InvalidInput(
                    "on_closed_window", "'template' needs free text, and a content_sid to take its place."
                )
        elif self.body and self.content_sid:
            raise InvalidInput(
                "body",
                "cannot be combined with content_sid; Twilio would ignore it. To send the template only when "
                'the customer\'s 24 hours are over, pass on_closed_window="template".',
            )
        if self.media and (self.media_sid or (self.content_sid and self.on_closed_window != "template")):
            raise InvalidInput("media", "cannot be combined with media_sid or content_sid.")
        if not (free or self.content_sid):
            raise InvalidInput(
                "body", "missing; pass a body, a content_sid or a media_sid, or a file as media."
            )
        if self.variables and not self.content_sid:
            raise InvalidInput("content_variables", "belong to a template; pass its content_sid.")

    def _check_body(self, channel: Channel | None) -> None:
        body = read_text("body", self.body)
        if not body:
            return
        if not body.strip():
            raise InvalidInput("body", "holds only white space.")
        limit = channel.text_limit if channel else TEXT_LIMIT
        if limit.length(body) > limit.most:
            on = f" on {channel.name}" if channel else ""
            raise InvalidInput(
                "body",
                f"{limit.length(body)} {limit.unit}; a message{on} holds at most {limit.most}."
                + ("" if channel else _longer_on()),
            )

    def _check_variables(self) -> None:
        for name, value in read_variables(self.content_variables).items():
            read_text("content_variables", name)
            text = read_text("content_variables", value)
            if text is None or not text.strip() or any(one in text for one in _FORBIDDEN):
                raise InvalidInput(
                    "content_variables",
                    f"{name!r} is empty, or holds a line break, a tab or more than four spaces, which Twilio "
                    "refuses.",
                )

    def _check_attributes(self) -> None:
        check_object("attributes", {} if self.attributes is None else self.attributes)
        length = len(as_json(self.keyed_attributes))
        if length > LONGEST_ATTRIBUTES:
            raise InvalidInput(
                "attributes", f"{length} characters as JSON; a message holds at most {LONGEST_ATTRIBUTES}."
            )

    def _check_sids(self) -> None:
        check_sid("conversation_sid", self.conversation_sid, "CH")
        if self.content_sid:
            check_sid("content_sid", self.content_sid, "HX")
        if self.media_sid:
            check_sid("media_sid", self.media_sid, "ME")
        if self.media and self.chat_service_sid:
            check_sid("chat_service_sid", self.chat_service_sid, "IS")


def _longer_on() -> str:
    """Say which channels take longer texts."""
    longer = [f'"{one.name}"' for one in CHANNELS.values() if one.text_limit.most > TEXT_LIMIT.most]
    return f" Some channels take more: pass channel={' or '.join(longer)} if it is one of them."


def read_variables(given: Mapping[Any, Any] | str | None) -> dict[str, Any]:
    """Read the variables of a template; a name may be a number, as in ``{1: "Ada"}``.

    :param given: an object, or its JSON, which is what a template of Airflow's renders to.
    :raises InvalidInput: when it is neither, or names a variable twice.
    """
    read: object = {} if given is None else given
    if isinstance(given, str):
        try:
            read = json.loads(given or "{}")
        except ValueError as error:
            raise InvalidInput("content_variables", 'is not JSON; write it as in {"1": "Ada"}.') from error
    check_object("content_variables", read, '{"1": "Ada"}')
    variables: dict[str, Any] = {}
    for given_name, value in cast("Mapping[Any, Any]", read).items():
        name = plain(given_name)
        if isinstance(name, bool) or not isinstance(name, (str, int)):
            raise InvalidInput("content_variables", f"the name {masked_repr(name)}: {wrong_type(name)}")
        if str(name) in variables:
            raise InvalidInput(
                "content_variables", f"{masked_repr(str(name))} is given twice, as a number and as a text."
            )
        variables[str(name)] = value
    return variables
