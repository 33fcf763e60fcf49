"""From an Airflow connection to what the client and the rules need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.outreach.defaults import Defaults
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.hosts import Hosts
from airflow_provider_flexout.twilio.settings import BasicCredentials, OAuthCredentials, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """A Twilio account, as one connection describes it.

    :param settings: how to reach it.
    :param defaults: what operators take from it when they were not told.
    """

    settings: Settings
    defaults: Defaults


def read_connection(connection: Connection) -> Account:
    """Read a connection of type ``flexout``.

    :param connection: as Airflow gives it.
    :raises InvalidInput: naming the field that is missing or wrong; never with a secret.
    """
    conn_id = str(connection.conn_id)
    extra = connection.extra_dejson
    settings = Settings(
        credentials=_credentials(conn_id, connection.login, connection.password),
        hosts=Hosts(
            region=extra.get("region") or None,
            edge=extra.get("edge") or None,
            base_url=_base_url(conn_id, extra),
        ),
        verify=_verify(extra.get("verify")),
        proxy=extra.get("proxy") or None,
        **_timeout(conn_id, extra.get("timeout")),
    )
    return Account(settings, Defaults.from_extra(conn_id, extra))


def _credentials(
    conn_id: str, login: str | None, password: str | None
) -> BasicCredentials | OAuthCredentials:
    place = f"connection {conn_id!r}"
    if not login or not password:
        missing = "login" if not login else "password"
        raise InvalidInput(place, f"{missing} is missing; it needs a SID (AC…, SK… or OQ…) and its secret.")
    if login.startswith("OQ"):
        return OAuthCredentials(login, password)
    if login.startswith(("AC", "SK")):
        return BasicCredentials(login, password)
    raise InvalidInput(
        place,
        "login must be an account SID (AC…), an API key SID (SK…) or an OAuth client id (OQ…), "
        f"and this one starts with {login[:2]!r}.",
    )


def _base_url(conn_id: str, extra: Mapping[str, Any]) -> str | None:
    url = extra.get("base_url") or None
    if url and not str(url).startswith(("http://", "https://")):
        raise InvalidInput(f"connection {conn_id!r}", "base_url must start with http:// or https://.")
    return url


def _timeout(conn_id: str, value: Any) -> dict[str, float]:
    if value in (None, ""):
        return {}
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if seconds <= 0:
        raise InvalidInput(f"connection {conn_id!r}", f"timeout must be seconds above 0, got {value!r}.")
    return {"read_timeout": seconds}


def _verify(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    words = {"": True, "true": True, "false": False}
    text = str(value or "").strip()
    return words.get(text.lower(), text)
