"""A campaign whose agents get a task when a customer replies."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.version_compat import AirflowFailException


def people(count):
    return [{"to": f"+1202555{number:04d}", "order": f"A-{number}"} for number in range(100, 100 + count)]


def bulk(contacts, **arguments):
    given = {"message": "Your order {order} is late.", "channel": "sms", "agent": "on_reply"} | arguments
    return BulkOutreachOperator(task_id="ask", contacts=contacts, **given)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"close_after": "5m"}, "ten minutes"),
        ({"on_reply": "nobody"}, "on_reply"),
        ({"on_reply": {"studio_flow": "WW1"}}, "on_reply"),
        ({"attributes": {"flexout_key": "fx0"}}, "is reserved for this provider"),
        ({"strategy": "one_call"}, "what hears the reply routes"),
        ({"routing": {"queue": "Everyone"}}, "what hears the reply routes"),
        ({"require_available_agents": True}, "nothing to check"),
        ({"agent": "now", "on_reply": "pipeline"}, 'pass agent="on_reply"'),
        ({"agent": "now", "close_after": "3d"}, 'pass agent="on_reply"'),
        ({"agent": "later"}, "now, on_reply"),
    ],
)
def test_what_is_wrong_for_every_contact_is_refused_before_the_first(run, served, arguments, problem):
    with pytest.raises(AirflowFailException, match=problem):
        run(bulk(people(3), **arguments))
    assert len(served.requests) == 0


def test_a_campaign_whose_replies_nobody_would_see_does_not_begin(run, served, use_connection):
    use_connection(studio_flow_sid=None)
    with pytest.raises(AirflowFailException, match="studio_flow_sid"):
        run(bulk(people(3)))
    assert len(served.requests) == 0


def test_as_many_tasks_as_replies(run, served):
    summary = run(bulk(people(50))).xcoms["return_value"]
    assert summary["opened"] == 50
    assert (served.tasks, len(served.messages)) == ([], 50)
    for one in people(3):
        served.customer(one["to"]).says("Where is it?")
    assert len(served.tasks) == 3


def test_a_first_try_takes_four_requests_for_a_contact(run, served):
    run(bulk(people(10)))
    operations = Counter(one.operation for one in served.requests if one.method != "GET")
    assert operations == {
        "CreateConversation": 10,
        "CreateConversationParticipant": 10,
        "CreateConversationScopedWebhook": 10,
        "CreateConversationMessage": 10,
    }
    assert len(served.requests) - 40 <= 1  # the campaign's last look at what became of its messages


def test_a_retry_takes_one_request_for_a_contact_that_is_done(run, served):
    run(bulk(people(100)))
    before = len(served.requests)
    summary = run(bulk(people(101)), try_number=2).xcoms["return_value"]
    assert (summary["adopted"], summary["opened"]) == (100, 1)
    assert len(served.requests) - before <= 100 + 2 + 8
    assert len(served.messages) == 101


def test_the_results_name_conversation_and_webhook(run, served, tmp_path):
    results = tmp_path / "results.jsonl"
    run(bulk(people(1), results=str(results)))
    (line,) = map(json.loads, results.read_text().splitlines())
    (conversation,) = served.conversations
    (webhook,) = served._store.webhooks.scoped[conversation.sid]
    assert (line["conversation_sid"], line["webhook_sid"]) == (conversation.sid, webhook.sid)
    assert line["participant_sid"].startswith("MB")
    assert line["message_sid"] == served.messages[0].sid
    assert "interaction_sid" not in line


def test_a_rows_attributes_are_the_conversations(run, served):
    run(
        bulk(
            [{"to": "+12025550100", "order": "A-1", "attributes": {"vip": True}}], attributes={"why": "late"}
        )
    )
    served.customer("+12025550100").says("Hello?")
    (task,) = served.tasks
    assert (task.attributes["vip"], task.attributes["why"]) == (True, "late")


def test_who_is_talking_already_is_joined(run, served):
    run(bulk(people(1)))
    summary = run(bulk(people(1), campaign="other", on_open_conversation="join")).xcoms["return_value"]
    assert summary["joined"] == 1
    assert (len(served.conversations), len(served.messages)) == (1, 2)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"agent": "later"}, "agent"),
        ({"require_available_agents": True}, "require_available_agents"),
        ({"routing": {"priority": 1}}, "routing"),
        ({"strategy": "one_call"}, "strategy"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(run, served, arguments, problem):
    with pytest.raises(AirflowFailException, match=problem):
        run(bulk(people(1), **arguments))
    assert list(served.requests) == []


def test_an_email_is_invalid(run):
    contacts = [{"to": "ada@example.com", "order": "A-1", "channel": "email"}, *people(1)]
    summary = run(bulk(contacts)).xcoms["return_value"]
    assert (summary["invalid"], summary["opened"]) == (1, 1)
