"""Outreach from alerts, as a running Airflow carries it out: callbacks, approval, assets, replies."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from airflow_provider_flexout.demo.run import DagRun
from tests.shop import ORDERS, OVERCHARGED

TIMEOUT = 120.0
SAID, SAID_BEFORE = "Sent message IM", "This notification was already sent"
FAILED = "Nobody was notified. InvalidInput: to: "


def wait_until(happened, what):
    """Wait for what Airflow does on its own, after a run has ended or before one begins."""
    give_up = time.monotonic() + TIMEOUT
    while not (found := happened()):
        if time.monotonic() > give_up:
            pytest.fail(f"{what if isinstance(what, str) else what()} did not happen in {TIMEOUT:g} s")
        time.sleep(0.5)
    return found


def conversations_with(sandbox, number):
    return [one for one in sandbox.conversations if number in str(one.participants)]


def texts_to(sandbox, number):
    return [message.body for one in conversations_with(sandbox, number) for message in one.transcript]


def dag_log(airflow, file):
    """What the callbacks of DAGs have logged, which run in the DAG processor."""
    logs = (airflow.folder / "logs" / "dag_processor").rglob(f"{file}.py.log")
    return "".join(log.read_text() for log in logs)


def how_told(run, *tries):
    """What came of the callbacks of a task's tries; they run when its state is known already."""
    found = []
    for one in tries:
        told = lambda one=one: SAID in run.log(one) or SAID_BEFORE in run.log(one)  # noqa: E731
        wait_until(told, lambda one=one: f"a text in try {one.try_number}, which logs\n{run.log(one)}\n: it")
        log = run.log(one)
        assert FAILED in log  # the notifier before it
        found += [words for words in (SAID, SAID_BEFORE) if words in log]
    return sorted(found, reverse=True)


def runs_of(airflow, dag_id):
    airflow.check()
    found = airflow.api.every(f"dags/{dag_id}/dagRuns", "dag_runs")
    return [DagRun(airflow.api, dag_id, one["dag_run_id"], airflow.check) for one in found]


def approve(airflow, run):
    """Answer the approval, once the scheduler has taken in that it waits.

    Airflow 3.3.2 fails a task that is answered before that; people are slower, which a test need not be.
    """
    key = f"TaskInstanceKey(dag_id='{run.dag_id}', task_id='approve', run_id='{run.run_id}'"
    taken_in = f"Received executor event with state success for task instance {key}"
    answered = []

    def follow(tasks):
        waits = any(one.task_id == "approve" and one.state in WAITING for one in tasks)
        if waits and not answered and taken_in in airflow.scheduler.log_file.read_text():
            path = f"{run.path}/taskInstances/approve/-1/hitlDetails"
            answered.append(run.api.patch(path, {"chosen_options": ["Approve"], "params_input": {}}))

    return follow


WAITING = ("deferred", "awaiting_input")


@pytest.fixture(scope="module")
def outreach(airflow, sandbox):
    """The run of the example, with more people than may be contacted unasked, and another; both approved."""
    runs = []
    for conf in ({"max_contacts": 1}, {}):
        run = airflow.run("dq_alert_outreach", conf)
        assert run.wait(TIMEOUT, approve(airflow, run)) == "success", run.failures()
        runs.append(run)
    return runs


def test_who_approves_is_asked_whether_there_are_too_many(outreach):
    details = [run.api.get(f"{run.path}/taskInstances/approve/-1/hitlDetails") for run in outreach]
    assert [one["subject"] for one in details] == [
        "2 people, more than max_contacts=1: contact all of them?",
        "Contact 2 people?",
    ]


def test_a_failed_check_reaches_each_customer_once(airflow, sandbox, outreach):
    assert sorted(len(texts_to(sandbox, number)) for number in OVERCHARGED) == [1, 1]
    others = {number for _, _, number, *_ in ORDERS if number} - OVERCHARGED
    assert not [number for number in others if texts_to(sandbox, number)]
    for run in outreach:
        (check,), (plan,) = run.task_instances("check_prices"), run.task_instances("plan")
        assert check.state == "failed"
        assert {one["to"] for one in run.xcom(plan)} == OVERCHARGED
        assert [one["why"] for one in run.xcom(plan, "plan")["excluded"]] == [
            "nothing in column 'phone'",
            "not an address that sms takes; did you mean '+1•••••0166'?",
        ]
        log = run.log(plan)
        assert "+1•••••0162" in log
        assert not [number for number in OVERCHARGED if number in log]
    opened = outreach[1].task_instances("outreach.open_conversation")
    assert [outreach[1].xcom(one)["created"] for one in opened] == [False, False]


