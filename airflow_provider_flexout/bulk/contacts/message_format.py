"""A message with fields: ``Hello {customer_name}`` is filled from each contact's row."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import wrong_type
from airflow_provider_flexout.outreach.values.plain import read_text
from airflow_provider_flexout.twilio.http.redaction import masked_repr

_DEFAULT = "default"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")  # RFC 5646, as far as it matters here


class MessageFormat:
    """A text in which each ``{column}`` stands for a value of the row; ``{{`` and ``}}`` are braces.

    :param argument: the name of the operator's argument, for errors.
    :param text: for example ``Your order {order} is late.``
    :raises InvalidInput: when a brace is not closed, or holds anything but the name of a column.
    """

    def __init__(self, argument: str, text: str) -> None:
        self._argument = argument
        if not isinstance(text, str):
            raise InvalidInput(argument, wrong_type(text))
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise InvalidInput(
                argument, f"{error} in {masked_repr(text)}; write a brace itself as two."
            ) from error
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


class LanguageFormats:
    """The text of a message in several languages, of which a row chooses one.

    :param texts: by language, as in ``{"en": "Hello {name}", "it": "Ciao {name}"}``; ``"default"`` is for
        rows whose language is not among them, or that have none.
    :param column: the column with a row's language, for errors.
    :raises InvalidInput: when there is no text, or one of them cannot be used.
    """

    def __init__(self, texts: Mapping[str, str], column: str) -> None:
        self._column = column
        self._formats: dict[str, MessageFormat] = {}
        for language, text in texts.items():
            if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
                raise InvalidInput(
                    "message",
                    f'{masked_repr(language)} is not a language such as "en" or "pt-BR", nor "default".',
                )
            argument = f"message.{language}"
            if not isinstance(text, str) or not text.strip():
                raise InvalidInput(argument, "must be a text that is not empty.")
            if _folded(language) in self._formats:
                raise InvalidInput(argument, "is there twice, in two spellings.")
            self._formats[_folded(language)] = MessageFormat(argument, text)
        if not self._formats:
            raise InvalidInput("message", "an object without a text; write one for each language.")

    @property
    def columns(self) -> list[str]:
        """The columns that one of the texts needs, and the column of the language."""
        return [self._column, *(name for one in self._formats.values() for name in one.columns)]

    def choose(self, language: str | None) -> tuple[str, MessageFormat]:
        """Choose the text of a language, with its name; ``pt-BR`` may take ``pt``.

        :param language: the row's language, in any case, with ``-`` or ``_``; ``None`` where it has none.
        :raises InvalidInput: when there is neither a text for it nor a default.
        """
        folded = _folded(language or _DEFAULT)
        for name in (folded, folded.partition("-")[0], _DEFAULT):
            if name in self._formats:
                return name, self._formats[name]
        said = f"{masked_repr(language)} is none of" if language else "empty, and message has only"
        raise InvalidInput(self._column, f"{said} {', '.join(self._formats)}; a default is missing.")


def _folded(language: str) -> str:
    return language.strip().replace("_", "-").casefold()


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
    if isinstance(message_format, (MessageFormat, LanguageFormats)):
        return message_format.columns
    if isinstance(message_format, Mapping):
        return [name for one in message_format.values() for name in columns_in(one)]
    return []
