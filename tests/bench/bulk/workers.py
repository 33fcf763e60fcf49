"""Several processes on one account, each with contacts of its own, under one limit."""

from __future__ import annotations

import time
from typing import Any

from tests.bench.bulk import LIMIT
from tests.bench.bulk.stand import ReachedContact, Stand, Working, once, stand
from tests.bench.bulk.ways import Work

PROCESSES, CONTACTS, BLOCK = 4, 1500, 100_000
LATER, SETTLING = 15.0, 15.0
"""Seconds after which the last process begins, and those that it gets to find its share."""


def several_workers(share: float) -> dict[str, Any]:
    """Let four processes share one limit of 30 conversations/s, one of which begins 15 s later."""
    share = max(share, 0.25)  # less is over before the last one has begun
    count = int(CONTACTS * share)
    with stand() as sandbox:
        sandbox.fault("throttle", operation="CreateConversation", per_second=LIMIT, burst=LIMIT)
        working = _start_all(sandbox, count, LATER * share)
        summaries = [one.ended()["summary"] for one in working]
        refused, everybody = sandbox.faults(), sandbox.reached()
    contacts = [range(_first(place), _first(place) + count) for place in range(PROCESSES)]
    reached = [one for one in everybody if any(_number(one) in theirs for theirs in contacts)]
    moments = [[one.at for one in reached if _number(one) in theirs] for theirs in contacts]
    began = min(each[0] for each in moments)
    over = min(each[-1] for each in moments)
    settled = max(each[0] for each in moments) + SETTLING * share
    done = [sum(settled <= at <= over for at in each) for each in moments]
    whole = sum(at <= over for each in moments for at in each)
    return {
        **once(reached),
        "contacts": count * PROCESSES,
        "failed": sum(one["failed"] for one in summaries),
        "refused": refused,
        # What came at once in the beginning is not sustained; and while all had something to do.
        "share of the limit": (whole - LIMIT) / (over - began) / LIMIT,
        "seconds watched": over - settled,
        "shares": [each / sum(done) for each in done],
        "slowest of fastest": min(done) / max(done),
        "moments": [[round(at - began, 3) for at in each] for each in moments],
    }


def _first(place: int) -> int:
    return 3_000_000 + place * BLOCK


def _number(reached: ReachedContact) -> int:
    return int(reached.address[5:])


def _start_all(sandbox: Stand, count: int, later: float) -> list[Working]:
    working = [sandbox.start(Work("operator", count, _first(place))) for place in range(PROCESSES - 1)]
    time.sleep(later)
    return [*working, sandbox.start(Work("operator", count, _first(PROCESSES - 1)))]
