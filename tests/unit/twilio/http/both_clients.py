"""Both clients on real sockets, without a second try."""

from __future__ import annotations

import asyncio
from typing import Any

from airflow_provider_flexout.twilio.api import conversations, messages
from airflow_provider_flexout.twilio.http.call import Call
from airflow_provider_flexout.twilio.http.client import AsyncClient, Client
from airflow_provider_flexout.twilio.http.retry import RetryPolicy
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, Hosts, Settings
from tests.unit.twilio.http.peer import Peer, Visit

CREDENTIALS = BasicCredentials("AC" + "0" * 32, "the-auth-token")
READ = conversations.fetch_conversation("CH" + "a" * 32)
NON_IDEMPOTENT = messages.create_message("CH" + "a" * 32, body="Hello")
ONCE = RetryPolicy(max_attempts=1, start_within=0)


def by_client(settings: Settings, *calls: Call[Any]) -> list[Any]:
    with Client(settings, policy=ONCE) as client:
        return [client.send(call) for call in calls]


def by_async_client(settings: Settings, *calls: Call[Any]) -> list[Any]:
    async def run() -> list[Any]:
        async with AsyncClient(settings, policy=ONCE) as client:
            return [await client.send(call) for call in calls]

    return asyncio.run(run())


def settings(base_url: str, **more: Any) -> Settings:
    return Settings(CREDENTIALS, Hosts(base_url=base_url), **more)


def respond_to_all(peer: Peer, visit: Visit) -> None:
    while request := visit.read_request():
        peer.requests.append(request)
        visit.respond()
