"""A contact: a row that says whom to contact, and what to fill the message with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_of, likely_address
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.policies.address_list import is_listed
from airflow_provider_flexout.outreach.values.arguments import check_object, is_number, wrong_type
from airflow_provider_flexout.outreach.values.attributes import as_json
from airflow_provider_flexout.outreach.values.plain import check_characters, plain, read_text, user_key
from airflow_provider_flexout.twilio.http.redaction import masked_repr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.bulk.sources.row import Row

NAMES = ("to", "id", "channel", "from_", "customer_name", "subject", "attributes")
"""The fields of a contact, beside the columns that only its message uses."""

TARGET = ("queue", "worker", "workflow", "priority")
"""What a row may say of the routing, by names or SIDs."""

BY_COLUMN = ("timezone", "not_before", "language", "content_sid", "media_sid", "idempotency_key", *TARGET)
"""Further fields, which are read where ``columns`` names their column, since a table may use these words."""

_LONGEST_PUBLIC_ID = 256
"""Characters of an id in the record, which shares 16 KB with the other attributes of its conversation."""


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """Somebody to contact.

    :param line: the line or number of the row.
    :param id: the contact's id in the campaign, which is part of its keys.
    :param shown: the id as the row has it, or the masked address, for the results.
    :param given: the values of :data:`NAMES` in the row.
    :param row: all values of the row, by column.
    :param own: the values of :data:`BY_COLUMN` in the row.
    """

    line: int
    id: str
    shown: str | float
    given: Mapping[str, Any]
    row: Mapping[str, Any]
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def public_id(self) -> str | None:
        """The id for the record of the outreach; ``None`` where the row has none, or it is an address."""
        if str(self.shown).strip() != self.id.strip() or len(self.id) > _LONGEST_PUBLIC_ID:
            return None
        if any(one.recognizes(self.id) for one in CHANNELS.values()):
            return None
        try:
            return None if is_listed([self.id])(self.given["to"]) else self.id
        except InvalidInput:  # nobody writes an address like that
            return self.id


def check_columns(columns: Mapping[str, str]) -> None:
    """Refuse names that are not fields of a contact.

    :param columns: from a field to the column that holds it.
    :raises InvalidInput: naming the fields of a contact.
    """
    check_object("columns", columns, "{'to': 'phone'}")
    fields = (*NAMES, *BY_COLUMN)
    unknown = [name for name in columns if name not in fields]
    if unknown:
        raise InvalidInput("columns", f"{masked_repr(unknown[0])} is not one of {', '.join(fields)}.")


def contact_of(row: Row, columns: Mapping[str, str]) -> Contact:
    """Read a contact from its row.

    :param row: the row.
    :param columns: from a field to the column that holds it, where that has another name.
    :raises InvalidInput: when the row has no address, or a value that cannot be used.
    """
    values = plain(row.values)
    for column, value in values.items():
        if isinstance(value, str):
            read_text(str(column), value)
        check_characters(str(column), value)
    given: dict[str, Any] = {}
    for name in NAMES:
        column = columns.get(name, name)
        value = values.get(column)
        if value not in (None, ""):
            if name in ("to", "from_"):
                _check_type(column, value)
            given[name] = _object(column, value) if name == "attributes" else read_text(column, value)
    if not given.get("to", "").strip():
        raise InvalidInput(columns.get("to", "to"), "empty; whom should this row contact?")
    given["to"] = to = given["to"].strip()
    known = given.pop("id", None)
    channel = channel_of(to)
    named = [name for name in BY_COLUMN if name in columns]
    texts = {name: read_text(columns[name], values.get(columns[name])) or "" for name in named}
    own = {name: text.strip() for name, text in texts.items() if text.strip()}
    if known is None:
        return Contact(row.line, channel.key_part(to), channel.masked(to), given, values, own)
    raw = values[columns.get("id", "id")]
    return Contact(row.line, known, raw if isinstance(raw, (int, float)) else known, given, values, own)


def _check_type(column: str, value: object) -> None:
    """Refuse what is not an address, such as the floats that pandas makes of phone numbers."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        likely = likely_address(value) if is_number(value) else None
        raise InvalidInput(column, wrong_type(value, likely))


def _object(column: str, value: object) -> Mapping[str, Any]:
    """Read an object; in a text file it is JSON."""
    try:
        read = json.loads(value) if isinstance(value, str) else value
        as_json(read)
    except ValueError as error:
        raise InvalidInput(column, "cannot be read or written as JSON.") from error
    check_object(column, read)
    return cast("Mapping[str, Any]", read)


def key_of(campaign: str, contact: Contact, kind: str) -> str:
    """Make the key of a contact's outreach, or of its message.

    :param campaign: the campaign's own key.
    :param contact: the contact; a key in its row applies in every campaign, and for the operators.
    :param kind: ``interaction`` or ``message``; with a row's own key also ``conversation``.
    :raises InvalidInput: when the key of its row cannot be used.
    """
    if own := contact.own.get("idempotency_key"):
        return user_key(kind, own)
    return durable.contact_key(kind, campaign, contact.id)
