"""Reading an Airflow connection: how to reach Twilio, and what operators take as defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.twilio.http.hosts import Hosts
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Connection


@dataclass(frozen=True, slots=True)
class FlexConnection:
    """What an Airflow connection of type ``flexout`` says.

    :param settings: how to reach Twilio, and with which credentials.
    :param defaults: SIDs and senders for arguments that operators leave out.
    """

    settings: Settings
    defaults: ConnectionDefaults

    @property
    def account_sid(self) -> str | None:
        """The account, ``AC…``, where the connection names it."""
        return self.settings.account_sid


def read_connection(connection: Connection) -> FlexConnection:
    """Read a connection of type ``flexout``.

    :param connection: the connection as Airflow gives it.
    :raises InvalidInput: with the name of the field that is missing or wrong, and without its secret.
    """
    conn_id = str(connection.conn_id)
    extra, login = connection.extra_dejson, str(connection.login)
    account_sid = extra.get("account_sid") or (login if login.startswith("AC") else None)
    settings = Settings(
        credentials=_credentials(conn_id, connection.login, connection.password),
        hosts=Hosts(
            region=extra.get("region") or None,
            edge=extra.get("edge") or None,
            base_url=_url(conn_id, extra, "base_url", ("http://", "https://")),
        ),
        verify=_verify(extra.get("verify")),
        proxy=_url(conn_id, extra, "proxy", ("http://", "https://", "socks5://", "socks5h://")),
        account_sid=account_sid,
        **_timeout(conn_id, extra.get("timeout")),
    )
    return FlexConnection(settings, ConnectionDefaults.from_extra(conn_id, extra))


def _credentials(
    conn_id: str, login: str | None, password: str | None
) -> BasicCredentials | OAuthCredentials:
    place = f"connection {conn_id!r}"
    if not login or not password:
        missing = "login" if not login else "password"
        raise InvalidInput(
            place,
            f"{missing} is missing; set the login to a SID (AC…, SK… or OQ…) and the password to its secret.",
        )
    if login.startswith("OQ"):
        return OAuthCredentials(login, password)
    if login.startswith(("AC", "SK")):
        return BasicCredentials(login, password)
    raise InvalidInput(
        place,
        "login must be an account SID (AC…), an API key SID (SK…) or an OAuth client id (OQ…), "
        f"but this one starts with {login[:2]!r}.",
    )


def _url(conn_id: str, extra: Mapping[str, Any], name: str, schemes: tuple[str, ...]) -> str | None:
    url = str(extra.get(name) or "")
    if url and not url.startswith(schemes):
        # The URL may hold a password, so the error does not repeat it.
        raise InvalidInput(f"connection {conn_id!r}", f"{name} must start with {' or '.join(schemes)}.")
    return url or None


def _timeout(conn_id: str, value: Any) -> dict[str, float]:
    if value in (None, ""):
        return {}
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise InvalidInput(
            f"connection {conn_id!r}", f"timeout must be a finite number of seconds above 0, got {value!r}."
        )
    return {"read_timeout": seconds}


def _verify(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    switches = {"": True, "true": True, "false": False}
    text = str(value or "").strip()
    return switches.get(text.lower(), text)
