"""A message as a value, checked before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.channels.build import model_of
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.choices import check_choice
from airflow_provider_flexout.outreach.values.sids import check_given, check_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.message.media import File

KEY_ATTRIBUTE = "flexout_key"
"""The message attribute by which an attempt knows what an earlier one said."""

_SOURCE_ATTRIBUTE = "flexout_source"

LONGEST_BODY = 1600
"""Characters; chat and email take more.
https://www.twilio.com/docs/conversations/api/conversation-message-resource
"""

_LONGEST_CHAT_BODY = 32 * 1024  # bytes, https://www.twilio.com/docs/conversations/conversations-limits
_ROOMY = frozenset({"chat", "web", "email"})
_FORBIDDEN = ("\n", "\t", " " * 5)  # in a template's variables, https://www.twilio.com/docs/api/errors/21656
ON_CLOSED_WINDOW = ("fail", "skip", "template")
_LONGEST_SUBJECT = 256
_LONGEST_ATTRIBUTES = 4096


@dataclass(frozen=True, slots=True, repr=False)
class MessageDraft:
    """What is to be said.

    :param key: what all attempts at it share.
    :param conversation_sid: where, ``CH…``.
    :param body: the text; or
    :param content_sid: a template, ``HX…``; or
    :param media_sid: a file, ``ME…``, which may stand beside a body; or
    :param media: a file that is still to be uploaded.
    :param content_variables: the template's variables.
    :param channel: ``sms``, ``whatsapp``, and so on; otherwise the conversation is asked, where it matters.
    :param on_closed_window: what becomes of free text that the channel does not take any more; see
        :mod:`~airflow_provider_flexout.outreach.message.content`.
    :param chat_service_sid: ``IS…``, where files are uploaded to; otherwise the conversation is asked.
    :param author: who says it.
    :param subject: an email's subject.
    :param attributes: beside the key.
    :param retried: whether an earlier attempt may have said it a moment ago.
    :param source: the DAG, run, task and map index behind it, for people; left out where there is no room.
    """

    key: str
    conversation_sid: str | None
    body: str | None = None
    content_sid: str | None = None
    content_variables: Mapping[str, Any] | None = None
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

    def check(self, *, validate: bool = True) -> None:
        """Refuse what Twilio would refuse, before anything is sent.

        :param validate: whether SIDs are checked.
        :raises InvalidInput: for the first argument that is missing or wrong.
        """
        check_given("conversation_sid", self.conversation_sid)
        self._check_choice()
        self._check_body()
        self._check_variables()
        if self.channel is not None:
            model_of(self.channel)
        if self.media:
            self.media.check_type(self.channel)
        if self.subject and len(self.subject) > _LONGEST_SUBJECT:
            raise InvalidInput(
                "subject", f"{len(self.subject)} characters; at most {_LONGEST_SUBJECT} are allowed."
            )
        self._check_attributes()
        if validate:
            self._check_sids()

    @property
    def variables(self) -> dict[str, str] | None:
        """The template's variables as texts."""
        return {name: str(value) for name, value in (self.content_variables or {}).items()} or None

    @property
    def keyed_attributes(self) -> dict[str, Any]:
        """The attributes with the key among them, and the source."""
        marked = {**(self.attributes or {}), KEY_ATTRIBUTE: self.key}
        traced = {**marked, _SOURCE_ATTRIBUTE: dict(self.source)} if self.source else marked
        return traced if len(json.dumps(traced)) <= _LONGEST_ATTRIBUTES else marked

    def _check_choice(self) -> None:
        """Refuse what cannot stand together, and what says nothing."""
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
                "cannot stand beside content_sid; Twilio would ignore it. To send the template only when the "
                'customer\'s 24 hours are over, pass on_closed_window="template".',
            )
        if self.media and (self.media_sid or (self.content_sid and self.on_closed_window != "template")):
            raise InvalidInput("media", "cannot stand beside media_sid or content_sid.")
        if not (free or self.content_sid):
            raise InvalidInput(
                "body", "missing; pass a body, a content_sid or a media_sid, or a file as media."
            )
        if self.content_variables and not self.content_sid:
            raise InvalidInput("content_variables", "belong to a template; pass its content_sid.")

    def _check_body(self) -> None:
        body = self.body or ""
        if not isinstance(body, str):
            raise InvalidInput("body", f"must be a text, got {type(body).__name__}.")
        if body == "None":
            check_given("body", body)
        if body and not body.strip():
            raise InvalidInput("body", "holds nothing but white space.")
        if self.channel in _ROOMY:
            if len(body.encode()) > _LONGEST_CHAT_BODY:
                raise InvalidInput(
                    "body",
                    f"{len(body.encode())} bytes; at most {_LONGEST_CHAT_BODY} are allowed.",
                )
        elif len(body) > LONGEST_BODY:
            raise InvalidInput(
                "body",
                f"{len(body)} characters; a message holds at most {LONGEST_BODY}. Chat and email take more: "
                'pass channel="chat" or "email" if it is one.',
            )

    def _check_variables(self) -> None:
        if self.content_variables is not None and not isinstance(self.content_variables, Mapping):
            raise InvalidInput("content_variables", 'must be an object, as in {"1": "Ada"}.')
        for name, value in (self.content_variables or {}).items():
            if value is None or not str(value).strip() or any(one in str(value) for one in _FORBIDDEN):
                raise InvalidInput(
                    "content_variables",
                    f"{name!r} is empty, or holds a line break, a tab or more than four spaces, which Twilio "
                    "refuses.",
                )

    def _check_attributes(self) -> None:
        if self.attributes is not None and not isinstance(self.attributes, Mapping):
            raise InvalidInput("attributes", "must be an object.")
        try:
            length = len(json.dumps(self.keyed_attributes))
        except TypeError as error:
            raise InvalidInput("attributes", f"cannot be written as JSON: {error}.") from error
        if length > _LONGEST_ATTRIBUTES:
            raise InvalidInput(
                "attributes", f"{length} characters as JSON; a message holds at most {_LONGEST_ATTRIBUTES}."
            )

    def _check_sids(self) -> None:
        check_sid("conversation_sid", self.conversation_sid, "CH")
        if self.content_sid:
            check_sid("content_sid", self.content_sid, "HX")
        if self.media_sid:
            check_sid("media_sid", self.media_sid, "ME")
