"""Everything a client needs to know before the first request."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from airflow_provider_flexout.twilio.http import timing
from airflow_provider_flexout.twilio.http.hosts import Hosts


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    """An account SID with its auth token, or an API key SID with its secret (HTTP Basic).

    https://www.twilio.com/docs/usage/requests-to-twilio

    :param username: ``AC…`` or ``SK…``.
    :param password: the secret that belongs to it.
    """

    username: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of the ``Authorization`` header."""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode()


@dataclass(frozen=True, slots=True)
class OAuthCredentials:
    """An OAuth client (client credentials), which is exchanged for a bearer token.

    https://www.twilio.com/docs/iam/oauth-apps

    :param client_id: ``OQ…``.
    :param client_secret: the secret that belongs to it.
    """

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach Twilio.

    :param credentials: as whom.
    :param hosts: where Twilio is; its default region by default.
    :param read_timeout: seconds to wait for a response, and for each piece of it.
    :param verify: whether to check TLS certificates, or the path of a CA bundle.
    :param proxy: URL of a proxy for all requests (``http``, ``https``, ``socks5`` or ``socks5h``); ``None``
        leaves it to the environment.
    :param account_sid: ``AC…``, where it is known beside an API key or an OAuth client.
    """

    credentials: BasicCredentials | OAuthCredentials
    hosts: Hosts = field(default_factory=Hosts)
    read_timeout: float = timing.READ_TIMEOUT
    verify: bool | str = True
    proxy: str | None = field(default=None, repr=False)
    account_sid: str | None = None

    @property
    def account(self) -> str:
        """The account whose limits the requests count towards, as far as it is known."""
        if isinstance(self.credentials, OAuthCredentials):
            return self.account_sid or self.credentials.client_id
        return self.account_sid or self.credentials.username

    @property
    def longest_time(self) -> float:
        """Seconds that one request may take, from connecting to the last byte of its response."""
        return timing.CONNECT_TIMEOUT + timing.WRITE_TIMEOUT + self.read_timeout
