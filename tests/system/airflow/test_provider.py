"""What only a running Airflow shows: the triggerer, links, the connection form and its Test button."""

from __future__ import annotations

import json

import pytest

from airflow_provider_flexout.demo.run import DagRun
from airflow_provider_flexout.get_provider_info import CONN_FIELDS

NUMBER = "+12025550120"
TIMEOUT = 120.0


def links(run, task):
    answer = run.api.get(f"{run.path}/taskInstances/{task.task_id}/links", map_index=task.map_index)
    return answer["extra_links"]


def test_a_task_waits_in_the_triggerer(airflow, sandbox):
    sandbox.agent().accepts(after="12s")
    run = airflow.run("waiting_outreach", {"number": NUMBER})
    states = set()

    def follow(tasks) -> None:
        states.update((task.task_id, task.state) for task in tasks)
        waiting = [task for task in tasks if (task.task_id, task.state) == ("open", "deferred")]
        shown_while_waiting.extend(links(run, task) for task in waiting)

    shown_while_waiting: list[dict[str, str]] = []
    assert run.wait(TIMEOUT, follow) == "success", run.failures()
    assert ("open", "deferred") in states
    (conversation,) = [one for one in sandbox.conversations if NUMBER in str(one.participants)]
    (opened,), (said,) = run.task_instances("open"), run.task_instances("say")
    assert run.xcom(opened)["conversation_sid"] == conversation.sid
    assert run.xcom(said)["delivery_status"] == "delivered"
    assert [one.body for one in conversation.transcript] == ["An agent is with you."]
    for shown in (*shown_while_waiting, links(run, opened)):
        assert shown["Twilio Console: conversation"].endswith(conversation.sid)
        assert shown["Flex task"].endswith(run.xcom(opened)["task_sid"])
    assert shown_while_waiting


def test_mapped_instances_have_sids_and_links_of_their_own(airflow, sandbox):
    run = airflow.run("mapped_outreach")
    assert run.wait(TIMEOUT) == "success", run.failures()
    tasks = run.task_instances("open")
    sids = [run.xcom(task)["conversation_sid"] for task in tasks]
    assert len(set(sids)) == 2
    assert [run.xcom(task, "conversation_sid") for task in tasks] == sids
    shown = [links(run, task)["Twilio Console: conversation"] for task in tasks]
    assert [url[-34:] for url in shown] == sids


def test_a_run_is_scheduled_once_and_reminds_until_the_customer_answers(airflow, sandbox):
    number = "+12025550123"
    sandbox.customer(number).replies("Not now", after="1h").replies("Monday", after="2s")
    run = airflow.run("scheduled_reminder", {"number": number})
    assert run.wait(TIMEOUT) == "success", run.failures()
    (later,) = run.task_instances("later")
    scheduled = DagRun(airflow.api, "remind", run.xcom(later, "run_id"), airflow.check)
    clear = {"dag_run_id": run.run_id, "task_ids": ["later"], "dry_run": False, "only_failed": False}
    airflow.api.post("dags/scheduled_reminder/clearTaskInstances", clear)
    assert run.wait(TIMEOUT) == "success", run.failures()
    assert [(one.try_number, one.state) for one in run.task_instances("later")] == [(2, "success")]
    states = set()
    assert scheduled.wait(TIMEOUT, lambda tasks: states.update(one.state for one in tasks)) == "success"
    assert "deferred" in states
    (followed_up,) = scheduled.task_instances("follow_up")
    result = scheduled.xcom(followed_up)
    assert (result["outcome"], result["step"]) == ("replied", 1)
    assert scheduled.xcom(followed_up, "progress")["of"] == 1
    conversation = sandbox.conversation(result["conversation_sid"])
    assert [one.body for one in conversation.transcript] == ["When?", "Still there?", "Monday"]
    assert len(list(airflow.api.every("dags/remind/dagRuns", "dag_runs"))) == 1


def test_execution_timeout_bounds_what_is_deferred(airflow, sandbox):
    deferred = set()
    run = airflow.run("out_of_time")
    ended = run.wait(
        TIMEOUT, lambda tasks: deferred.update(one.task_id for one in tasks if one.state == "deferred")
    )
    assert ended == "failed"
    waiting = {"held", "wait", "follow_up"}
    assert deferred == waiting
    failed = {one.task_id for task in waiting for one in run.task_instances(task) if one.state == "failed"}
    assert failed == waiting
    assert run.failures().count("execution_timeout (15 seconds) is over") >= len(waiting)
    assert not [one for one in sandbox.conversations if "+12025550124" in str(one.participants)]


def test_the_connection_form_is_ours(airflow):
    (form,) = [
        one
        for one in airflow.api.get(f"{airflow.url}/ui/connections/hook_meta")
        if one["connection_type"] == "flexout"
    ]
    assert form["hook_name"] == "Twilio Flex"
    assert set(form["extra_fields"]) == set(CONN_FIELDS)


@pytest.mark.parametrize("auth", ["basic", "api_key", "oauth"])
def test_the_test_button(airflow, sandbox, auth):
    connection = sandbox.connection(auth) | {"connection_id": "flexout_test"}
    connection["extra"] = json.dumps(connection["extra"])
    good = airflow.api.post("connections/test", connection)
    assert good["status"] is True, good["message"]
    bad = airflow.api.post("connections/test", connection | {"password": "wrong-s3cret"})
    assert bad["status"] is False
    assert "s3cret" not in bad["message"]
