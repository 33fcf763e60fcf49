"""The credentials of the sandbox's one account."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, fixed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CREDENTIALS", "Credential", "credentials_from", "password"]


@dataclass(frozen=True, slots=True)
class Credential:
    """One way to log in."""

    login: str
    password: str

    @property
    def basic(self) -> str:
        """The value of ``Authorization``."""
        return "Basic " + base64.b64encode(f"{self.login}:{self.password}".encode()).decode()


def password(secret: str, what: str) -> str:
    """Make a password.

    :param secret: what it is made from; empty for one that everybody knows.
    :param what: what it is for.
    """
    return fixed("", f"{secret} {what}" if secret else what)


def credentials_from(secret: str) -> Mapping[str, Credential]:
    """Make the credentials of a sandbox, by kind. The logins, which are no secrets, are always the same.

    :param secret: what the passwords are made from; empty for those that everybody knows.
    """
    return {
        "basic": Credential(ACCOUNT_SID, password(secret, "auth token")),
        "api_key": Credential(fixed("SK", "api key"), password(secret, "api key secret")),
        "oauth": Credential(fixed("OQ", "oauth client"), password(secret, "oauth client secret")),
    }


CREDENTIALS: Final = credentials_from("")
"""The credentials of every sandbox that only this machine can reach. Everybody knows them."""
