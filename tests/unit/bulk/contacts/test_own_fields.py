"""What rows of a campaign may have of their own: template, file, routing, time and key."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sandbox.state.seed import QUEUES, WORKER_BY_NAME
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.bulk.test_runner import bulk
from tests.unit.moments import at
from tests.version_compat import TaskDeferred

OUTREACH = next(one.sid for one in QUEUES.values() if one.name == "Outreach")
NOON = "2026-11-23T12:00:00+00:00"


def rows_of(*own):
    return [{"to": f"+1202555{number:04d}", "order": "1"} | one for number, one in enumerate(own, 100)]


def outcomes(found):
    return [one["outcome"] for one in found]


def test_each_row_has_its_template_and_the_others_the_message(results, served):
    approved = next(one.sid for one in served.templates if one.status == "approved")
    rows = rows_of(
        {"t": approved, "n": "Ada"}, {"t": "", "n": "Bob"}, {"t": "HX12", "n": "C"}, {"t": 7, "n": "D"}
    )
    found = results(
        rows,
        columns={"content_sid": "t"},
        message="Hello {n}.",
        content_variables={"1": "{n}", "2": "{order}"},
    )
    assert outcomes(found) == ["opened", "opened", "invalid", "invalid"]
    assert "content_sid: " in found[2]["reason"]
    sent = {(one.content_sid, one.body) for one in served.messages}
    assert sent == {(approved, None), (None, "Hello Bob.")}
    assert len(served.conversations) == 2, "nothing is opened for a row that cannot be used"


def test_a_row_without_a_template_where_nothing_stands_in_for_it(results, served):
    found = results(rows_of({"t": None}), columns={"content_sid": "t"}, message=None)
    assert outcomes(found) == ["invalid"]
    assert not served.conversations


def test_each_row_has_its_file(results, served, tmp_path):
    picture = tmp_path / "card.png"
    picture.write_bytes(b"png")
    media = FlexHook().upload_media(str(picture))
    found = results(
        rows_of({"file": media}, {"file": ""}, {"file": "card.png"}), columns={"media_sid": "file"}
    )
    assert outcomes(found) == ["opened", "opened", "invalid"]
    assert {one.media_sid for one in served.messages} == {media, None}
    template = results(
        rows_of({}, {"file": media})[1:],
        columns={"media_sid": "file"},
        message=None,
        content_sid=served.templates[0].sid,
        content_variables={"1": "A", "2": "B"},
    )
    assert "cannot stand beside a template" in template[0]["reason"]


def test_each_row_goes_to_its_queue_and_agent_by_name_or_sid(results, served):
    own = [
        {"team": "Outreach", "agent": "ben", "urgent": 7},
        {"team": OUTREACH, "agent": "", "urgent": "0"},
        {"team": None, "agent": "chloe", "urgent": None},
        {"team": "Nobody's", "agent": "", "urgent": ""},
        {"team": "", "agent": "", "urgent": "much"},
        {"team": "", "agent": "", "urgent": ""},
    ]
    columns = {"queue": "team", "worker": "agent", "priority": "urgent"}
    found = results(rows_of(*own), columns=columns, routing={"queue": "Everyone", "priority": 3})
    assert outcomes(found) == ["opened", "opened", "opened", "invalid", "invalid", "opened"]
    assert "has no task queue named" in found[3]["reason"]
    tasks = {one.conversation_sid: one for one in served.tasks}
    routed = [tasks[one["conversation_sid"]] for one in found if one["outcome"] == "opened"]
    everyone = next(one.sid for one in QUEUES.values() if one.name == "Everyone")
    assert [one.queue_sid for one in routed] == [OUTREACH, OUTREACH, everyone, everyone]
    assert [one.priority for one in routed] == [7, 0, 3, 3]
    ana, ben, chloe = (WORKER_BY_NAME[name].sid for name in ("ana", "ben", "chloe"))
    assert [one.routing_target for one in routed] == [ben, ana, chloe, ana]
    assert len(served.conversations) == 4


def test_each_row_waits_for_its_own_time(results, served):
    own = [
        {"when": "2026-11-23T11:59:59Z"},
        {"when": "2026-11-23T13:00+01:00"},
        {"when": "2026-11-23T12:00:01Z"},
        {"when": "2026-11-24", "tz": "UTC"},
        {"when": "2026-11-23T08:00", "tz": "America/Los_Angeles"},
        {"when": "2026-11-23 06:59:59", "tz": "America/New_York"},
        {"when": datetime(2026, 11, 23, 14, tzinfo=timezone.utc)},
        {"when": "2026-11-23T08:00"},
        {"when": "soon"},
        {"when": "08:00"},
        {"when": None},
    ]
    columns = {"not_before": "when", "timezone": "tz"}
    rows = [{"tz": ""} | row for row in rows_of(*own)]
    with at(NOON, served):
        found = results(rows, columns=columns)
    expected = ["opened"] * 2 + ["held"] * 3 + ["opened", "held"] + ["invalid"] * 3 + ["opened"]
    assert outcomes(found) == expected
    assert "when: " in found[7]["reason"]
    assert len(served.conversations) == 4
    with at("2026-11-23T16:00:00+00:00", served):
        later = results(rows, columns=columns, try_number=2)
    assert outcomes(later).count("held") == 1
    assert len(served.conversations) == len(served.messages) == 7


def test_the_task_comes_back_for_the_first_of_them(run, served):
    rows = rows_of({"when": "2026-11-25T00:00Z"}, {"when": "2026-11-24T06:00Z"})
    with at(NOON, served), pytest.raises(TaskDeferred) as deferred:
        run(bulk(rows, columns={"not_before": "when"}))
    assert deferred.value.trigger.serialize()[1]["until"] == "2026-11-24T06:00:00+00:00"


@pytest.mark.parametrize("agent", ["now", "on_reply"])
def test_a_key_of_the_rows_own_is_the_operators(results, run, served, agent):
    rows = rows_of({"key": "order-1"}, {"key": "order-2"}, {"key": None})
    found = results(rows, columns={"idempotency_key": "key"}, agent=agent)
    assert outcomes(found) == ["opened"] * 3
    again = results(rows, columns={"idempotency_key": "key"}, agent=agent, campaign="another")
    assert outcomes(again) == ["adopted", "adopted", "failed"], "who has no key is of another campaign now"
    create = CreateInteractionOperator if agent == "now" else CreateConversationOperator
    opened = run(create(task_id="o", channel="sms", to=rows[0]["to"], idempotency_key="order-1"))
    assert opened.xcoms["conversation_sid"] == found[0]["conversation_sid"]
    said = SendConversationMessageOperator(
        task_id="s", conversation_sid=found[0]["conversation_sid"], body="x", idempotency_key="order-1"
    )
    assert run(said).xcoms["message_sid"] == found[0]["message_sid"]
    assert len(served.conversations) == len(served.messages) == 3


def test_a_key_stands_for_one_person(results, served):
    rows = rows_of({"key": "order-1"}, {"key": "order-1"}, {"key": "x" * 257})
    found = results(rows, columns={"idempotency_key": "key"}, concurrency=1)
    assert outcomes(found) == ["opened", "invalid", "invalid"]
    assert "is in line 1 already" in found[1]["reason"]
    assert len(served.conversations) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"columns": {"queue": "q"}, "agent": "on_reply"}, "queue"),
        ({"columns": {"queue": "q"}, "require_available_agents": True}, "require_available_agents"),
        (
            {"columns": {"content_sid": "t"}, "message": None, "content_variables": {"1": ""}},
            "content_variables",
        ),
        ({"columns": {"media_sid": "t"}, "message": "x" * 40_000}, "body"),
        ({"columns": {"quue": "q"}}, "columns"),
    ],
)
def test_what_would_be_wrong_for_all_is_refused_at_once(run, served, arguments, named):
    with pytest.raises(AirflowFailException, match=f"^{named}: "):
        run(bulk(rows_of({"q": "Outreach", "t": ""}), **arguments))
    assert not served.requests


def test_a_column_that_is_missing_is_refused_at_once(run, served, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("to,order\n+12025550100,1\n")
    with pytest.raises(AirflowFailException, match="have no column 'team', which a contact's 'queue' needs"):
        run(bulk(str(file), columns={"queue": "team"}))
    assert not served.requests


def test_columns_of_these_names_mean_nothing_unless_they_are_named(results):
    own = {
        "queue": "1,204 waiting",
        "priority": "low",
        "not_before": "spring",
        "idempotency_key": "",
        "content_sid": 1,
    }
    assert outcomes(results(rows_of(own))) == ["opened"]


@pytest.mark.parametrize(
    "wrong",
    [{"tz": "Mars/Olympus"}, {"tz": "utc+1"}, {"due": "soon"}, {"due": "2026-11-23T08:00"}, {"t": "HX12"}],
)
def test_a_row_whose_own_is_wrong_takes_nobodys_place(results, served, wrong):
    empty = {"tz": "", "due": "", "t": "", "to": "+12025550100"}
    columns = {"timezone": "tz", "not_before": "due", "content_sid": "t"}
    found = results(rows_of(empty | wrong, empty), columns=columns, concurrency=1)
    assert outcomes(found) == ["invalid", "opened"]
    assert len(served.conversations) == 1
