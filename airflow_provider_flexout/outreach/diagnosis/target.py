"""What is diagnosed: a connection without its secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class DiagnosisTarget:
    """What a connection says, without its secrets.

    :param credentials: what the login is, for people, for example ``API key SK…``.
    :param place: where requests go, for people.
    :param defaults: the SIDs and senders of the connection.
    :param account_sid: the account, ``AC…``, where the connection names it.
    :param clock: gives this machine's time, aware.
    """

    credentials: str
    place: str
    defaults: ConnectionDefaults
    account_sid: str | None = None
    clock: Callable[[], datetime] = _now
