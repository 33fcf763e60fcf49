"""The notifier, called with the contexts that Airflow's callbacks give."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from airflow.sdk import DAG

from airflow_provider_flexout.notifications.event import CallbackEvent, event_of
from airflow_provider_flexout.notifications.flex import FlexNotifier, send_flex_notification

ON_DUTY = "+12025550199"
DEADLINE = {
    "dag_run": {"dag_id": "orders", "dag_run_id": "manual__1", "state": "running"},
    "deadline": {"id": "0198", "deadline_time": "2026-11-22T10:00:00Z"},
}


@dataclass
class TaskInstance:
    dag_id: str = "orders"
    run_id: str = "manual__1"
    task_id: str = "load"
    map_index: int = -1
    state: str = "failed"
    log_url: str = "http://airflow/log"


def of_task(**changes):
    return {"ti": TaskInstance(**changes), "ds": "2026-11-22"}


def of_dag(reason="task_failure", run_id="manual__1", dag=None):
    return {"dag": dag or DAG("orders", schedule=None), "run_id": run_id, "reason": reason}


def notifier(**arguments):
    return FlexNotifier(**{"channel": "sms", "to": ON_DUTY} | arguments)


@pytest.fixture
def told(served, use_connection):
    """The texts that the person on duty got, in order."""
    return lambda: [message.body for message in served.messages]


@pytest.mark.parametrize("context", [of_task(), of_dag(), DEADLINE], ids=["task", "DAG", "deadline"])
@pytest.mark.parametrize("way", ["called", "awaited"])
def test_every_context_twice_is_one_conversation_and_one_message(served, told, context, way):
    for _ in range(2):
        if way == "called":
            notifier()(context)
        else:
            asyncio.run(awaited(notifier(context=context)))
    assert told() == [event_of(context).sentence]
    (conversation,), (task,) = served.conversations, served.tasks
    assert ON_DUTY in str(conversation.participants)
    assert task.attributes["customerAddress"] == ON_DUTY


async def awaited(one):
    await one


def test_it_opens_nothing_where_the_person_is_talking_to_us_already(served, told):
    notifier()(of_task(task_id="load"))
    notifier()(of_task(task_id="check"))
    assert len(told()) == 2
    assert len(served.conversations) == len(served.tasks) == 1


def test_it_posts_into_a_given_conversation(served, told):
    notifier(body="first")(of_task())
    (conversation,) = served.conversations
    FlexNotifier(conversation_sid=conversation.sid, body="second")(of_task(task_id="check"))
    FlexNotifier(conversation_sid=conversation.sid, body="second")(of_task(task_id="check"))
    assert told() == ["first", "second"]
    assert len(served.conversations) == 1


def test_one_notifier_renders_anew_for_each_run(told):
    """A DAG processor calls one notifier for many runs; mapped tasks under dag.test() share one."""
    one = notifier(
        body="Run {{ run_id }} failed: {{ reason }}.", routing={"attributes": {"run": "{{ run_id }}"}}
    )
    one(of_dag(run_id="a"))
    one(of_dag(run_id="b"))
    assert told() == ["Run a failed: task_failure.", "Run b failed: task_failure."]
    assert one.body == "Run {{ run_id }} failed: {{ reason }}."


def test_the_context_is_left_as_it_was(told):
    context = of_task()
    before = dict(context)
    notifier()(context)
    assert context == before
    assert len(told()) == 1


def test_a_text_that_is_too_long_is_cut(told):
    notifier(body="x" * 2000)(of_task())
    assert told() == ["x" * 1599 + "…"]


def test_a_template_is_sent_in_place_of_a_body(served, told):
    survey = next(one.sid for one in served.templates if one.name == "survey")
    notifier(content_sid=survey, content_variables={"1": "{{ ds }}"})(of_task())
    (message,) = served.messages
    assert message.content_sid == survey


@pytest.mark.parametrize(
    ("arguments", "context", "reason"),
    [
        ({"to": "+1202555019"}, of_task(), "InvalidInput: to: "),
        ({"body": "{{ ti.task_id }}"}, of_dag(), "UndefinedError: 'ti' is undefined"),
        ({"flexout_conn_id": "there_is_none"}, of_task(), "there_is_none"),
        ({"group_by": "dag", "throttle": "soon"}, of_task(), "throttle: 'soon' is not a length of time"),
        ({"idempotency_key": " "}, of_task(), "idempotency_key: empty"),
    ],
)
@pytest.mark.parametrize("way", ["called", "awaited"])
def test_what_fails_is_logged_and_nothing_more(told, capsys, caplog, arguments, context, reason, way):
    one = notifier(**arguments, context=context)
    one(context) if way == "called" else asyncio.run(awaited(one))
    assert told() == []
    shown = capsys.readouterr().out
    (line,) = [each for each in shown.splitlines() if "Nobody was notified. " in each]
    assert reason in line
    assert ON_DUTY not in shown + caplog.text


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"channel": "sms"},
        {"channel": "sms", "to": ON_DUTY, "conversation_sid": "CH1"},
        {"channel": "sms", "to": ON_DUTY, "throttle": "1h"},
        {"channel": "sms", "to": ON_DUTY, "group_by": "dag"},
    ],
)
def test_what_cannot_work_is_refused_when_the_dag_is_read(arguments):
    with pytest.raises(ValueError, match="FlexNotifier: "):
        FlexNotifier(**arguments)


def test_the_alias():
    assert send_flex_notification is FlexNotifier


EVENTS = [
    (of_task(), CallbackEvent("failure", "orders", "manual__1", "load", log_url="http://airflow/log")),
    (
        of_task(state="up_for_retry"),
        CallbackEvent("retry", "orders", "manual__1", "load", log_url="http://airflow/log"),
    ),
    (
        of_task(map_index=3),
        CallbackEvent("failure", "orders", "manual__1", "load", 3, log_url="http://airflow/log"),
    ),
    (
        of_task(state="running"),
        CallbackEvent("running", "orders", "manual__1", "load", log_url="http://airflow/log"),
    ),
    (of_task() | {"reason": "task_failure"}, CallbackEvent("failure", "orders", "manual__1")),
    (of_dag("success"), CallbackEvent("success", "orders", "manual__1")),
    (DEADLINE, CallbackEvent("deadline", "orders", "manual__1", deadline_id="0198")),
    ({}, CallbackEvent("failure", None, None)),
]


@pytest.mark.parametrize(("context", "event"), EVENTS)
def test_what_a_context_says(context, event):
    assert event_of(context) == event
    assert event.sentence.startswith("Airflow: ")


def test_events_are_told_apart_by_all_that_is_said_of_them():
    keys = {event.key("whom", group_by=None, throttle=None, now=0.0) for _, event in EVENTS}
    assert len(keys) == len(EVENTS)


@pytest.mark.parametrize(
    ("group_by", "same", "different"),
    [
        ("dag", {"run_id": "b", "task_id": "check"}, {"dag_id": "bills"}),
        ("task", {"run_id": "b"}, {"task_id": "check"}),
        ("run", {"task_id": "check"}, {"run_id": "b"}),
        ("the warehouse", {"dag_id": "bills", "task_id": "check"}, {"state": "success"}),
    ],
)
def test_groups(group_by, same, different):
    def key(now=7200.0, **changes):
        event = event_of(of_task(**changes))
        return event.key("whom", group_by=group_by, throttle="1h", now=now)

    assert key() == key(now=10_799.0) == key(**same)
    assert len({key(), key(now=10_800.0), key(**different)}) == 3


def test_a_storm_from_many_processes_is_one_conversation_and_one_message(served, told):
    """100 failures of one run, from two processes; tests/crash has 500 of them, with the network left out."""
    script = Path(__file__).with_name("storm_of_callbacks.py")
    command = [sys.executable, str(script), "50"]
    started = [subprocess.Popen([*command, str(number)]) for number in range(2)]
    assert [process.wait(120) for process in started] == [0] * 2
    assert len(told()) == 1
    assert len(served.conversations) == len(served.tasks) == 1
