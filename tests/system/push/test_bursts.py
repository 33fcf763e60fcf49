"""Bursts of replies: each reply of a burst starts a run, whether or not another reply follows.

Airflow leaves events that come while it makes a run to the run of the next event. Nothing else happens here
after a burst, so a reply that is left and of which nothing reminds Airflow is never thanked for.
FLEXOUT_BURSTS says how many bursts of each size there are.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from itertools import islice

import pytest
from rich.console import Console
from rich.table import Table

from airflow_provider_flexout.sandbox import Sandbox
from tests.redis_server import RedisServer
from tests.system.celery.services import database
from tests.system.push.stack import Stack, open_conversations, until

SIZES = (1, 2, 5, 50)
QUIET = 15.0
"""Seconds without an event, after which nothing more is to come of a burst."""
BURSTS = int(os.environ.get("FLEXOUT_BURSTS", "3"))


@pytest.fixture
def sandbox():
    with Sandbox(seed=7).serve() as sandbox:
        yield sandbox


def test_each_reply_of_a_burst_starts_a_run_though_no_other_follows(tmp_path, sandbox):
    customers = open_conversations(sandbox, BURSTS * sum(SIZES))
    left = iter(customers)
    sizes = [size for _ in range(BURSTS) for size in SIZES]
    bursts = [list(islice(left, size)) for size in sizes]
    with RedisServer(tmp_path / "redis") as redis, database() as metadata:
        stack = Stack(tmp_path, sandbox, redis, metadata)
        try:
            stack.subscribe()
            with stack.airflow as airflow:
                stack.start_relay()
                airflow.api.patch("dags/thank_for_replies", {"is_paused": False})
                until(stack.keeps_state, airflow, "the trigger has begun")
                runs = []
                for burst in bursts:
                    for sid in burst:
                        stack.customer_says(customers[sid], sid)
                    until(lambda some=burst: stack.thanks().keys() >= set(some), airflow, "all are thanked")
                    until(lambda: stack.is_quiet(QUIET), airflow, "nothing more is told of")
                    until(lambda: not stack.runs_at_work(), airflow, "all runs have ended")
                    runs.append(len(stack.runs()))
                found = stack.runs()
        finally:
            stack.relay.kill()
    show(sandbox, sizes, bursts, runs, found)
    assert stack.thanks() == dict.fromkeys(customers, 1)
    times_told = Counter(sid for _, sids in found for sid in sids)
    assert set(times_told.values()) == {1}


def show(sandbox, sizes, bursts, runs, found) -> None:
    """Print, for each size, how long it took until a reply's run began, and how many runs there were."""
    began = {sid: at for at, sids in found for sid in sids}
    delay = {
        one.conversation_sid: (began[one.sid] - one.at).total_seconds()
        for one in sandbox.messages
        if one.role == "customer"
    }
    table = Table(title=f"{BURSTS} bursts of each size: from a reply to its run")
    for column in ("replies", "median s", "longest s", "runs a burst"):
        table.add_column(column, justify="right")
    made = [now - before for before, now in zip([0, *runs[:-1]], runs, strict=True)]
    for size in SIZES:
        those = [n for n, one in enumerate(sizes) if one == size]
        seconds = [delay[sid] for n in those for sid in bursts[n]]
        each = statistics.mean(made[n] for n in those)
        table.add_row(str(size), f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}", f"{each:.1f}")
    Console(width=110).print(table)
