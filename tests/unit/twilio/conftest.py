"""A network of a few lines: it gives the responses that a test tells it to, and notes the requests."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from airflow_provider_flexout.twilio.http import auth
from airflow_provider_flexout.twilio.http.client import Client
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Settings
from tests.unit.twilio.http.responses import ACCOUNT, Time

Reply = httpx.Response | Exception


class Network:
    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def will(self, *replies: Reply) -> None:
        self.replies += replies

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def connect(network: Network) -> Callable[..., Client]:
    def make(**settings: object) -> Client:
        settings.setdefault("credentials", BasicCredentials(ACCOUNT, "the-auth-token"))
        return Client(
            Settings(**settings), transport=httpx.MockTransport(network), sleep=network.slept.append
        )

    return make


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()


@pytest.fixture(autouse=True)
def no_tokens_from_before() -> None:
    auth._tokens.clear()


@pytest.fixture
def time() -> Time:
    return Time()
