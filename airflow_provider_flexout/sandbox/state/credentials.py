"""The credentials of the sandbox's one account."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.seed import ACCOUNT_SID, fixed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CREDENTIALS"]


@dataclass(frozen=True, slots=True)
class Credential:
    login: str
    password: str

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.login}:{self.password}".encode()).decode()


CREDENTIALS: Final[Mapping[str, Credential]] = {
    "basic": Credential(ACCOUNT_SID, fixed("", "auth token")),
    "api_key": Credential(fixed("SK", "api key"), fixed("", "api key secret")),
    "oauth": Credential(fixed("OQ", "oauth client"), fixed("", "oauth client secret")),
}
