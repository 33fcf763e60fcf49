"""A real Redis, and a relay that keeps its events there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer
from tests.unit.relay.served import served


@pytest.fixture
def redis_server(tmp_path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def relay(redis_server) -> Iterator[str]:
    with served(redis_server.url) as where:
        yield where
