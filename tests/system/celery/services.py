"""The services that Celery needs, and what a test takes of them: a database, and a corner of Redis."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
import redis

POSTGRES = os.environ.get("FLEXOUT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("FLEXOUT_TEST_REDIS", "redis://127.0.0.1:6379/0")
NEEDED = (
    "This test needs PostgreSQL and Redis: on Debian, apt-get install postgresql redis-server, then "
    "pg_ctlcluster 15 main start; redis-server --daemonize yes. Where they are elsewhere, say so in "
    "FLEXOUT_TEST_POSTGRES and FLEXOUT_TEST_REDIS (URLs of a user who may create databases, and of a Redis)."
)


@contextmanager
def database() -> Iterator[str]:
    """Make an empty database, give its URL, and drop it."""
    name = f"flexout_{secrets.token_hex(6)}"
    try:
        connection = psycopg2.connect(POSTGRES)
    except psycopg2.OperationalError as error:
        pytest.fail(f"{NEEDED}\n{error}", pytrace=False)
    connection.autocommit = True  # a database cannot be made inside of a transaction
    try:
        connection.cursor().execute(f"CREATE DATABASE {name}")
        yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    finally:
        connection.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.close()


@contextmanager
def corner_of_redis() -> Iterator[str]:
    """Give a prefix for keys that nobody else has, and delete what is under it."""
    client, prefix = redis.Redis.from_url(REDIS), f"flexout-{secrets.token_hex(6)}:"
    try:
        client.ping()
    except redis.ConnectionError as error:
        pytest.fail(f"{NEEDED}\n{error}", pytrace=False)
    try:
        yield prefix
    finally:
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)
        client.close()
