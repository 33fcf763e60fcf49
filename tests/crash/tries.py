"""Airflow's part of a history: the next try after one that failed, and the clear at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import httpx

from airflow_provider_flexout.sandbox.sandbox import ROUTES
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.faults import SMOOTH, Fault, Killed
from tests.crash.stage import Attempt, Stage

MOST_TRIES = 5
RETRY_DELAY = 1.0


def hit_at(step: int, fault: Fault) -> Iterator[Fault]:
    """Let all go well up to one request, which is hit."""
    return chain(repeat(SMOOTH, step), [fault])


def tries(
    stage: Stage, procedure: Callable[[bool], Procedure[Any]], *plagued: Iterator[Fault]
) -> list[Attempt]:
    """Try until it ends, as Airflow does, one try after the other.

    :param stage: where.
    :param procedure: makes a try, told whether there was one before.
    :param plagued: what happens to the first tries; the others go well.
    :returns: the tries; the last one ended well, or for good.
    """
    ended: list[Attempt] = []

    def start() -> None:
        number = len(ended)
        faults = plagued[number] if number < len(plagued) else iter(())
        Attempt(stage, procedure(number > 0), faults, then)

    def then(attempt: Attempt) -> None:
        ended.append(attempt)
        again = isinstance(attempt.result, Killed) or getattr(attempt.result, "permanent", True) is False
        if again and len(ended) < MOST_TRIES:
            stage.at(RETRY_DELAY, start)

    start()
    stage.play()
    return ended


def named(request: httpx.Request) -> str:
    """Name the step that a request is: Twilio's operation, and what an update writes."""
    operation, _ = ROUTES.find(request.method, request.url.path)
    if operation.name != "UpdateConversation":
        return operation.name
    return f"{operation.name} ({'SIDs' if b'interaction_sid' in request.content else 'lease'})"


def worth_hitting(steps: list[str]) -> list[int]:
    """Choose the places in a try that are hit: all, but of a watch its first round of looks and its last."""
    watching = [place for place, name in enumerate(steps) if name.startswith("List")]
    return [place for place, _ in enumerate(steps) if place not in watching[2:-2]]
