"""What Twilio sends back in these tests, and a clock."""

from __future__ import annotations

import asyncio

import httpx

from airflow_provider_flexout.twilio.api import conversations
from airflow_provider_flexout.twilio.http.settings import BasicCredentials, OAuthCredentials, Settings

ACCOUNT = "AC" + "0" * 32
CH = "CH" + "a" * 32
SETTINGS = Settings(BasicCredentials(ACCOUNT, "the-auth-token"))
READ = conversations.fetch_conversation(CH)
OAUTH = OAuthCredentials("OQ" + "1" * 32, "the-client-secret")


def token(value: str, expires_in: int = 3600) -> httpx.Response:
    return httpx.Response(200, json={"access_token": value, "token_type": "Bearer", "expires_in": expires_in})


def ok() -> httpx.Response:
    return httpx.Response(200, json={"sid": CH})


def rejected(status: int, code: int | None = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": "no", "status": status}, headers=headers)


def rejected_credentials(status: int = 401) -> httpx.Response:
    return httpx.Response(status, json={"code": 20003, "message": "Authenticate", "status": status})


def page(key: str, sids: list[str], next_page_url: str | None) -> httpx.Response:
    items = [{"sid": sid} for sid in sids]
    return httpx.Response(200, json={key: items, "meta": {"key": key, "next_page_url": next_page_url}})


class Time:
    """A clock that moves when somebody waits for it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)
