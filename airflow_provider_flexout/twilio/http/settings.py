"""Everything a client needs to know before the first request: where Twilio's products are, as whom, and how.

https://www.twilio.com/docs/global-infrastructure/understanding-twilio-regions
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from airflow_provider_flexout.twilio.http import timing

if TYPE_CHECKING:
    from airflow_provider_flexout.twilio.http.call import Product


_LONGEST_URL: Final = 16_000
"""Characters of a URL that Twilio gives; few servers take a longer one."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The addresses of Twilio's products.

    :param region: where the data lie, for example ``ie1``; Twilio's default is ``us1``.
    :param edge: where the request enters Twilio's network, for example ``dublin``.
    :param base_url: scheme, host and port in place of every Twilio host, for example the sandbox's.
    """

    region: str | None = None
    edge: str | None = None
    base_url: str | None = None

    @property
    def limit_scope(self) -> str:
        """What has rate limits of its own: a region, whatever the edge, or the base URL in its place."""
        return (self.base_url or self.region or "us1").rstrip("/")

    @property
    def described(self) -> str:
        """Where requests go, for people."""
        elsewhere = self.region not in (None, "us1")
        what = f"region {self.region}, where it does not list Flex's interactions" if elsewhere else ""
        if self.base_url:
            there = "the connection's base_url: everything goes there, not to Twilio"
            return f"{self.base_url} ({there}{f' in {what}' if what else ''})"
        return f"Twilio ({what})" if what else "Twilio"

    def base(self, product: Product) -> str:
        """Build scheme and host of a product, without a slash at the end.

        The form is ``product[.edge].[region].twilio.com``; an edge alone means region ``us1``.

        :param product: for example ``flex-api``.
        """
        if self.base_url:
            return self.base_url.rstrip("/")
        edge = None if product == "mcs" else self.edge  # the media service has no edges, and names its region
        region = self.region or ("us1" if edge or product == "mcs" else None)
        return "https://" + ".".join(part for part in (product, edge, region, "twilio", "com") if part)

    @staticmethod
    def relative(url: str) -> str:
        """Reduce a URL that Twilio gave to path and query, to be sent to the same host as before.

        The host in such a URL is ignored: credentials go only where they went before. So the path always
        begins with a slash, without which it would become a part of the host's name.

        :param url: for example ``meta.next_page_url``.
        :raises ValueError: when it is not a URL, in which all but printable ASCII characters are encoded, or
            is longer than any of Twilio's.
        """
        if len(url) > _LONGEST_URL or not all("!" <= character <= "~" for character in url):
            raise ValueError("not a URL of printable ASCII characters, or too long")
        parts = urlsplit(url)
        path = "/" + parts.path.lstrip("/")
        return f"{path}?{parts.query}" if parts.query else path


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
