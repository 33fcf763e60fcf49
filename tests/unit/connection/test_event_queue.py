"""The queue in a real Redis, and the URLs that lead to one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from airflow_provider_flexout.connection.event_queue import EventQueue, check_queue_url, shown
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach.errors import InvalidInput
from tests.redis_server import RedisServer


@pytest.fixture
def redis_server(tmp_path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as server:
        yield server


@pytest.mark.parametrize(
    "url",
    ["redis://h", "redis://h:6379", "redis://h:6379/", "redis://h/3", "rediss://u:p%40@h.example.com:6380/0",
     "redis://:secret@[::1]:6379/0"],
)  # fmt: skip
def test_urls_of_a_redis(url):
    check_queue_url("events_queue", url)


@pytest.mark.parametrize(
    "url",
    ["", "h:6379", "http://h:6379/0", "redis://", "redis://:secret@/0", "redis://:secret@h:70000",
     "redis://:secret@h:0", "redis://:secret@h:a", "redis://:secret@h/a", "redis://:secret@h/0/1",
     "redis://:secret@h/0?ssl_cert_reqs=none", "redis://:secret@h/0#a", "redis://:secret@h /0",
     "redis://:secret@h/0\n", "unix://secret", 6379, None],
)  # fmt: skip
def test_anything_else_is_refused_without_its_password(url):
    with pytest.raises(InvalidInput, match="events_queue") as refused:
        check_queue_url("events_queue", url)
    assert "secret" not in str(refused.value)


def test_a_url_is_shown_without_its_password():
    assert shown("rediss://u:secret@h:6380/1") == "rediss://h:6380/1"
    assert shown("redis://h") == "redis://h"
    assert shown("redis://u:se@cret:1@[::1]:6379/0") == "redis://[::1]:6379/0"


@pytest.fixture
def locked(redis_server) -> str:
    """A Redis that wants a password with every character that a URL writes otherwise; give its URL."""
    redis_server.client.acl_setuser(
        "twilio", enabled=True, passwords=["+open/sesame:@é"], keys="*", channels="*", commands=["+@all"]
    )
    return redis_server.url.replace("//", "//twilio:open%2Fsesame%3A@%C3%A9@")


def test_the_password_of_a_url_opens_the_queue_and_is_shown_by_nothing(locked, redis_server):
    async def use(url):
        queue = EventQueue(url)
        try:
            await queue.append(["one"])
            return repr(queue._redis) + repr(queue._redis.connection_pool), None
        except Exception as error:
            return repr(queue._redis), f"{error!r} {error.__cause__!r}"
        finally:
            await queue.aclose()

    redis_server.client.acl_setuser("default", enabled=False)
    text, error = asyncio.run(use(locked))
    assert error is None
    refused_text, refused = asyncio.run(use(locked.replace("sesame", "barley")))
    assert "Authentication" in refused
    for shown_text in (text, refused_text, refused):
        assert not any(part in shown_text for part in ("sesame", "barley", "%2F"))


def test_events_are_read_from_a_place_on(redis_server):
    async def everything():
        queue = EventQueue(redis_server.url)
        before = await queue.place_before(60)
        await queue.append(["one", "two"])
        first = await queue.read(before)
        waiting = asyncio.create_task(queue.read(first[-1][0]))
        await queue.append(["three"])
        then = await waiting
        all_again = await queue.read(await queue.place_before(60))
        await queue.aclose()
        return [[event for _, event in read] for read in (first, then, all_again)]

    assert asyncio.run(everything()) == [["one", "two"], ["three"], ["one", "two", "three"]]


def test_a_read_without_news_ends(redis_server, monkeypatch):
    monkeypatch.setattr("airflow_provider_flexout.connection.event_queue._BLOCK", 0.1)

    async def everything():
        queue = EventQueue(redis_server.url)
        found = await queue.read(await queue.place_before(0))
        await queue.aclose()
        return found

    assert asyncio.run(everything()) == []


def test_the_stream_keeps_so_many_and_no_more(redis_server, monkeypatch):
    monkeypatch.setattr("airflow_provider_flexout.connection.event_queue.KEPT_EVENTS", 500)

    async def everything():
        queue = EventQueue(redis_server.url)
        for hundred in range(20):
            await queue.append([str(100 * hundred + number) for number in range(100)])
        await queue.aclose()

    asyncio.run(everything())
    kept = redis_server.events()
    assert 500 <= len(kept) < 1_000
    assert kept[-1] == "1999"


@pytest.mark.parametrize("url", ["redis://:secret@", "http://:secret@h:6379/0", " redis://:secret@h"])
def test_a_connection_with_another_url_is_refused_by_its_name_and_without_the_password(use_connection, url):
    use_connection(events_queue=url)
    with pytest.raises(InvalidInput, match=r"connection 'flexout_default': events_queue ") as refused:
        _ = FlexHook().events_queue
    assert "secret" not in str(refused.value)


def test_a_connection_shows_no_password_of_its_queue(use_connection):
    use_connection(events_queue="redis://:secret@h:6379/0")
    assert FlexHook().events_queue == "redis://:secret@h:6379/0"
    assert "secret" not in repr(FlexHook()._connection)
