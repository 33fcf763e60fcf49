"""Moments in which time stands still here, and at Twilio too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import time_machine

from airflow_provider_flexout.sandbox import Sandbox


@contextmanager
def at(moment: str, sandbox: Sandbox) -> Iterator[None]:
    """Set this machine's clock and the sandbox's.

    :param moment: ISO 8601.
    :param sandbox: whose clock stays where it was set.
    """
    sandbox._store.clock.place(datetime.fromisoformat(moment).timestamp(), frozen=True, speed=1.0)
    with time_machine.travel(moment, tick=False):
        yield
