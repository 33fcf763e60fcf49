"""Who may send requests: programs on this machine, and the sandbox's own page.

Any page in a browser can send requests to this machine. Three things give it away: the ``Host``, where its
name was made to lead here (DNS rebinding), its ``Origin``, and what the browser says in ``Sec-Fetch-Site``.
The rule is the same for Twilio's paths and for the sandbox's own, since the credentials of a sandbox on this
machine are no secret.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["is_loopback", "refuse_foreign", "refuse_name"]

_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
_OWN: Final = frozenset({"same-origin", "none"})


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine only.

    :param host: an address or a name.
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_foreign(method: str, headers: Mapping[str, str], names: Collection[str]) -> str | None:
    """Say why a request is refused before anything looks at it; ``None`` where it is not.

    :param method: HTTP method.
    :param headers: header fields; names in lower case.
    :param names: the host names of the sandbox, besides ``localhost`` and IP addresses. Nobody can make an IP
        address lead to another machine, so none need be named.
    """
    host = headers.get("host", "")
    name = _name_of(f"//{host}")
    if not (name == "localhost" or name in names or _is_address(name)):
        return (
            f"The sandbox does not answer to the name {name or host!r}. If the name is yours, start it with "
            f"flexout sandbox --allow-host {name or 'NAME'}."
        )
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in {f"http://{host}".lower(), f"https://{host}".lower()}:
        return f"The sandbox takes no requests from pages of another origin: {origin!r}."
    if headers.get("sec-fetch-site", "none") not in _OWN and not _is_navigation(method, headers):
        return "The sandbox takes no requests from pages of another site."
    return None


def refuse_name(name: str) -> str | None:
    """Say why a name can never be the ``Host`` of a request; ``None`` where it can.

    :param name: the name.
    """
    if _NAME.fullmatch(name):
        return None
    if not name:
        return "is empty: give a host name for the sandbox, such as a container's."
    if _is_address(name.strip("[]")):
        return f"takes only names; the sandbox answers to every IP address, so leave {name} out."
    found = _name_of(name if "//" in name else f"//{name}")
    written = f"write {found}" if _NAME.fullmatch(found) else "write one such as sandbox or sandbox.example"
    return f"takes a name without scheme, port, path or wildcard, not {name!r:.80}: {written}."


def _name_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # brackets that do not hold an IPv6 address
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_navigation(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether somebody follows a link, as from Airflow's page: no ``GET`` changes anything."""
    shown = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return shown and method in {"GET", "HEAD"}
