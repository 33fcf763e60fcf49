"""Bearer tokens, kept for as long as they are good and shared by all clients of a process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.oauth import Token
    from airflow_provider_flexout.twilio.http.settings import Settings

_MARGIN = 60.0
"""Seconds before its end at which a token counts as expired, so that none runs out on the way."""


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    token: str
    good_until: float


_kept: dict[tuple[str, str, str], _Kept] = {}


def _key(settings: Settings) -> tuple[str, str, str]:
    credentials = settings.credentials
    return (settings.hosts.base("oauth"), credentials.client_id, credentials.client_secret)  # type: ignore[union-attr]


def get(settings: Settings, refused: str | None) -> str | None:
    """Look for a token that is still good.

    :param settings: whose token.
    :param refused: a token that Twilio refused; it is forgotten.
    """
    kept = _kept.get(_key(settings))
    if kept is None or kept.token == refused or time.monotonic() >= kept.good_until:
        return None
    return kept.token


def put(settings: Settings, token: Token) -> str:
    """Keep a fresh token until shortly before it expires, and hand it back.

    :param settings: whose token.
    :param token: Twilio's answer.
    """
    lifetime = max(token.expires_in - _MARGIN, token.expires_in / 2)
    _kept[_key(settings)] = _Kept(token.access_token, time.monotonic() + lifetime)
    return token.access_token
