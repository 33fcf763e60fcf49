"""A list of whom not to contact, through operator, campaign, plan and follow-up: read, or nothing is sent."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.alerts.planned import excluded, plan

CUSTOMER, OTHER = "+447911123456", "+12025550117"
UNREADABLE = "4.47911E+11"
SENTENCE = r"suppression: entry 2 \(4\.•••\) has lost digits of its number"


@pytest.fixture(params=["list", "query"])
def listed(request, tmp_path, monkeypatch):
    """Make a suppression of some entries: a list, or a query."""
    if request.param == "list":
        return list
    monkeypatch.setenv("AIRFLOW_CONN_CRM", json.dumps({"conn_type": "sqlite", "host": f"{tmp_path}/crm.db"}))

    def query(entries):
        with closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
            database.execute("CREATE TABLE stop (phone)")
            database.executemany("INSERT INTO stop VALUES (?)", [(entry,) for entry in entries])
        return {"conn_id": "crm", "sql": "SELECT phone FROM stop"}

    return query


def create(to=OTHER, **arguments):
    return CreateInteractionOperator(**{"task_id": "open", "channel": "sms", "to": to} | arguments)


def campaign(*to, **arguments):
    rows = [{"to": one} for one in to]
    return BulkOutreachOperator(task_id="bulk", channel="sms", message="Hello.", contacts=rows, **arguments)


def test_nobody_is_contacted_before_the_list_can_be_read(run, served, listed):
    sid = run(create(task_id="before")).xcoms["conversation_sid"]
    suppression = listed([None, UNREADABLE])
    for operator in (
        lambda: create(suppression=suppression),
        lambda: campaign(*(f"+1202555{number:04d}" for number in range(100, 140)), suppression=suppression),
        lambda: SendConversationMessageOperator(
            task_id="say", conversation_sid=sid, body="Hello.", suppression=suppression
        ),
    ):
        with pytest.raises(AirflowFailException, match=SENTENCE):
            run(operator())
    with pytest.raises(AirflowFailException, match=SENTENCE):
        plan([{"phone": OTHER}], suppression=suppression)
    assert (len(served.conversations), served.messages) == (1, [])


def test_a_follow_up_does_not_wait_to_say_it(run, served):
    sid = run(create()).xcoms["conversation_sid"]
    steps = [{"after": "4h", "body": "One"}]
    with pytest.raises(AirflowFailException, match=SENTENCE):
        run(
            FollowUpOperator(
                task_id="follow", conversation_sid=sid, steps=steps, suppression=[None, UNREADABLE]
            )
        )


@pytest.mark.parametrize("entry", [447911123456.0, "447911123456.0", "\ufefftel:+44 (0)7911 123456"])
def test_who_is_on_it_is_left_alone_by_all(run, served, listed, entry):
    suppression = listed([entry])
    summary = run(campaign(CUSTOMER, OTHER, suppression=suppression)).xcoms["return_value"]
    assert (summary["suppressed"], summary["opened"]) == (1, 1)
    assert excluded(plan([{"phone": CUSTOMER}], suppression=suppression)) == {1: "suppressed"}
    assert [one.participants[0].address for one in served.conversations] == [OTHER]
