"""What the tests of both transports share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.twilio.http.both_clients import by_async_client, by_client


@pytest.fixture(params=[by_client, by_async_client])
def send(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return request.param
