"""Calls one notifier for many failed tasks of a run, as so many callbacks at the same time."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from airflow_provider_flexout.notifications.flex import FlexNotifier

calls, number = map(int, sys.argv[1:])
notifier = FlexNotifier(channel="sms", to="+12025550199", group_by="run")


def fail(index: int) -> None:
    ti = SimpleNamespace(
        dag_id="orders",
        run_id="r",
        task_id="load",
        map_index=1000 * number + index,
        state="failed",
        log_url="",
    )
    notifier({"ti": ti})


with ThreadPoolExecutor(25) as pool:
    list(pool.map(fail, range(calls)))
