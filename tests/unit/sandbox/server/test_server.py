"""Where a server listens. What it serves is driven by independent clients in tests/sandbox."""

from __future__ import annotations

from contextlib import closing

import pytest

from airflow_provider_flexout.sandbox.server.server import bind, url_of


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", "localhost"), ("::1", "[::1]")],  # noqa: S104
)
def test_the_url_leads_to_the_socket(host, shown):
    with closing(bind("127.0.0.1", 0)) as bound:
        assert url_of(host, bound) == f"http://{shown}:{bound.getsockname()[1]}"


def test_a_port_is_taken_once():
    with closing(bind("127.0.0.1", 0)) as bound, pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", bound.getsockname()[1])
