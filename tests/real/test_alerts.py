"""Outreach from alerts, as a running Airflow carries it out: callbacks, approval, assets, replies."""

from __future__ import annotations

import time

import pytest

from airflow_provider_flexout.demo.run import Run
from tests.shop import OVERCHARGED

TIMEOUT = 120.0


def wait_until(happened, what):
    """Wait for what Airflow does on its own, after a run has ended or before one begins."""
    give_up = time.monotonic() + TIMEOUT
    while not (found := happened()):
        if time.monotonic() > give_up:
            pytest.fail(f"{what} did not happen in {TIMEOUT:g} s")
        time.sleep(0.5)
    return found


def texts_to(sandbox, number):
    conversations = [one for one in sandbox.conversations if number in str(one.participants)]
    return [message.body for one in conversations for message in one.transcript]


def runs_of(airflow, dag_id):
    airflow.check()
    found = airflow.api.every(f"dags/{dag_id}/dagRuns", "dag_runs")
    return [Run(airflow.api, dag_id, one["dag_run_id"], airflow.check) for one in found]


def approve(run):
    """Answer the approval, no faster than people do.

    Airflow 3.3.2 fails a task that is answered while the scheduler still takes in that it waits.
    """
    waiting_since, answered = [], []

    def follow(tasks):
        if any(one.task_id == "approve" and one.state in WAITING for one in tasks):
            waiting_since.append(time.monotonic())
            if not answered and time.monotonic() - waiting_since[0] > 5:
                path = f"{run.path}/taskInstances/approve/-1/hitlDetails"
                answered.append(run.api.patch(path, {"chosen_options": ["Approve"], "params_input": {}}))

    return follow


WAITING = ("deferred", "awaiting_input")


@pytest.fixture(scope="module")
def outreach(airflow, sandbox):
    """The run of the example, approved by a person, and once more."""
    runs = []
    for _ in range(2):
        run = airflow.run("dq_alert_outreach")
        assert run.wait(TIMEOUT, approve(run)) == "success", run.failures()
        runs.append(run)
    return runs


def test_a_failed_check_reaches_each_customer_once(airflow, sandbox, outreach):
    assert sorted(len(texts_to(sandbox, number)) for number in OVERCHARGED) == [1, 1]
    for run in outreach:
        (check,), (plan,) = run.task_instances("check_prices"), run.task_instances("plan")
        assert check.state == "failed"
        assert {one["to"] for one in run.xcom(plan)} == OVERCHARGED
        assert [one["why"] for one in run.xcom(plan, "plan")["left_out"]] == [
            "nothing in column 'phone'",
            "not an address that sms takes",
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


def test_a_missed_deadline_is_told_of(airflow, sandbox):
    run = airflow.run("slow_orders")
    assert run.wait(TIMEOUT) == "success"
    texts = wait_until(lambda: texts_to(sandbox, "+12025550191"), "the text about the deadline")
    assert texts == ["slow_orders is late."]


def test_who_is_to_approve_is_told(airflow, sandbox):
    run = airflow.run("asked_orders")
    wait_until(lambda: [one for one in run.task_instances("ask") if one.state in WAITING], "the question")
    (text,) = texts_to(sandbox, "+12025550192")
    assert text.startswith("Airflow: task ask of DAG asked_orders needs you.")


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
    (conversation,) = [one for one in sandbox.conversations if number in str(one.participants)]
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
