"""In a conversation without an agent, everything else works as in the others, and somebody always listens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import AirflowFailException, AirflowSkipException
from tests.unit.alerts.planned import ADA, BEN, plan
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"


@pytest.fixture(autouse=True)
def _no_time_to_lose(monkeypatch):
    """Let a lease be confirmed, and a list be looked at again, at once: the grids have the spans of time."""
    monkeypatch.setattr(timing, "LEASE_CONFIRMATION", 0.5)
    monkeypatch.setattr(timing, "VISIBILITY_DELAY", 0.0)


@pytest.fixture
def opened(run):
    return run(create()).xcoms["return_value"]


def create(**arguments):
    return CreateConversationOperator(**{"task_id": "open", "channel": "sms", "to": CUSTOMER} | arguments)


def say(conversation_sid, body="Your order is late.", **arguments):
    given = {"task_id": "say", "body": body, "channel": "sms", "idempotency_key": body} | arguments
    return SendConversationMessageOperator(conversation_sid=conversation_sid, **given)


def webhooks(served):
    return [one for rows in served._store.webhooks.scoped.values() for one in rows]


def lose_webhook(served, opened):
    served._store.webhooks.scoped.clear()
    served.clock.advance("2m")  # nobody has a lease any more
    return opened["conversation_sid"]


def reply(served, text="Where is it?"):
    served.customer(CUSTOMER).says(text)
    served.clock.advance("1s")


def bodies(served):
    return [one.body for one in served.messages]


def test_where_nobody_listens_nothing_is_said(run, served, opened):
    with pytest.raises(AirflowFailException, match="Nobody would see a reply"):
        run(say(lose_webhook(served, opened)))
    assert served.messages == []


def test_a_follow_up_does_not_speak_either(run, served, opened):
    run(say(opened))
    sid = lose_webhook(served, opened)
    served.clock.advance("1h")
    operator = FollowUpOperator(task_id="after", conversation_sid=sid, steps=[{"after": "1m", "body": "?"}])
    with pytest.raises(AirflowFailException, match="Nobody would see a reply"):
        run(operator)
    assert len(served.messages) == 1


def test_the_result_of_the_task_that_opened_it_spares_the_question(run, served, opened):
    for given, requests in ((opened, 2), (opened["conversation_sid"], 4)):
        before = len(served.requests)
        run(say(given, task_id=str(requests), idempotency_key=None))
        assert len(served.requests) - before == requests


def test_once_the_customer_has_written_the_result_is_not_believed(run, served, opened):
    run(say(opened))
    reply(served)
    assert len(served.tasks) == 1
    run(say(opened, body="One moment."))
    assert "One moment." in bodies(served)


@pytest.mark.parametrize("again", ["task", "campaign", "notifier", "notifier in a given conversation"])
def test_a_conversation_that_is_used_again_gets_its_webhook_again(run, served, opened, again):
    run(say(opened))
    sid = lose_webhook(served, opened)
    if again == "task":
        taken = run(create(idempotency_key="again", on_open_conversation="join")).xcoms
        assert (taken["conversation_sid"], taken["webhook_sid"]) == (sid, webhooks(served)[0].sid)
        run(say(taken["return_value"], body="Again."))
    elif again == "campaign":
        run(
            BulkOutreachOperator(
                task_id="ask",
                contacts=[{"to": CUSTOMER}],
                channel="sms",
                message="Again.",
                agent="on_reply",
                on_open_conversation="join",
            )
        )
    else:
        whom = {"channel": "sms", "to": CUSTOMER} if again == "notifier" else {"conversation_sid": sid}
        FlexNotifier(body="Again.", **whom)(
            {"dag_run": {"dag_id": "orders", "dag_run_id": "r"}, "run_id": "r"}
        )
    assert (bodies(served).count("Again."), len(served.conversations)) == (1, 1)
    assert len(webhooks(served)) == 1
    reply(served)
    assert len(served.tasks) == 1


def test_a_notification_is_sent_even_where_no_webhook_can_be_registered(run, served, opened):
    sid = lose_webhook(served, opened)
    served.faults.fail("CreateConversationScopedWebhook", 400, times=None)
    FlexNotifier(body="The load has failed.", conversation_sid=sid)(
        {"dag_run": {"dag_id": "o"}, "run_id": "r"}
    )
    assert bodies(served) == ["The load has failed."]


def test_a_conversation_of_an_agents_that_is_joined_stays_as_it_is(run, served):
    first = run(CreateInteractionOperator(task_id="create", channel="sms", to=CUSTOMER)).xcoms
    joined = run(create(on_open_conversation="join")).xcoms
    assert (joined["conversation_sid"], joined["webhook_sid"]) == (first["conversation_sid"], None)
    assert webhooks(served) == []


def test_a_cadence_ends_when_the_customer_replies_and_an_agent_takes_over(run, served, opened):
    run(say(opened))
    steps = [{"after": "4h", "body": "Still there?"}, {"after": "1d", "body": "Last call."}]
    cadence = FollowUpOperator(task_id="after", conversation_sid=opened, steps=steps)
    with pytest.raises(TaskDeferred) as first:
        run(cadence)
    served.clock.advance("4h")
    event = fire(first.value.trigger)
    with pytest.raises(TaskDeferred) as waiting:
        run(cadence, resume=first.value, event=event)
    served.agent().accepts(after="1m").says("I see to it.")
    reply(served)
    served.clock.advance("1h")
    ended = run(cadence, resume=waiting.value, event=fire(waiting.value.trigger)).xcoms["return_value"]
    assert (ended["outcome"], ended["step"], len(ended["reply_sids"])) == ("replied", 1, 1)
    served.clock.advance("2d")
    assert bodies(served).count("Last call.") == 0
    assert [one.status for one in served.tasks] == ["assigned"]


def test_a_cadence_without_a_reply_ends_and_closes_it(run, served, opened):
    run(say(opened))
    cadence = FollowUpOperator(
        task_id="after",
        conversation_sid=opened,
        steps=[{"after": "1m", "body": "Still there?"}],
        last_wait="1m",
        on_exhausted="close",
    )
    for _ in range(2):
        with pytest.raises(TaskDeferred):
            run(cadence)
        served.clock.advance("2m")
    assert run(cadence).xcoms["outcome"] == "exhausted"
    assert ([one.state for one in served.conversations], served.tasks) == (["closed"], [])


def test_the_sensor_sees_the_reply_that_an_agent_gets(run, served, opened):
    asked = run(say(opened)).xcoms
    reply(served)
    sensor = ConversationReplySensor(
        task_id="wait", conversation_sid=opened["conversation_sid"], after=asked["message_sid"]
    )
    assert run(sensor).xcoms["replied"]
    assert len(served.tasks) == 1


def test_an_outcome_comes_from_the_task_that_studio_made(run, served, opened):
    run(say(opened))
    served.agent().accepts(after=0).says("Tomorrow.").finishes(after="1m")
    reply(served)
    served.clock.advance("2m")
    assert [one.state for one in served.conversations] == ["closed"]
    assert [one.status for one in served.tasks] == ["completed"]


def test_outside_of_the_window_it_waits_before_anything_is_sent(run, served):
    days = [f"{served.clock.now() + timedelta(days=day):%Y-%m-%d}" for day in (-1, 0, 1)]
    with pytest.raises(TaskDeferred):
        run(create(contact_window={"timezone": "UTC", "blackout": days}))
    assert served.conversations == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [({"suppression": [CUSTOMER]}, "suppressed"), ({"consent": lambda _: False}, "no_consent")],
)
def test_who_is_not_to_be_contacted_is_skipped(run, served, opened, arguments, reason):
    for operator in (create(idempotency_key="b", **arguments), say(opened, **arguments)):
        with pytest.raises(AirflowSkipException, match=reason):
            run(operator)
    assert (len(served.conversations), served.messages) == (1, [])


def test_who_opted_out_in_it_is_not_asked_again(run, served, opened):
    run(say(opened))
    reply(served, "STOP")
    cadence = FollowUpOperator(
        task_id="after", conversation_sid=opened, steps=[{"after": "1m", "body": "Still there?"}]
    )
    served.clock.advance("2m")
    assert run(cadence).xcoms["outcome"] == "opted_out"
    assert "Still there?" not in bodies(served)


def test_the_cap_counts_both_kinds_of_conversation(run, served, opened):
    run(say(opened))
    served.clock.advance("8d")  # it has closed by its timer
    cap = {"at_most": 1, "per": "P30D"}
    for operator in (
        create(idempotency_key="b", frequency_cap=cap),
        CreateInteractionOperator(task_id="create", channel="sms", to=CUSTOMER, frequency_cap=cap),
    ):
        with pytest.raises(AirflowSkipException, match="frequency_cap"):
            run(operator)


def test_a_plan_contacts_people_without_agents(run, served):
    made = plan(
        [{"phone": ADA, "order": 1}, {"phone": BEN, "order": 2}], record="order", attributes=["order"]
    )
    for index, contact in enumerate(made["contacts"]):
        given = run(CreateConversationOperator(task_id="open", **contact), map_index=index).xcoms
        run(say(given["return_value"], body=f"To {index}"))
    assert (len(served.conversations), served.tasks) == (2, [])
    served.customer(ADA).says("Yes?")
    served.clock.advance("1s")
    assert [one.attributes["order"] for one in served.tasks] == [1]
