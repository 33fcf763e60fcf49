"""Who may send requests."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.server.access import is_loopback, refuse_foreign, refuse_name

OWN = {"host": "127.0.0.1:8765"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", OWN),
        ("POST", {"host": "LOCALHOST:8765"}),
        ("POST", {"host": "localhost.:8765"}),
        ("POST", {"host": "[::1]:8765"}),
        ("POST", {"host": "192.168.1.7"}),
        ("POST", {"host": "sandbox:8765"}),
        ("POST", OWN | {"origin": "http://127.0.0.1:8765"}),
        ("POST", OWN | {"origin": "https://127.0.0.1:8765", "sec-fetch-site": "same-origin"}),
        ("GET", OWN | {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}),
        ("GET", OWN | LINK),
        ("HEAD", OWN | LINK | {"sec-fetch-site": "same-site"}),
    ],
)
def test_what_is_let_in(method, headers):
    assert refuse_foreign(method, headers, {"sandbox"}) is None


@pytest.mark.parametrize(
    ("method", "headers", "reason"),
    [
        ("GET", {}, "does not answer to the name ''"),
        ("GET", {"host": "evil.example"}, "--allow-host evil.example"),
        ("GET", {"host": "127.0.0.1.evil.example:8765"}, "does not answer to the name"),
        ("GET", {"host": "localhost.evil.example"}, "does not answer to the name"),
        ("GET", {"host": "sandbox.evil.example"}, "does not answer to the name"),
        ("GET", {"host": "[::1"}, "does not answer to the name"),
        ("GET", {"host": "user@127.0.0.1@evil.example"}, "does not answer to the name"),
        ("GET", OWN | {"origin": "null"}, "of another origin: 'null'"),
        ("GET", OWN | {"origin": ""}, "of another origin"),
        ("POST", OWN | {"origin": "http://127.0.0.1:3000"}, "of another origin"),
        ("POST", OWN | {"origin": "http://localhost:8765"}, "of another origin"),
        ("POST", OWN | {"origin": "https://evil.example"}, "of another origin"),
        ("POST", OWN | {"sec-fetch-site": "cross-site"}, "of another site"),
        ("POST", OWN | LINK, "of another site"),
        ("GET", OWN | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, "of another site"),
        ("GET", OWN | LINK | {"sec-fetch-dest": "iframe"}, "of another site"),
        ("GET", OWN | {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, "of another site"),
        ("GET", OWN | {"sec-fetch-site": "anything"}, "of another site"),
    ],
)
def test_what_is_kept_out(method, headers, reason):
    assert reason in str(refuse_foreign(method, headers, {"sandbox"}))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - nothing is bound to it
        ("::", False),
        ("10.0.0.1", False),
        ("sandbox", False),
    ],
)
def test_what_other_machines_cannot_reach(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize("name", ["sandbox", "Sandbox.Example", "a-b_c.example.", "xn--bcher-kva.example"])
def test_names_that_may_be_allowed(name):
    assert refuse_name(name) is None
    assert refuse_foreign("GET", {"host": f"{name}:8765"}, {name.lower().rstrip(".")}) is None


@pytest.mark.parametrize(
    "name", ["", " a", "a/b", "a:1", "http://a", "*", "a..b", "b\u00fccher.example", "::1"]
)
def test_names_that_no_request_has(name):
    assert refuse_name(name)
