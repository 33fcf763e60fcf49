"""The page: its files, what it is told, and the desk. How it looks and works is seen in a browser test."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

STATIC = Path(str(files("airflow_provider_flexout.sandbox.page"))) / "static"
FILES = sorted(each for each in STATIC.rglob("*") if each.is_file())
SOURCE = {"dag_id": "late", "run_id": "manual__1", "task_id": "open", "map_index": 2}
CUSTOMER = "+15005550010"


def told(feed):
    """What an open page is told next: the name and the data of the event."""
    news = feed.next()
    if news is None:
        return None, None
    name = re.search(rb"^event: (.*)$", news, re.MULTILINE)[1].decode()
    return name, json.loads(re.search(rb"^data: (.*)$", news, re.MULTILINE)[1])


def last_id(feed):
    return f"{feed._era}-{feed._seen}"


@pytest.fixture
def desk(anybody, sandbox):
    sandbox.agent("ana").by_hand()
    return lambda sids, does, text="": anybody.post(
        "/sandbox/desk", json={"task": sids["task"], "does": does, "text": text}
    )


def test_the_page_lies_at_the_root_and_lets_nothing_foreign_in(anybody):
    answer = anybody.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_is_served_and_names_nothing_elsewhere(anybody, file):
    answer = anybody.get(f"/sandbox/page/{file.relative_to(STATIC)}")
    assert answer.status_code == 200
    assert answer.content == file.read_bytes()
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = file.read_text()
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style="):
        assert forbidden not in text


@pytest.mark.parametrize(
    "path", ["nothing.js", "../feed.py", "%2e%2e/feed.py", "scripts/../app.js", "app.js", "scripts", ""]
)
def test_no_other_file_is_served(anybody, path):
    assert anybody.get(f"/sandbox/page/{path}").status_code == 404


def test_the_page_is_only_read(anybody):
    assert anybody.post("/").status_code == 405
    assert anybody.head("/").content == b""


def test_another_host_gets_neither_page_nor_events(anybody):
    for path in ("/", "/sandbox/events", "/sandbox/page/scripts/app.js"):
        assert anybody.get(path, headers={"Host": "evil.example"}).status_code == 403


def test_a_page_is_told_everything_once_and_then_what_is_new(sandbox, open_one):
    sids = open_one()
    feed = sandbox.feed()
    name, data = told(feed)
    assert name == "state"
    assert [card["sid"] for card in data["cards"]] == [sids["conversation"]]
    assert told(feed) == (None, None)
    sandbox.customer(CUSTOMER).says("Hello")
    name, data = told(feed)
    assert name == "update"
    assert [line["kind"] for line in data["lines"]] == ["message"]
    assert data["cards"][0]["messages"][-1]["body"] == "Hello"
    assert data["summary"][0]["answered"] == 1


def test_a_page_that_comes_back_goes_on_where_it_was(sandbox, open_one):
    feed = sandbox.feed()
    told(feed)
    open_one()
    name, data = told(sandbox.feed(last_id(feed)))
    assert name == "update"
    assert data["lines"][0]["kind"] == "conversation"


@pytest.mark.parametrize("seen", ["", "nonsense", "00000000-3", "-", "x-²"])
def test_an_id_of_another_life_gets_everything(sandbox, seen):
    assert told(sandbox.feed(seen))[0] == "state"


def test_after_a_reset_a_page_gets_everything(sandbox, open_one):
    feed = sandbox.feed()
    told(feed)
    sandbox.reset()
    assert told(feed)[0] == "state"


def test_looking_plays_what_falls_due(sandbox, open_one, twilio):
    sids = open_one()
    feed = sandbox.feed()
    told(feed)
    sandbox.clock.advance("3s")
    _, data = told(feed)
    assert data["cards"][0]["tasks"][0]["status"] == "assigned"
    assert data["cards"][0]["tasks"][0]["sid"] == sids["task"]


def test_a_line_says_which_task_is_behind_it_and_whether_it_said_so_itself(sandbox, http):
    mark = {"flexout": {"key": "fx1", "source": SOURCE}}
    made = http.post("/v1/Conversations", data={"UniqueName": "one", "Attributes": json.dumps(mark)}).json()
    http.get(f"/v1/Conversations/{made['sid']}")
    said = {"flexout_key": "fx2", "flexout_source": {**SOURCE, "task_id": "say"}}
    form = {"Body": "Hi", "Author": "shop", "Attributes": json.dumps(said)}
    http.post("/v1/Conversations/one/Messages", data=form)
    http.get("/v1/Conversations")
    _, data = told(sandbox.feed())
    seen = [
        (line["kind"], line["source"] and (line["source"]["task_id"], line["source"]["own"]))
        for line in data["lines"]
    ]
    assert seen == [
        ("conversation", ("open", False)),
        ("request", ("open", True)),
        ("request", ("open", False)),
        ("message", ("say", True)),
        ("request", ("say", True)),
        ("request", None),
    ]


def test_the_events_are_streamed(sandbox, anybody, open_one):
    with anybody.stream("GET", "/sandbox/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: state"
        sids = open_one()
        told_of = next(line for line in lines if line.startswith("data:") and sids["conversation"] in line)
        assert json.loads(told_of.removeprefix("data: "))["lines"]


def test_an_agent_accepts_talks_wraps_up_and_completes_by_hand(sandbox, open_one, desk):
    sids = open_one()
    sandbox.clock.advance("10m")
    assert sandbox.tasks[0].status == "reserved"
    assert desk(sids, "accept").json()["status"] == "assigned"
    assert desk(sids, "say", "How can I help?").status_code == 200
    assert desk(sids, "wrap_up").json()["status"] == "wrapping"
    assert desk(sids, "complete").json()["status"] == "completed"
    conversation = sandbox.conversation(sids["conversation"])
    assert conversation.state == "closed"
    assert [(each.role, each.body) for each in conversation.transcript] == [("agent", "How can I help?")]


def test_an_agent_declines_by_hand(sandbox, open_one, desk):
    assert desk(open_one(), "decline").json()["status"] == "canceled"


def test_an_assigned_task_may_be_completed_at_once(sandbox, open_one, desk):
    sids = open_one()
    desk(sids, "accept")
    assert desk(sids, "complete").json()["status"] == "completed"


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("say", "the task is reserved"),
        ("complete", "the task is reserved"),
        ("juggle", "an agent can accept"),
    ],
)
def test_the_desk_says_what_is_not_possible(open_one, desk, does, why):
    answer = desk(open_one(), does, "text")
    assert answer.status_code == 400
    assert why in answer.json()["message"]


def test_the_desk_knows_no_other_task(desk):
    assert "no task WT" in desk({"task": "WT" + 32 * "0"}, "accept").json()["message"]


def test_an_agent_who_is_no_longer_by_hand_answers_what_waits(sandbox, open_one):
    agent = sandbox.agent("ana").by_hand()
    open_one()
    sandbox.clock.advance("1m")
    agent.accepts(after="1s")
    sandbox.clock.advance("1s")
    assert sandbox.tasks[0].status == "assigned"


def test_a_customer_reads_what_has_arrived_where_the_channel_tells(sandbox, open_one, twilio, extra):
    pair = {"address": f"whatsapp:{CUSTOMER}", "proxy_address": extra["whatsapp_from"]}
    sids = open_one(type="whatsapp", participants=[pair])
    sandbox.customer(pair["address"]).says("Hello")  # opens the 24 hours in which anything may be said
    twilio.conversations.v1.conversations(sids["conversation"]).messages.create(body="Hi", author="shop")
    sandbox.clock.advance("5s")
    sandbox.customer(pair["address"]).reads()
    assert sandbox.conversation(sids["conversation"]).transcript[-1].delivery["read"] == "all"
