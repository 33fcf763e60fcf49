"""Masking a connection's secrets that Airflow does not recognize, such as the password in a proxy's URL.

This package never logs a secret. The masking is for what others log: the client of a queue, or a task that
prints the extra of a connection. Airflow itself masks a connection's password, and the whole of its extra.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable


def secrets_in(url: str | None) -> set[str]:
    """Give the password of a URL, as written and decoded; if it has none, the user, if any.

    :param url: the URL; ``None`` where there is none.
    """
    user, at, _ = (url or "").partition("://")[2].partition("/")[0].rpartition("@")
    if not at:
        return set()
    name, _, password = user.partition(":")
    return {password or name, unquote(password or name)}


def mask(secrets: Iterable[str]) -> None:
    """Let Airflow mask secrets in the logs of this task.

    :param secrets: these.
    """
    from airflow.sdk.log import mask_secret

    for one in secrets:
        mask_secret(one)


async def amask(secrets: Iterable[str]) -> None:
    """Let Airflow mask secrets in the logs of this task or triggerer, from an event loop.

    :param secrets: these.
    """
    from airflow_provider_flexout.version_compat import load_amask_secret

    amask_secret = load_amask_secret()
    for one in secrets:
        await amask_secret(one)
