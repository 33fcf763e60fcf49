"""Bearer tokens for OAuth clients. https://www.twilio.com/docs/iam/oauth-apps/api."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, write
from airflow_provider_flexout.twilio.http.resource import Resource

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.settings import OAuthCredentials


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
