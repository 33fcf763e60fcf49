"""A campaign that waits until its messages have arrived, between deferrals."""

from __future__ import annotations

import contextlib
import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.mixins.deliveries import DeliveryMixin
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.twilio.api.conversations import delete_conversation
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowTaskTimeout
from tests.receipts import CAMPAIGNS, CONTACTS
from tests.unit.bulk.test_runner import bulk as campaign
from tests.unit.bulk.test_runner import lines, people
from tests.version_compat import TaskDeferred

CUSTOMERS = [one["to"] for one in people(10)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The pauses between two rounds are a hundredth of what they are."""
    monkeypatch.setattr("airflow_provider_flexout.outreach.waiters.PollSchedule.pause", lambda *_: 0.05)


def bulk(contacts: object, **arguments: Any) -> BulkOutreachOperator:
    return campaign(contacts, **{"delivery_timeout": 30, **arguments})


def deferred(run, operator, **given) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        run(operator, **given)
    return caught.value


def test_between_two_looks_the_task_is_deferred(run, served, tmp_path):
    served.customer().receives(after="10m")
    served.customer(CUSTOMERS[2]).fails(30005, after="10m")
    results = tmp_path / "results.jsonl"
    arguments: dict[str, Any] = {
        "wait_until": "delivered", "deferrable": True, "results": str(results), "max_failures": 1,
    }  # fmt: skip
    xcoms: dict[str, Any] = {}
    wait = deferred(run, bulk(people(4), **arguments), xcoms=xcoms)
    assert wait.method_name == "execute_complete"
    assert "+1202" not in json.dumps([wait.trigger.serialize(), xcoms], default=str)
    assert [one["status"] for one in lines(results)] == ["queued"] * 4
    requests = len(served.requests)
    again = deferred(run, bulk(people(4), **arguments), resume=wait, xcoms=xcoms)
    assert len(served.requests) == requests + 4
    served.clock.advance("10m")
    summary = run(bulk(people(4), **arguments), resume=again, xcoms=xcoms).xcoms["return_value"]
    assert (summary["opened"], summary["undelivered"], summary["unconfirmed"]) == (3, 1, 0)
    assert summary["contacts"] == 4
    assert [one["status"] for one in lines(results)] == ["delivered"] * 2 + ["undelivered", "delivered"]
    assert [one["outcome"] for one in lines(results)] == ["opened"] * 2 + ["undelivered", "opened"]
    assert len(served.conversations) == 4


@pytest.mark.parametrize(
    ("arguments", "unconfirmed"),
    [
        ({"deferrable": False}, 1),
        ({"wait_until": "sent", "deferrable": True}, None),
        ({"wait_until": "delivered", "deferrable": True}, None),
        ({"wait_until": "delivered", "deferrable": False, "delivery_timeout": 0.2}, None),
    ],
)
def test_a_sender_is_waited_for_only_where_no_message_is(run, served, arguments, unconfirmed):
    """Once all contacts have ended; that wait would be a minute of a worker before each deferral."""
    served.customer().receives(after="1h")
    xcoms: dict[str, Any] = {}
    with contextlib.suppress(TaskDeferred):
        run(bulk(people(2), **arguments), xcoms=xcoms)
    assert xcoms["summary"]["opened"] == 2
    assert xcoms["summary"].get("unconfirmed_senders") == unconfirmed


def test_a_sender_is_waited_for_where_contacts_are_held(run, served):
    """Their messages are not looked at before those who are held have been contacted too."""
    served.customer().receives(after="1h")
    xcoms: dict[str, Any] = {}
    rows = [
        dict(one, not_before=when) for one, when in zip(people(2), ["", "2099-01-01T00:00Z"], strict=True)
    ]
    held = bulk(rows, columns={"not_before": "not_before"}, wait_until="delivered", deferrable=True)
    assert deferred(run, held, xcoms=xcoms).method_name == "execute_after_hold"
    assert (xcoms["summary"]["opened"], xcoms["summary"]["unconfirmed_senders"]) == (1, 1)


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("wait_until", ["queued", "sent", "delivered"])
def test_a_sender_that_may_not_send_fails_the_task(run, served, monkeypatch, wait_until, deferrable):
    monkeypatch.setattr("airflow_provider_flexout.bulk.receipts.sender_check.LAST_WAIT", 60.0)
    served.customer().fails(30034, after=0)
    xcoms: dict[str, Any] = {}
    with pytest.raises(
        AirflowFailException, match=r"Stopped after 3 contacts .* Register the sender for A2P"
    ):
        run(bulk(people(3), wait_until=wait_until, deferrable=deferrable), xcoms=xcoms)
    assert xcoms["summary"]["contacts"] == 3


def test_nobody_is_contacted_when_it_resumes(run, served):
    """The query gives other rows by now, and the receipts are those of whom it contacted before."""
    served.customer().receives(after="10m")
    xcoms: dict[str, Any] = {}
    wait = deferred(run, bulk(people(2), wait_until="delivered", deferrable=True), xcoms=xcoms)
    served.clock.advance("10m")
    other = bulk(people(5), wait_until="delivered", deferrable=True)
    assert run(other, resume=wait, xcoms=xcoms).xcoms["return_value"]["opened"] == 2
    assert len(served.conversations) == 2


@pytest.mark.parametrize("deferrable", [True, False])
def test_after_the_limit_it_goes_on_with_what_is_known(run, served, deferrable, capsys):
    served.customer().receives(after="1h")
    operator = bulk(people(2), wait_until="delivered", deferrable=deferrable, delivery_timeout=1)
    xcoms: dict[str, Any] = {}
    if deferrable:
        wait = deferred(run, operator, xcoms=xcoms)
        wait.trigger.resume_data["wait_began"] -= 2
        summary = run(operator, resume=wait, xcoms=xcoms).xcoms["return_value"]
    else:
        summary = run(operator).xcoms["return_value"]
    assert (summary["opened"], summary["unconfirmed"]) == (2, 2)
    assert "After 1 second (delivery_timeout), not reported as delivered yet: 2 messages." in (
        capsys.readouterr().out
    )


def test_execution_timeout_bounds_the_wait(run, served):
    served.customer().receives(after="1h")
    timeout = timedelta(seconds=60)
    operator = bulk(people(1), wait_until="delivered", deferrable=True, execution_timeout=timeout)
    xcoms: dict[str, Any] = {}
    wait = deferred(run, operator, xcoms=xcoms)
    wait.trigger.resume_data["time_limit"] -= 60
    with pytest.raises(AirflowTaskTimeout, match="wait_until='delivered'"):
        run(operator, resume=wait, xcoms=xcoms)


def test_a_sender_that_may_not_send_ends_a_deferred_wait(run, served):
    served.customer().receives(after="10m")
    served.customer(CUSTOMERS[1]).fails(30034, after="10m")
    xcoms: dict[str, Any] = {}
    operator = bulk(people(3), wait_until="delivered", deferrable=True)
    wait = deferred(run, operator, xcoms=xcoms)
    served.clock.advance("10m")
    with pytest.raises(AirflowFailException, match="Register the sender for A2P 10DLC"):
        run(operator, resume=wait, xcoms=xcoms)
    assert xcoms["summary"]["undelivered"] == 1


def test_a_deleted_conversation_is_not_waited_for(run, served):
    served.customer().receives(after="1h")
    xcoms: dict[str, Any] = {}
    operator = bulk(people(2), wait_until="delivered", deferrable=True)
    wait = deferred(run, operator, xcoms=xcoms)
    with FlexHook().get_conn() as client:
        client.send(delete_conversation(served.conversations[0].sid))
    served.clock.advance("1h")
    assert run(operator, resume=wait, xcoms=xcoms).xcoms["return_value"]["unconfirmed"] == 0


def test_an_outage_between_two_looks_ends_nothing(run, served):
    served.customer().receives(after="10m")
    xcoms: dict[str, Any] = {}
    operator = bulk(people(2), wait_until="delivered", deferrable=True)
    wait = deferred(run, operator, xcoms=xcoms)
    served.clock.advance("10m")
    served.faults.fail("FetchConversationMessage", 403, times=2)
    again = deferred(run, operator, resume=wait, xcoms=xcoms)
    served.faults.clear()
    assert run(operator, resume=again, xcoms=xcoms).xcoms["return_value"]["unconfirmed"] == 0


def test_results_that_are_gone_are_named(run, served, tmp_path):
    served.customer().receives(after="1h")
    results = tmp_path / "results.jsonl"
    xcoms: dict[str, Any] = {}
    operator = bulk(people(1), wait_until="delivered", deferrable=True, results=str(results))
    wait = deferred(run, operator, xcoms=xcoms)
    results.unlink()
    with pytest.raises(AirflowFailException, match=r"is not there any more\. A deferred task may resume"):
        run(operator, resume=wait, xcoms=xcoms)


def test_the_arguments_of_the_wait_are_rendered():
    assert set(DeliveryMixin.template_fields) >= {"wait_until", "delivery_timeout", "contact_window"}


@pytest.mark.usefixtures("use_connection")
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_whole_campaign_in_dag_test(dags, served, tmp_path, capsys, name):
    """Receipts come once the task has looked at each message, and so while it is deferred."""
    wait, results, looked = CAMPAIGNS[name], tmp_path / "results.jsonl", threading.Event()
    wait.prepare(served)

    def listen(_):
        if served.requests.count("FetchConversationMessage") == CONTACTS:
            looked.set()

    def let_receipts_come():
        looked.wait()
        served.clock.advance("1h")

    served.requests.listener = listen
    clock = threading.Thread(target=let_receipts_come)
    clock.start()
    try:
        state = dags.dags[name].test(run_conf={"results": str(results)}).state
    finally:
        looked.set()
        clock.join()
    assert state == wait.state
    assert "Not reported as delivered yet: 4 messages." in capsys.readouterr().out
    wait.check(results)
    assert served.requests.count("FetchConversationMessage") == 2 * CONTACTS
    assert len(served.conversations) == CONTACTS
