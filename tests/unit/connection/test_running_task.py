"""A day that is run again, after what its first run opened was closed: nobody is contacted a second time."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from airflow.sdk.execution_time.context import set_current_context

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.twilio.api.conversations import update_conversation
from airflow_provider_flexout.twilio.api.messages import create_message
from tests.unit.conftest import TaskInstance

DAY = datetime(2026, 11, 22, 6, tzinfo=timezone.utc)
CUSTOMER = "+12025550117"


@pytest.fixture(params=["kept", "freed"])
def closed_name(request, served):
    served.settings.closed_name = request.param


@pytest.fixture
def close_all(served, use_connection):
    """Say something in every conversation, close it, and let a day go by, after which no task tells of it."""

    def close():
        with FlexHook().get_conn() as client:
            for one in (each for each in served.conversations if each.state != "closed"):
                client.send(create_message(one.sid, body="Good-bye."))
                client.send(update_conversation(one.sid, state="closed"))
        served.clock.advance("1d")

    return close


@pytest.fixture
def run_twice(run, close_all):
    """Run a task in two runs of one day, each on its first try; give what both return."""

    def twice(operator, day=DAY):
        first = run(operator, run_id="scheduled__2026-11-22", context={"logical_date": day})
        close_all()
        again = run(operator, run_id="backfill__2026-11-22", context={"logical_date": day})
        return [one.xcoms["return_value"] for one in (first, again)]

    return twice


@pytest.mark.usefixtures("closed_name")
@pytest.mark.parametrize(
    "operator",
    [
        CreateInteractionOperator(task_id="open", channel="sms", to=CUSTOMER),
        CreateInteractionOperator(task_id="open", channel="sms", to=CUSTOMER, strategy="one_call"),
        CreateInteractionOperator(task_id="open", channel="chat", to="ada", initiated_by="api"),
        CreateConversationOperator(task_id="open", channel="sms", to=CUSTOMER),
    ],
    ids=["by its name", "one_call", "chat", "without an agent"],
)
def test_a_conversation_that_was_closed_is_found_again(run_twice, operator, served):
    first, again = run_twice(operator)
    assert (first["created"], again["created"]) == (True, False)
    assert again["conversation_sid"] == first["conversation_sid"]
    assert len([one for one in served.conversations if one.participants]) == 1


@pytest.mark.usefixtures("closed_name")
@pytest.mark.parametrize("arguments", [{}, {"agent": "on_reply"}, {"strategy": "one_call"}])
def test_a_campaign_contacts_nobody_again(run_twice, arguments, served):
    contacts = [{"to": f"+1202555011{last}"} for last in range(3)]
    tell = BulkOutreachOperator(
        task_id="tell", channel="sms", contacts=contacts, message="Late.", **arguments
    )
    first, again = run_twice(tell)
    assert (first["opened"], again["opened"], again["adopted"]) == (3, 0, 3)
    assert sorted(one.body for one in served.messages) == ["Good-bye."] * 3 + ["Late."] * 3


@pytest.mark.usefixtures("closed_name")
def test_a_function_finds_it_as_well(close_all, served):
    opened = []
    for run_id in ("scheduled__2026-11-22", "backfill__2026-11-22"):
        with set_current_context({"ti": TaskInstance(run_id=run_id), "logical_date": DAY}):
            opened.append(FlexHook().open_once(channel="sms", to=CUSTOMER))
        close_all()
    assert [one["created"] for one in opened] == [True, False]
    assert len(served.interactions) == 1


def test_a_run_without_a_logical_date_is_the_first_and_need_not_look(run, served):
    create = CreateInteractionOperator(task_id="open", channel="sms", to=CUSTOMER)
    assert run(create).xcoms["created"]
    assert "ListParticipantConversation" not in [one.operation for one in served.requests]


@pytest.mark.parametrize(("context", "looks"), [({}, 0), ({"logical_date": DAY}, 1)])
def test_a_rehearsal_counts_the_look_that_the_campaign_makes(run, served, context, looks):
    tell = {"task_id": "tell", "channel": "sms", "contacts": [{"to": CUSTOMER}], "message": "Late."}
    rehearsed = run(BulkOutreachOperator(dry_run=True, **tell), context=context).xcoms["return_value"]
    assert rehearsed["requests"] == 5 + looks
    served.requests.clear()
    run(BulkOutreachOperator(**tell), context=context)
    assert served.requests.count("ListParticipantConversation") == looks
