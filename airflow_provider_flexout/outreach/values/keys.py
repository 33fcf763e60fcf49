"""The user's own ``idempotency_key``, checked."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.arguments import wrong_type
from airflow_provider_flexout.outreach.values.plain import plain, read_text

LONGEST = 256


def user_key(kind: str, key: Any) -> str:
    """Make the key from the user's own ``idempotency_key``.

    :param kind: what it is a key of, one of :class:`~airflow_provider_flexout.outreach.durable.KeyKind`, so
        that a message and an interaction may share the text.
    :param key: 1 to 256 characters, for example ``2026-11-22-customer-17``; or a whole number, a date or
        whatever else a column of ids holds.
    :raises InvalidInput: when the text is empty or longer, or is not a text.
    """
    text = None if isinstance(plain(key), float) else read_text("idempotency_key", key)
    if text is None:
        raise InvalidInput("idempotency_key", wrong_type(key))
    if not text.strip():
        raise InvalidInput("idempotency_key", "empty; leave it out for one contact per task instance.")
    if len(text) > LONGEST:
        raise InvalidInput("idempotency_key", f"{len(text)} characters; at most {LONGEST} are allowed.")
    return durable.user_text_key(kind, text)
