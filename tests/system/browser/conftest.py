"""A real browser, and a sandbox with a few outreaches in it.

What these tests need and CI installs: the packages ``playwright`` and ``axe-playwright-python``, and Debian's
``chromium`` on the PATH.
"""

from __future__ import annotations

import json
import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from airflow_provider_flexout.sandbox import Sandbox
from tests.paths import ROOT
from tests.sandbox_process import client_of

PICTURES = ROOT / "build" / "page"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1440, "height": 900}
ADA, BO, IRIS = "+12025550141", "whatsapp:+12025550142", "iris@example.com"


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("The browser tests drive Chromium. Install it: apt-get install chromium", pytrace=False)
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


def is_error(message):
    """Whether the console tells of an error; that the sandbox can't be reached is no error of the page's."""
    return message.type == "error" and "net::ERR_" not in message.text


@pytest.fixture
def open_page(chromium):
    """Open the page; until the test's end it may ask nobody else, and nothing may go wrong in it."""
    contexts, foreign, errors = [], [], []

    def open_it(url, **options):
        context = chromium.new_context(
            **{"viewport": DESKTOP, "timezone_id": "UTC", "locale": "en-GB"} | options
        )
        contexts.append(context)
        page = context.new_page()
        origin = "{0.scheme}://{0.netloc}/".format(urlsplit(url))
        page.on(
            "request", lambda request: None if request.url.startswith(origin) else foreign.append(request.url)
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
        page.goto(url)
        expect(page.locator("#live")).to_have_attribute("data-live", "live")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert foreign == []
    assert errors == []


@pytest.fixture
def sandbox():
    with Sandbox(seed=7).serve() as sandbox:
        sandbox.agent("ana").by_hand()
        yield sandbox


@pytest.fixture
def http(sandbox):
    with client_of(sandbox.connection()) as client:
        yield client


@pytest.fixture
def outreach(sandbox, http):
    """Open a conversation as a pipeline does, and say something in it; gives the conversation's SID."""
    extra = sandbox.connection()["extra"]

    def open_one(to, name, body, *, kind="sms", subject="", template=False, map_index=0):
        def source(task_id):
            run_id = "scheduled__2026-11-22T09:00:00+00:00"
            return {
                "dag_id": "late_delivery_outreach",
                "run_id": run_id,
                "task_id": task_id,
                "map_index": map_index,
            }

        def post(path, **form):
            answer = http.post(path, data=form)
            assert answer.status_code < 300, answer.text
            return answer.json()

        attributes = {"flexout": {"key": f"fx{map_index}", "source": source("open_conversation")}}
        written = json.dumps(attributes)
        sid = post("/v1/Conversations", UniqueName=f"flexout_{map_index}", Attributes=written)["sid"]
        binding = {"MessagingBinding.Address": to}
        if kind != "email":
            binding["MessagingBinding.ProxyAddress"] = extra[f"{kind}_from"]
        post(f"/v1/Conversations/{sid}/Participants", **binding)
        properties = {"media_channel_sid": sid}
        if kind == "email":
            properties |= {"from": extra["email_from"], "from_name": extra["email_from_name"]}
        routing = {key: extra[key] for key in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
        attributes = {"customerName": name, "order_number": f"A-104{map_index + 1}"}
        post(
            "/v1/Interactions",
            Channel=json.dumps({"type": kind, "initiated_by": "agent", "properties": properties}),
            Routing=json.dumps({"properties": {**routing, "attributes": attributes}}),
        )
        attributes = {"flexout_key": f"fx{map_index}", "flexout_source": source("say_why")}
        more = {"Subject": subject} if subject else {}
        post(
            f"/v1/Conversations/{sid}/Messages",
            Author="outreach",
            Body=body,
            Attributes=json.dumps(attributes),
            **more,
        )
        return sid

    return open_one


@pytest.fixture
def three(outreach):
    """Three customers: a phone, a WhatsApp and a mailbox."""
    return {
        ADA: outreach(ADA, "Ada Moreno", "Hello Ada, your reading lamp is late."),
        BO: outreach(BO, "Bo Lindqvist", "Hello Bo, your desk is late.", kind="whatsapp", map_index=1),
        IRIS: outreach(
            IRIS,
            "Iris Weber",
            "Hello Iris, your shelf is late.",
            kind="email",
            subject="Your order",
            map_index=2,
        ),
    }
