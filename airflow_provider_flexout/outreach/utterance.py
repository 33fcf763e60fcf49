"""A message as a value, checked before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.sids import check_sid

KEY_ATTRIBUTE = "flexout_key"
"""The message attribute by which an attempt knows what an earlier one said."""

_SOURCE_ATTRIBUTE = "flexout_source"

LONGEST_BODY = 1600
"""Characters. https://www.twilio.com/docs/conversations/api/conversation-message-resource"""

_LONGEST_SUBJECT = 256
_LONGEST_ATTRIBUTES = 4096


@dataclass(frozen=True, slots=True, repr=False)
class Utterance:
    """What is to be said.

    :param key: what all attempts at it share.
    :param conversation_sid: where, ``CH…``.
    :param body: the text; or
    :param content_sid: a template, ``HX…``; or
    :param media_sid: a file, ``ME…``, which may stand beside a body.
    :param content_variables: the template's variables.
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
    author: str | None = None
    subject: str | None = None
    attributes: Mapping[str, Any] | None = None
    retried: bool = False
    source: Mapping[str, Any] | None = None

    def check(self, *, validate: bool = True) -> None:
        """Refuse what Twilio would refuse, before anything is sent.

        :param validate: whether SIDs are checked.
        :raises InvalidInput: for the first argument that is missing or wrong.
        """
        # A template renders a missing XCom as the word None.
        if self.conversation_sid in (None, "", "None"):
            raise InvalidInput(
                "conversation_sid", "missing; did the task that it comes from run and push its XCom?"
            )
        if self.body and self.content_sid:
            raise InvalidInput("body", "cannot stand beside content_sid; Twilio would ignore it.")
        if not (self.body or self.content_sid or self.media_sid):
            raise InvalidInput("body", "missing; pass a body, a content_sid or a media_sid.")
        if self.content_variables and not self.content_sid:
            raise InvalidInput("content_variables", "belong to a template; pass its content_sid.")
        if self.body and len(self.body) > LONGEST_BODY:
            raise InvalidInput(
                "body", f"{len(self.body)} characters; a message holds at most {LONGEST_BODY}."
            )
        if self.subject and len(self.subject) > _LONGEST_SUBJECT:
            raise InvalidInput(
                "subject", f"{len(self.subject)} characters; at most {_LONGEST_SUBJECT} are allowed."
            )
        self._check_attributes()
        if validate:
            self._check_sids()

    @property
    def marked_attributes(self) -> dict[str, Any]:
        """The attributes with the key among them, and the source."""
        marked = {**(self.attributes or {}), KEY_ATTRIBUTE: self.key}
        traced = {**marked, _SOURCE_ATTRIBUTE: dict(self.source)} if self.source else marked
        return traced if len(json.dumps(traced)) <= _LONGEST_ATTRIBUTES else marked

    def _check_attributes(self) -> None:
        if self.attributes is not None and not isinstance(self.attributes, Mapping):
            raise InvalidInput("attributes", "must be an object.")
        try:
            length = len(json.dumps(self.marked_attributes))
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
