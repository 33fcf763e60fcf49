"""The user's own ``idempotency_key``, checked."""

from __future__ import annotations

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput

LONGEST = 256


def user_key(kind: str, text: str | int) -> str:
    """Make the key from the user's own ``idempotency_key``.

    :param kind: what it is a key of, one of :class:`~airflow_provider_flexout.outreach.durable.KeyKind`, so
        that a message and an interaction may share the text.
    :param text: 1 to 256 characters, for example ``2026-11-22-customer-17``; or a number, since a template
        may render to one.
    :raises InvalidInput: when the text is empty or longer, or is not a text.
    """
    if isinstance(text, int):
        text = str(text)
    if not isinstance(text, str):
        raise InvalidInput("idempotency_key", f"must be a text, got {type(text).__name__}.")
    if not text.strip():
        raise InvalidInput("idempotency_key", "empty; leave it out for one contact per task instance.")
    if len(text) > LONGEST:
        raise InvalidInput("idempotency_key", f"{len(text)} characters; at most {LONGEST} are allowed.")
    return durable.user_text_key(kind, text)
