"""Bearer tokens for OAuth clients, kept for as long as they are valid and shared by all clients of a process.

https://www.twilio.com/docs/iam/oauth-apps/api
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, write
from airflow_provider_flexout.twilio.http.resource import Resource
from airflow_provider_flexout.twilio.http.timing import TOKEN_MARGIN

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.settings import OAuthCredentials, Settings

_tokens: dict[tuple[str, str, str], _CachedToken] = {}


class Token(Resource):
    """A bearer token.

    ``expires_in`` counts seconds from the response; Twilio's default is an hour. The token goes into a
    header, so it has to be of the characters that RFC 6749 allows.
    """

    access_token: str = Field(pattern=r"^[!-~]+$")
    expires_in: float = 3600.0

    def __repr_args__(self) -> list[tuple[str | None, float]]:
        """Show the lifetime, never the token."""
        return [("expires_in", self.expires_in)]


def create_token(credentials: OAuthCredentials) -> Call[Token]:
    """Exchange an OAuth client's id and secret for a token.

    :param credentials: the client.
    """
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    return write("CreateOauth2Token", "oauth", "/v2/token", Token, form, RetrySafety.IDEMPOTENT)


@dataclass(frozen=True, slots=True, repr=False)
class _CachedToken:
    token: str
    expires_at: float


def valid_token(settings: Settings, refused: str | None) -> str | None:
    """Look for a token that is still valid.

    :param settings: whose token.
    :param refused: a token that Twilio refused, which is not handed out again; ``None`` for none.
    """
    entry = _tokens.get(_key(settings))
    if entry is None or entry.token == refused or time.monotonic() >= entry.expires_at:
        return None
    return entry.token


def keep_token(settings: Settings, token: Token) -> str:
    """Keep a new token until shortly before it expires, and give its text.

    :param settings: whose token.
    :param token: as Twilio sent it.
    """
    lifetime = max(token.expires_in - TOKEN_MARGIN, token.expires_in / 2)
    _tokens[_key(settings)] = _CachedToken(token.access_token, time.monotonic() + lifetime)
    return token.access_token


def _key(settings: Settings) -> tuple[str, str, str]:
    credentials = settings.credentials
    return (settings.hosts.base("oauth"), credentials.client_id, credentials.client_secret)  # type: ignore[union-attr]
