"""Bearer tokens, kept for as long as they are valid and shared by all clients of a process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.http.timing import TOKEN_MARGIN

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.auth.oauth import Token
    from airflow_provider_flexout.twilio.http.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class _CachedToken:
    token: str
    expires_at: float


_entries: dict[tuple[str, str, str], _CachedToken] = {}


def get(settings: Settings, refused: str | None) -> str | None:
    """Look for a token that is still valid.

    :param settings: whose token.
    :param refused: a token that Twilio refused, which is not handed out again; ``None`` for none.
    """
    entry = _entries.get(_key(settings))
    if entry is None or entry.token == refused or time.monotonic() >= entry.expires_at:
        return None
    return entry.token


def put(settings: Settings, token: Token) -> str:
    """Keep a new token until shortly before it expires, and give its text.

    :param settings: whose token.
    :param token: as Twilio sent it.
    """
    lifetime = max(token.expires_in - TOKEN_MARGIN, token.expires_in / 2)
    _entries[_key(settings)] = _CachedToken(token.access_token, time.monotonic() + lifetime)
    return token.access_token


def _key(settings: Settings) -> tuple[str, str, str]:
    credentials = settings.credentials
    return (settings.hosts.base("oauth"), credentials.client_id, credentials.client_secret)  # type: ignore[union-attr]
