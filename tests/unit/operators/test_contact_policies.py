"""Contact windows, caps, suppression and consent, on the operators that contact people."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.policies.contact_window import ContactWindow
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException
from tests.unit.moments import at
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"  # in Washington, five hours behind UTC in November
NIGHT, DAY = "2026-11-23T03:00:00+00:00", "2026-11-23T14:00:00+00:00"


def create(**arguments):
    return CreateInteractionOperator(**{"task_id": "create", "channel": "sms", "to": CUSTOMER} | arguments)


def send(conversation_sid, **arguments):
    return SendConversationMessageOperator(
        task_id="send", conversation_sid=conversation_sid, body="Hello", **arguments
    )


@pytest.fixture
def run_at(run, served):
    """Run an operator at a moment."""

    def execute(moment, operator, **how):
        with at(moment, served):
            return run(operator, **how)

    return execute


@pytest.mark.parametrize(
    "window",
    [{}, {"timezone": "America/New_York"}, ContactWindow(), {"start": "{{ '%02d:00' % 9 }}"}],
    ids=["recipient", "named", "model", "template"],
)
def test_an_outreach_waits_for_the_customers_morning(run_at, served, window):
    operator = create(contact_window=window)
    with pytest.raises(TaskDeferred) as deferred:
        run_at(NIGHT, operator)
    assert not served.conversations
    assert deferred.value.trigger.serialize()[1]["until"] == DAY
    assert CUSTOMER not in str([deferred.value.trigger.serialize(), deferred.value.kwargs])
    run_at(DAY, create(contact_window=window), resume=deferred.value)
    assert len(served.tasks) == 1


def test_a_window_that_has_closed_again_holds_again(run_at, served):
    with pytest.raises(TaskDeferred) as deferred:
        run_at(NIGHT, create(contact_window={"timezone": "recipient"}))
    with pytest.raises(TaskDeferred) as again:
        run_at("2026-11-24T02:00:00+00:00", create(contact_window={"timezone": "UTC"}), resume=deferred.value)
    assert again.value.trigger.serialize()[1]["until"] == "2026-11-24T09:00:00+00:00"
    assert again.value.kwargs == deferred.value.kwargs
    assert not served.conversations


def test_a_message_waits_for_the_morning_of_whoever_is_in_the_conversation(run, run_at, served):
    sid = run(create()).xcoms["conversation_sid"]
    served.requests.clear()
    with pytest.raises(TaskDeferred) as deferred:
        run_at(NIGHT, send(sid, contact_window={"timezone": "recipient"}))
    assert deferred.value.trigger.serialize()[1]["until"] == DAY
    asked = [one.operation for one in served.requests]
    assert asked == ["ListConversationMessage", "ListConversationParticipant"]
    served.requests.clear()
    with pytest.raises(TaskDeferred):
        run_at(NIGHT, send(sid, contact_window={"timezone": "America/New_York"}))
    assert [one.operation for one in served.requests] == ["ListConversationMessage"]
    run_at(DAY, send(sid, contact_window={"timezone": "recipient"}), resume=deferred.value)
    assert [one.body for one in served.messages] == ["Hello"]


def test_an_unknown_zone_fails_where_that_is_asked_for(run_at, served):
    nowhere = create(to="+883123456789012", contact_window={"unknown_zone": "fail"}, validate=False)
    with pytest.raises(AirflowFailException, match="does not tell a time zone"):
        run_at(DAY, nowhere)
    assert not served.conversations


def test_a_window_that_cannot_be_read_fails_before_anything_is_sent(run, served):
    with pytest.raises(AirflowFailException, match="contact_window: start: '9' is not a time of day"):
        run(create(contact_window={"start": "9"}))
    assert len(served.requests) == 0


def skipped(run, operator):
    xcoms = {}
    with pytest.raises(AirflowSkipException) as skip:
        run(operator, xcoms=xcoms)
    assert CUSTOMER not in str(skip.value) + json.dumps(xcoms)
    assert set(xcoms) == {"skip_reason"}
    return xcoms["skip_reason"]


def test_a_frequency_cap(run, served):
    first = create(frequency_cap={"at_most": 1, "per": "P1D"})
    run(first)
    again = create(frequency_cap={"at_most": "{{ 1 }}", "per": "P1D"}, idempotency_key="another")
    assert skipped(run, again) == "frequency_cap"
    assert len(served.conversations) == 1
    retried = run(create(frequency_cap={"at_most": 1, "per": "P1D"}), try_number=2)
    assert not retried.xcoms["created"]


@pytest.fixture
def suppressed(tmp_path, monkeypatch):
    """A database with suppressed numbers."""
    with closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
        database.execute("CREATE TABLE suppressed (phone TEXT, since TEXT)")
        database.execute("INSERT INTO suppressed VALUES ('(202) 555-0117', '2025'), (NULL, '2025')")
    connection = {"conn_type": "sqlite", "host": str(tmp_path / "crm.db")}
    monkeypatch.setenv("AIRFLOW_CONN_CRM", json.dumps(connection))
    return {"conn_id": "crm", "sql": "SELECT phone, since FROM suppressed WHERE since <= '{{ ds }}'"}


@pytest.mark.parametrize("kind", ["list", "query", "callable"])
def test_suppression(run, served, suppressed, kind):
    suppression = {"list": [CUSTOMER], "query": suppressed, "callable": lambda one: one == CUSTOMER}[kind]
    assert skipped(run, create(suppression=suppression)) == "suppressed"
    assert not served.conversations
    sid = run(create(to="+12025550118", suppression=suppression)).xcoms["conversation_sid"]
    run(send(sid, suppression=suppression))
    sid = run(create(task_id="unasked")).xcoms["conversation_sid"]
    assert skipped(run, send(sid, suppression=suppression)) == "suppressed"
    assert len(served.messages) == 1


def test_consent_by_receipts(run, served):
    served.customer().receives(after=0)
    sid = run(create()).xcoms["conversation_sid"]
    served.customer(CUSTOMER).opts_out()
    run(send(sid, consent="receipts"))
    again = send(sid, consent="receipts", idempotency_key="another")
    assert skipped(run, again) == "opted_out"
    assert skipped(run, create(task_id="another", consent="receipts")) == "opted_out"
    assert len(served.messages) == 1


def test_consent_by_a_service(run, served):
    assert skipped(run, create(consent=lambda one: one != CUSTOMER)) == "no_consent"
    run(create(consent=lambda one: one == CUSTOMER))
    assert len(served.conversations) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"suppression": CUSTOMER}, "suppression: must be a list"),
        ({"suppression": {"sql": "SELECT 1"}}, "suppression: write a query"),
        ({"consent": "yes"}, "consent: 'yes' is not allowed"),
        ({"frequency_cap": {"at_most": 1}}, "frequency_cap: write"),
    ],
)
def test_rules_that_cannot_be_read(run, served, arguments, sentence):
    with pytest.raises(AirflowFailException, match=sentence):
        run(create(**arguments))
    assert len(served.requests) == 0
