"""A probe of the sandbox, in memory, whose waiting moves the sandbox's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_flexout.outreach.probe.probe import Probe
from airflow_provider_flexout.outreach.probe.target import read_target

OWN = "+12025550143"


@pytest.fixture
def probe_of(sandbox, defaults) -> Callable[..., Probe]:
    """Make a probe; the agent lets the tasks be, unless they were told otherwise."""
    sandbox.agent().accepts(after="1h")

    def make(to: str = OWN, given: Any = defaults, **arguments: Any) -> Probe:
        clock = lambda: sandbox.clock.now().timestamp()  # noqa: E731
        return Probe(read_target(to, given, "0123456789ab", clock), **arguments)

    return make


@pytest.fixture
def probed(connect, probe_of) -> Callable[..., Probe]:
    """Carry a probe out."""

    def run(*args: Any, **arguments: Any) -> Probe:
        probe = probe_of(*args, **arguments)
        with connect() as client:
            client.run(probe.run())
        return probe

    return run