def test_a_notifier_tells_of_tasks_and_of_the_run(airflow, sandbox):
    run = airflow.run("dq_alert_notifier")
    assert run.wait(TIMEOUT) == "failed"
    texts = wait_until(lambda: len(told := texts_to(sandbox, "+12025550199")) > 1 and told, "both texts")
    assert sorted(text.split()[0] for text in texts) in (
        ["Orders", "check_numbers"],
        ["Orders", "check_prices"],
    )
    assert f"Orders are wrong: {run.run_id}" in texts


def test_retries_and_successes_are_told_of_once_however_often_airflow_calls(airflow, sandbox):
    """Two retries call twice for one event; so does clearing the task, for its success and the run's."""
    run = airflow.run("shaky_orders")
    assert run.wait(TIMEOUT) == "success", run.failures()
    (load,) = run.task_instances("load")
    assert (load.state, load.try_number) == ("success", 3)
    first, second, third = (replace(load, try_number=number) for number in (1, 2, 3))
    # Airflow calls after each try, in processes of their own: which of two close ones sends is open.
    assert sorted(how_told(run, first, second)) == sorted([SAID, SAID_BEFORE])
    assert how_told(run, third) == [SAID]
    wait_until(lambda: SAID in dag_log(airflow, "alerts"), "the text about the run")
    clear = {"dag_run_id": run.run_id, "task_ids": ["load"], "dry_run": False, "only_failed": False}
    airflow.api.post("dags/shaky_orders/clearTaskInstances", clear)
    assert run.wait(TIMEOUT) == "success", run.failures()
    assert how_told(run, replace(load, try_number=4)) == [SAID_BEFORE]
    wait_until(lambda: SAID_BEFORE in dag_log(airflow, "alerts"), "the second call about the run")
    assert FAILED in dag_log(airflow, "alerts")
    about = "Airflow: task load of DAG shaky_orders"
    for number, text in (
        ("+12025550193", f"{about} has failed and will be tried again. Run {run.run_id}."),
        ("+12025550194", f"{about} has succeeded. Run {run.run_id}."),
        ("+12025550195", f"Airflow: DAG shaky_orders has succeeded. Run {run.run_id}."),
    ):
        (told,) = texts_to(sandbox, number)
        assert told.startswith(text)
        assert len(conversations_with(sandbox, number)) == 1


def test_a_missed_deadline_is_told_of(airflow, sandbox):
    run = airflow.run("slow_orders")
    assert run.wait(TIMEOUT) == "success"
    texts = wait_until(lambda: texts_to(sandbox, "+12025550191"), "the text about the deadline")
    assert texts == ["slow_orders is late."]


def test_who_is_to_approve_is_told(airflow, sandbox):
    run = airflow.run("asked_orders")
    assert run.wait(TIMEOUT, approve(airflow, run)) == "success", run.failures()
    (text,) = texts_to(sandbox, "+12025550192")
    assert text.startswith("Airflow: task approve of DAG asked_orders needs you.")
    assert FAILED in run.log(*run.task_instances("approve"))


def test_every_alert_is_handled_when_events_come_together(airflow):
    def report(name):
        run = airflow.run("broken_orders", {"name": name})
        assert run.wait(TIMEOUT) == "success", run.failures()

    report("a")
    report("b")
    airflow.api.patch("dags/see_to_orders", {"is_paused": False})
    report("c")  # Airflow starts one run for all that it holds

    def handled():
        ended = [one for one in runs_of(airflow, "see_to_orders") if one.state() == "success"]
        return [sorted(run.xcom(run.task_instances("read")[0])) for run in ended]

    assert wait_until(handled, "the run that sees to the alerts") == [["a", "b", "c"]]


def test_a_reply_starts_a_run(airflow, sandbox, outreach):
    number = min(OVERCHARGED)
    (conversation,) = conversations_with(sandbox, number)
    looks = lambda: [one for one in sandbox.requests if one.operation == "ListConversation"]  # noqa: E731
    before = len(looks())
    airflow.api.patch("dags/reply_starts_dag", {"is_paused": False})
    try:
        wait_until(lambda: len(looks()) > before + 1, "the trigger's second round")
        sandbox.customer(number).says("Thank you", in_conversation=conversation.sid)
        wait_until(lambda: len(texts_to(sandbox, number)) == 3, "the answer to the reply")
    finally:  # it would answer the customers of others
        airflow.api.patch("dags/reply_starts_dag", {"is_paused": True})
    assert [one[:10] for one in texts_to(sandbox, number)[1:]] == ["Thank you", "Thank you!"]
