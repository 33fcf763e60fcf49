"""Where each of Twilio's products is.

https://www.twilio.com/docs/global-infrastructure/understanding-twilio-regions
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

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
