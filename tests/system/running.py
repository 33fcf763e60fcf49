"""What tests of a running Airflow ask and wait for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.demo.airflow import RealAirflow
    from airflow_provider_flexout.sandbox import Sandbox

TIMEOUT, POLL = 180.0, 0.5


def until(condition: Callable[[], bool], airflow: RealAirflow, what: str, timeout: float = TIMEOUT) -> None:
    """Wait until something is so.

    :param condition: says whether it is.
    :param airflow: the Airflow, which has to keep running.
    :param what: what is waited for, in words.
    :param timeout: for how long, in seconds.
    """
    give_up = time.monotonic() + timeout
    while not condition():
        airflow.check()
        assert time.monotonic() < give_up, f"still waiting until {what}"
        time.sleep(POLL)


def with_customer(sandbox: Sandbox, number: str) -> list[Any]:
    """List the conversations in which a customer takes part."""
    return [one for one in sandbox.conversations if number in str(one.participants)]
