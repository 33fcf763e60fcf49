"""What an outsider may try: pages of other sites, requests that are too much, files that are not one's own.

A list that grows: each attack that somebody thinks of gets its test.
"""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from airflow_provider_flexout.sandbox import HttpRequest, Sandbox
from airflow_provider_flexout.sandbox.server.admin_api import _CONTROLS
from airflow_provider_flexout.sandbox.server.journal import Journal
from tests.unit.sandbox.conftest import interaction, request

PATHS = ("/", "/v1/Conversations", "/v2/token", "/sandbox/", "/sandbox/clock", "/sandbox/page/index.html")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "evil.example#localhost"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
)
def test_a_page_of_another_site_gets_nothing(http, path, headers):
    refused = http.get(path, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, 20403)
    assert not any(name.lower().startswith("access-control") for name in refused.headers)


@pytest.mark.parametrize("names", [("evil.example", "localhost"), ("localhost", "evil.example")])
def test_a_second_host_does_not_hide_the_first(http, names):
    hosts = "".join(f"Host: {name}\r\n" for name in names)
    with socket.create_connection((http.base_url.host, http.base_url.port)) as raw:
        raw.sendall(f"GET /sandbox/ HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        assert raw.recv(12) in {b"HTTP/1.1 403", b"HTTP/1.1 400"}


def test_a_form_on_another_site_posts_nothing(http, sandbox):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert http.post("/v1/Conversations", headers=headers).status_code == 403
    assert not sandbox.conversations


def test_a_browser_that_asks_first_is_not_let_in(http):
    """A preflight for credentials, a PUT, or a body of another type."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    refused = http.request("OPTIONS", "/v1/Conversations", headers=headers)
    assert refused.status_code == 403
    assert not any(name.lower().startswith("access-control") for name in refused.headers)


def test_a_file_that_was_uploaded_cannot_act_as_the_sandboxs_page(http, anybody, extra):
    place = f"/v1/Services/{extra['chat_service_sid']}/Media"
    made = http.post(
        place, content=b"<script>fetch('/sandbox/reset')</script>", headers={"Content-Type": "text/html"}
    )
    shown = anybody.get(made.json()["links"]["content_direct_temporary"])
    assert shown.headers["content-disposition"] == "attachment"
    assert shown.headers["content-security-policy"] == "sandbox"
    assert shown.headers["x-content-type-options"] == "nosniff"


def test_a_front_names_no_scheme_but_its_own(http):
    for scheme in ("javascript", "https://evil.example/", "https,http", "file"):
        url = http.post("/v1/Conversations", headers={"X-Forwarded-Proto": scheme}).json()["url"]
        assert url.startswith("http://127.0.0.1:")


NO_JSON_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e400", "-1e999")


@pytest.mark.parametrize("number", NO_JSON_NUMBERS)
def test_a_number_that_json_does_not_have_comes_into_no_response(
    sandbox, http, extra, open_one, routing, number
):
    sids = open_one()
    text = f'{{"n": {number}}}'
    routed = json.dumps(routing(attributes={"n": 1})).replace('"n": 1', f'"n": {number}')
    channel = '{"type": "sms", "initiated_by": "agent", "participants": [{"address": "+15005550019", '
    channel += f'"proxy_address": "{extra["sms_from"]}"}}]}}'
    workspace = f"/v1/Workspaces/{extra['workspace_sid']}"
    for path, form in (
        ("/v1/Conversations", {"Attributes": text}),
        (f"/v1/Conversations/{sids['conversation']}/Messages", {"Body": "x", "Attributes": text}),
        (f"/v1/Conversations/{sids['conversation']}/Participants", {"Identity": "x", "Attributes": text}),
        ("/v1/ConversationWithParticipants", {"Participant": f'{{"identity": "x", "attributes": {text}}}'}),
        ("/v1/Interactions", {"Channel": channel, "Routing": routed}),
        (f"{workspace}/Tasks", {"Attributes": text}),
        (f"{workspace}/Tasks/{sids['task']}", {"Attributes": text}),
        (f"{workspace}/Workers", {"FriendlyName": "x", "Attributes": text}),
    ):
        refused = http.post(path, data=form)
        assert refused.status_code == 400, (path, refused.text)
    outcome = f'{{"finishes": {{"after": 1, "outcome": {number}}}}}'
    assert http.post("/sandbox/agents", content=outcome).status_code == 400
    sandbox.clock.advance("1h")
    assert http.get("/sandbox/tasks").status_code == 200


@pytest.mark.parametrize(
    "expression",
    [
        "a == 1" + " AND a == 1" * 5000,
        "(" * 5000 + "a == 1",
        "a IN [" + "1," * 20000 + "1]",
        "a" + ".a" * 20000 + " == 1",
        "a" + "[1]" * 10000 + " == 1",
        "a == " + "9" * 60000,
        "a == '" + "\\\\" * 20000,
        "[" * 20000,
    ],
)
def test_a_long_expression_is_read_or_refused(http, extra, expression):
    workspace = f"/v1/Workspaces/{extra['workspace_sid']}"
    http.post(
        f"{workspace}/Workers", data={"FriendlyName": "eve", "Attributes": '{"a": [1]}'}
    ).raise_for_status()
    form = {"FriendlyName": "x", "TargetWorkers": expression}
    assert http.post(f"{workspace}/TaskQueues", data=form).status_code in {201, 400}
    routing = {"filters": [{"expression": expression, "targets": [{"queue": extra["queue_sid"]}]}]}
    form = {"FriendlyName": "x", "Configuration": json.dumps({"task_routing": routing})}
    made = http.post(f"{workspace}/Workflows", data=form)
    assert made.status_code in {201, 400}
    if made.status_code == 201:
        task = {"Attributes": '{"a": 1}', "WorkflowSid": made.json()["sid"]}
        assert http.post(f"{workspace}/Tasks", data=task).status_code == 201
    assert http.get(f"{workspace}/TaskQueues").status_code == 200


@pytest.mark.parametrize("control", sorted(name for name, how in _CONTROLS.items() if "GET" in how))
def test_no_image_on_a_page_changes_anything(sandbox, http, control):
    """A GET with the arguments of every POST is refused, or reads."""
    sandbox.clock.freeze()
    before = (sandbox.clock.now(), sandbox.settings.as_dict(), sandbox.faults.planted, len(sandbox.templates))
    http.get(
        f"/sandbox/{control}",
        params={
            "advance": "2h",
            "frozen": "false",
            "speed": "60",
            "list_order": "newest_first",
            "kind": "fail",
            "status": "rejected",
            "template": "win_back",
            "name": "Bot",
        },
    )
    after = (sandbox.clock.now(), sandbox.settings.as_dict(), sandbox.faults.planted, len(sandbox.templates))
    assert after == before


def test_a_body_that_never_ends_is_refused_while_it_comes(http):
    def body() -> Iterator[bytes]:
        while True:
            yield bytes(2**16)

    with suppress(httpx.TransportError):  # the connection is closed while it writes
        http.post("/v1/Conversations", content=body())
    refused = http.post("/v1/Conversations", content=bytes(5 * 2**20))
    assert (refused.status_code, refused.json()["code"]) == (413, 20413)


NUMBERS = ("9" * 400, "-1", "1e400", "0x10", "٣", "1" * 5000, "NaN", "")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/Conversations?PageSize={}",
        "/v1/Conversations?Page={}",
        "/sandbox/conversations?limit={}",
        "/sandbox/requests?limit={}",
        "/v1/Conversations?PageToken={}",
    ],
)
def test_a_number_that_is_none_or_too_large_is_no_error_of_the_server(http, path, number):
    assert http.get(path.format(number)).status_code == 400


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "1e999", "-1", "NaN", "Infinity", "1e308"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/clock", '{{"advance": {}}}'),
        ("/sandbox/clock", '{{"speed": {}}}'),
        ("/sandbox/settings", '{{"task_list_lag": {}}}'),
        ("/sandbox/faults", '{{"kind": "fail", "status": {}}}'),
        ("/sandbox/faults", '{{"kind": "delay", "seconds": {}}}'),
        ("/sandbox/faults", '{{"kind": "fail", "times": {}}}'),
        ("/sandbox/faults", '{{"kind": "rate_limit", "operation": "*", "retry_after": {}}}'),
        ("/sandbox/agents", '{{"handles": {}}}'),
        ("/sandbox/customers", '{{"replies": {{"text": "x", "after": {}}}}}'),
    ],
)
def test_a_control_refuses_such_numbers(sandbox, http, path, body, number):
    response = http.post(path, content=body.format(number), headers={"Content-Type": "application/json"})
    assert response.status_code in {200, 400}
    assert http.get("/sandbox/clock").status_code == 200
    assert http.get("/v1/Conversations").status_code != 500


def test_the_clock_ends_before_dates_do(http):
    statuses = {http.post("/sandbox/clock", json={"advance": "36525d"}).status_code for _ in range(90)}
    assert statuses == {200, 400}
    assert http.get("/v1/Conversations").status_code == 200


class _Redirecting(BaseHTTPRequestHandler):
    asked: list[tuple[str, str | None]] = []  # noqa: RUF012 - one server a test

    def do_POST(self) -> None:
        type(self).asked.append((self.path, self.headers.get("X-Twilio-Signature")))
        self.send_response(307)
        self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/elsewhere")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the base class looks for this name

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_webhook_follows_no_redirect(sandbox, http, method):
    _Redirecting.asked.clear()
    with HTTPServer(("127.0.0.1", 0), _Redirecting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            sid = http.post("/v1/Conversations").json()["sid"]
            url = f"http://127.0.0.1:{server.server_address[1]}/hook"
            data = {
                "Target": "webhook",
                "Configuration.Url": url,
                "Configuration.Method": method,
                "Configuration.Filters": "onMessageAdded",
            }
            http.post(f"/v1/Conversations/{sid}/Webhooks", data=data).raise_for_status()
            enabled = {"X-Twilio-Webhook-Enabled": "true"}
            http.post(
                f"/v1/Conversations/{sid}/Messages", data={"Body": "x"}, headers=enabled
            ).raise_for_status()
            while not any(each.status for each in sandbox.callbacks):
                assert not any(each.error for each in sandbox.callbacks)
        finally:
            server.shutdown()
    assert [each.status for each in sandbox.callbacks] == [307]
    assert [path.partition("?")[0] for path, _ in _Redirecting.asked] == ["/hook"]


@pytest.mark.parametrize("seed", range(25))
def test_no_control_that_was_used_makes_a_file_another_versions(tmp_path, seed):
    """A random hour with everything that the page and the controls have; then the same file again."""
    dice = random.Random(seed)  # noqa: S311 - to be repeatable
    path = tmp_path / "sandbox.db"
    with closing(Journal(path, seed)) as journal:
        sandbox = Sandbox(journal.seed)
        sandbox.keep(journal)
        for _ in range(60):
            sandbox.handle(_random_request(dice, sandbox))
        before = (sandbox.conversations, sandbox.tasks, sandbox.settings.as_dict(), sandbox.clock.frozen)
    with closing(Journal(path)) as journal:
        again = Sandbox(journal.seed)
        again.keep(journal)
        if sandbox.clock.frozen:  # else time has passed
            assert (again.conversations, again.tasks, again.settings.as_dict(), again.clock.frozen) == before


def _random_request(dice: random.Random, sandbox: Sandbox) -> HttpRequest:
    customer = f"+1500555001{dice.randrange(3)}"
    task = dice.choice([each.sid for each in sandbox.tasks] or ["WT0"])
    controls = [
        ("clock", {"advance": f"{dice.randrange(90)}m"}),
        ("clock", {"frozen": dice.random() < 0.7}),
        ("clock", {"speed": dice.choice([1, 60, 0, "fast"])}),
        ("clock", {"frozen": True, "speed": "no number", "advance": "1h"}),
        ("settings", {"task_list_lag": dice.randrange(5)}),
        ("settings", {"second_interaction": dice.choice(["refuse", "accept", "what"])}),
        ("settings", {"rate_limits": dice.random() < 0.5}),
        ("customers", {"address": customer, "says": "hi"}),
        ("customers", {"replies": {"text": "yes", "after": "1m"}}),
        ("customers", {"address": customer, "opts_out": True}),
        ("agents", {"declines": True}),
        ("agents", {"goes": dice.choice(["Offline", "Available", "Nowhere"])}),
        ("agents", {"by_hand": True}),
        ("desk", {"task": task, "does": dice.choice(["accept", "finish", "say"]), "text": "Hello"}),
        ("faults", {"kind": dice.choice(["fail", "drop_response", "lose_request", "rate_limit"])}),
        ("templates", {"template": "win_back", "status": dice.choice(["approved", "rejected"])}),
        ("studio_flows", {"name": "Bot", "kind": "bot_first"}),
        ("tokens", {"revoke": True}),
        ("reset", {}) if dice.random() < 0.1 else ("reset/", {"a": 1}),
    ]
    if dice.random() < 0.5:
        name, body = dice.choice(controls)
        return HttpRequest("POST", f"/sandbox/{name}", body=json.dumps(body).encode())
    return dice.choice(
        [
            lambda: request("POST", "/v1/Interactions", interaction(customer)),
            lambda: request("POST", "/v1/Conversations", {"UniqueName": f"{dice.randrange(9)}"}),
            lambda: request("GET", "/v1/Conversations"),
            lambda: HttpRequest("GET", "/sandbox/clock", "advance=2h"),
            lambda: HttpRequest("GET", "/sandbox/requests"),
            lambda: HttpRequest("DELETE", "/sandbox/faults"),
            lambda: request("POST", f"/v1/Conversations/CH{'0' * 32}/Messages", {"Body": "x"}),
        ]
    )()
