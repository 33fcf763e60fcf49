"""The key of an outreach: the same for every attempt at it, different for every other."""

from __future__ import annotations

import hashlib
import json

from airflow_provider_flexout.outreach.errors import InvalidInput

LONGEST = 256


def derive_key(*parts: str | int) -> str:
    """Make the key: ``fx`` and 32 hex digits, no hyphen, since TaskRouter's expressions hold none.

    :param parts: what the outreach is known by, for example DAG id, run id, task id and map index.
    """
    return "fx" + _digest(parts)


def user_key(kind: str, text: str | int) -> str:
    """Make the key from the user's own ``idempotency_key``.

    :param kind: what it is a key of, so that a message and an interaction may share the text.
    :param text: 1 to 256 characters, for example ``2026-11-22-customer-17``; or a number, which a template
        may well be rendered to.
    :raises InvalidInput: when it is empty or longer, or no text.
    """
    if isinstance(text, int):
        text = str(text)
    if not isinstance(text, str):
        raise InvalidInput("idempotency_key", f"must be a text, got {type(text).__name__}.")
    if not text.strip():
        raise InvalidInput("idempotency_key", "empty; leave it out for one contact per task instance.")
    if len(text) > LONGEST:
        raise InvalidInput("idempotency_key", f"{len(text)} characters; at most {LONGEST} are allowed.")
    return derive_key("given", kind, text)


def fingerprint(*parts: str | None) -> str:
    """Make a short digest by which two outreaches under one key are told apart.

    :param parts: channel and address.
    """
    return _digest(parts)[:16]


def _digest(parts: tuple[object, ...]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
