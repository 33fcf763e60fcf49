"""The notifier, called with the contexts that Airflow's callbacks give."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import time_machine
from airflow.sdk import DAG

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.notifications.event import CallbackEvent, event_of
from airflow_provider_flexout.notifications.flex import FlexNotifier, send_flex_notification
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.twilio.api.messages import create_message

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
        ({"to": "{{ '+1202555019' }}"}, of_task(), "InvalidInput: to: "),
        ({"body": "{{ ti.task_id }}"}, of_dag(), "UndefinedError: 'ti' is undefined"),
        ({"flexout_conn_id": "there_is_none"}, of_task(), "there_is_none"),
        (
            {"group_by": "dag", "throttle": "{{ 'soon' }}"},
            of_task(),
            "throttle: 'soon' is not a length of time",
        ),
        ({"idempotency_key": "{{ ' ' }}"}, of_task(), "idempotency_key: empty"),
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


ANOTHER = "+12025550198"


@pytest.mark.parametrize("way", ["called", "awaited"])
def test_each_person_of_a_list_is_told_once_in_a_conversation_of_their_own(served, told, way):
    context = of_task() | {"another": ANOTHER}
    for _ in range(2):
        one = notifier(to=[ON_DUTY, "{{ another }}"], context=context)
        one(context) if way == "called" else asyncio.run(awaited(one))
    assert told() == [event_of(context).sentence] * 2
    addresses = {person.address for one in served.conversations for person in one.participants}
    assert {ON_DUTY, ANOTHER} <= addresses
    assert len(served.conversations) == len(served.tasks) == 2


@pytest.mark.parametrize("way", ["called", "awaited"])
def test_who_cannot_be_told_stops_nobody_else(told, capsys, way):
    one = notifier(to=["{{ '+1202555019' }}", ON_DUTY], context=of_task())
    one(of_task()) if way == "called" else asyncio.run(awaited(one))
    assert len(told()) == 1
    shown = capsys.readouterr().out
    assert (
        "Not everybody was notified. NotEverybodyNotified: 1 of 2 people were not notified: +1•••••501"
        in shown
    )
    assert "+1202555019" not in shown


@pytest.mark.parametrize("way", ["called", "awaited"])
def test_a_period_goes_by_the_clock_of_twilio(served, told, way):
    at_twilio = datetime(2026, 11, 28, 10, 20, tzinfo=timezone.utc)
    served._store.clock.place(at_twilio.timestamp(), frozen=True, speed=1.0)
    for ahead, task_id in ((0, "first"), (45, "second"), (-45, "third")):
        with time_machine.travel(at_twilio + timedelta(minutes=ahead), tick=True):
            one = notifier(group_by="dag", throttle="1h")
            context = of_task(task_id=task_id)
            if way == "called":
                one(context)
            else:
                one.context = context
                asyncio.run(awaited(one))
    assert len(told()) == 1
    served._store.clock.place(at_twilio.timestamp() + 3600, frozen=True, speed=1.0)
    notifier(group_by="dag", throttle="1h")(of_task(task_id="fourth"))
    assert len(told()) == 2


def test_a_run_that_is_late_and_fails_speaks_once(told):
    for group_by, texts in (("run", 1), (None, 3), ("the warehouse", 5)):
        late = notifier(group_by=group_by)
        late(DEADLINE)
        late(of_dag())
        assert len(told()) == texts


def test_what_an_earlier_version_said_of_a_late_run_is_not_said_again(served, told):
    """It knew the message by a key of its own for what is late."""
    late = notifier(group_by="run", idempotency_key="{{ 'told' }}")
    late(DEADLINE)
    (message,) = served.messages
    recipient = durable.fingerprint("sms", ON_DUTY, None)
    key = durable.group_key(recipient, CallbackEvent("deadline", "orders", "manual__1"), "run", None)
    conversation = served.conversations[0]
    with FlexHook().get_conn() as client:
        client.send(create_message(conversation.sid, body="It is late.", attributes={"flexout_key": key}))
    notifier(group_by="run")(DEADLINE)
    assert told() == [message.body, "It is late."]


@pytest.mark.usefixtures("use_connection")
@pytest.mark.parametrize(
    ("told_of", "success", "texts"),
    [
        (of_task(), of_task(state="success", run_id="b"), 2),
        (of_task(), of_dag("success", run_id="b"), 2),
        (of_dag(), of_dag("success", run_id="b"), 2),
        (DEADLINE, of_dag("success"), 2),
        (of_task(map_index=2), of_task(map_index=2, state="success"), 2),
        (of_task(), of_task(task_id="check", state="success"), 1),
        (of_task(map_index=2), of_task(map_index=3, state="success"), 1),
        (of_dag(), of_task(state="success"), 1),
        (of_task(state="up_for_retry"), of_task(state="success"), 1),
        (of_task(dag_id="bills"), of_dag("success"), 1),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value),
)
@pytest.mark.parametrize("group_by", [None, "run"])
def test_a_recovery_is_told_once_after_a_failure_that_was_told(told, told_of, success, texts, group_by):
    one = notifier(recovery=True, group_by=group_by)
    one(success)
    assert told() == []
    one(told_of)
    for _ in range(2):
        one(success)
    assert len(told()) == texts
    assert (" has recovered. Run " in told()[-1]) == (texts == 2)


def test_each_failure_that_is_told_may_recover(told):
    one = notifier(recovery=True)
    for run in ("a", "b"):
        one(of_task(run_id=run))
        one(of_task(run_id=run, state="success"))
    assert len(told()) == 4
    one(of_dag("success"))
    assert len(told()) == 4, "both were told to be over"


def test_the_recovery_of_one_task_says_nothing_of_another(told):
    one = notifier(recovery=True)
    one(of_task(task_id="check"))
    one(of_task(task_id="load"))
    one(of_task(task_id="load", state="success"))
    one(of_dag("success"))
    one(of_dag("success", run_id="b"))
    assert [text.split(".")[0] for text in told()[2:]] == [
        "Airflow: task load of DAG orders has recovered",
        "Airflow: DAG orders has recovered",
    ]


def test_recoveries_at_the_same_moment_are_told_once(served, told):
    one = notifier(recovery=True)
    one(of_task())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda run: one(of_dag("success", run_id=str(run))), range(8)))
    assert len(told()) == 2


@pytest.mark.usefixtures("use_connection")
def test_the_callbacks_of_a_task_in_airflow(served, dags):
    """What Airflow hands to a callback, and when, is Airflow's to say."""
    served.agent().accepts(after=0)
    dag = dags.dags["callbacks_of_a_task"]
    for fails in (False, True, False, False):
        dag.test(run_conf={"fails": fails})
    told = {}
    for one in served.conversations:
        (person,) = [each.address for each in one.participants if each.address]
        told[person] = [message.body.partition(" has ")[2].partition(".")[0] for message in one.transcript]
    assert told == {
        "+12025550191": ["started", "started", "failed", "started", "recovered", "started"],
        "+12025550192": ["failed", "recovered"],
    }


def test_without_recovery_each_success_is_told(told):
    notifier()(of_task(state="success"))
    assert told() == [event_of(of_task(state="success")).sentence]


def test_the_alias():
    assert send_flex_notification is FlexNotifier


def test_a_storm_from_many_processes_is_one_conversation_and_one_message(served, told):
    """100 failures of one run, from two processes; tests/crash has 500 of them, with the network left out."""
    script = Path(__file__).with_name("storm_of_callbacks.py")
    command = [sys.executable, str(script), "50"]
    started = [subprocess.Popen([*command, str(number)]) for number in range(2)]
    assert [process.wait(120) for process in started] == [0] * 2
    assert len(told()) == 1
    assert len(served.conversations) == len(served.tasks) == 1
