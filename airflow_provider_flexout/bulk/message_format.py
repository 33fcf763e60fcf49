"""A message with fields: ``Hello {customer_name}`` is filled from each contact's row."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import read_text


class MessageFormat:
    """A text in which each ``{column}`` stands for a value of the row; ``{{`` and ``}}`` are braces.

    :param argument: the name of the operator's argument, for errors.
    :param text: for example ``Your order {order} is late.``
    :raises InvalidInput: when a brace is not closed, or holds anything but the name of a column.
    """

    def __init__(self, argument: str, text: str) -> None:
        self._argument = argument
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise InvalidInput(argument, f"{error} in {text!r}; write a brace itself as two.") from error
        if any(name == "" or spec or conversion for _, name, spec, conversion in parts):
            raise InvalidInput(argument, "a field is a column's name in braces and nothing else: {order}.")
        self._parts = [(literal, name) for literal, name, _, _ in parts]

    @property
    def columns(self) -> list[str]:
        """The columns that the text needs."""
        return [name for _, name in self._parts if name is not None]

    def filled(self, row: Mapping[str, Any]) -> str:
        """Fill the text from a row.

        :param row: the contact's values by column.
        :raises InvalidInput: when a column is missing or empty, since an incomplete sentence is not sent.
        """
        return "".join(literal + self._value(row, name) for literal, name in self._parts)

    def _value(self, row: Mapping[str, Any], name: str | None) -> str:
        if name is None:
            return ""
        text = read_text(name, row.get(name))
        if not text:
            raise InvalidInput(self._argument, f"column {name!r} is {'empty' if name in row else 'missing'}.")
        return text


def read_message_format(argument: str, value: Any) -> Any:
    """Compile every text of a nested value, such as a template's variables.

    :param argument: see :class:`MessageFormat`.
    :param value: a text, or an object whose values are texts.
    """
    if isinstance(value, Mapping):
        return {name: read_message_format(f"{argument}.{name}", one) for name, one in value.items()}
    return MessageFormat(argument, value) if isinstance(value, str) else value


def filled(message_format: Any, row: Mapping[str, Any]) -> Any:
    """Fill what :func:`read_message_format` compiled.

    :param message_format: a compiled value.
    :param row: the contact's values by column.
    """
    if isinstance(message_format, MessageFormat):
        return message_format.filled(row)
    if isinstance(message_format, Mapping):
        return {name: filled(one, row) for name, one in message_format.items()}
    return message_format


def columns_in(message_format: Any) -> list[str]:
    """Name the columns that a compiled value needs.

    :param message_format: what :func:`read_message_format` made.
    """
    if isinstance(message_format, MessageFormat):
        return message_format.columns
    if isinstance(message_format, Mapping):
        return [name for one in message_format.values() for name in columns_in(one)]
    return []
