"""Follow-ups between two steps, notifications and locks, alerts, and runs that were scheduled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.adoption.scenarios.registry import (
    LOCK,
    PHONE,
    VISIBLE,
    open_conversation,
    place_of,
    scenario,
    xcom,
)

if TYPE_CHECKING:
    from tests.contract.adoption.record import Recorder

STEPS = [
    {"after": "15m", "body": "Did you see our message?"},
    {"after": "PT20M", "body": "Shall we deliver tomorrow?"},
]
SEND, FOLLOW_UP = "SendConversationMessageOperator", "FollowUpOperator"


@scenario(
    "follow_up", "A follow-up of two steps without an answer: stopped anywhere, deferred between steps."
)
def followed_up(r: Recorder, **more: object) -> None:
    first, ended = asked_and_begun(r, **more)
    while ended["event"] == "deferred":
        r.cut(first + 1, writes=True)
        r.cut_here(then="resume")
        r.cut_here(then="clear")
        first = r.count
        ended = r.resume("follow_up")
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario("follow_up_closes", "A follow-up that closes the conversation in the end.", on_exhausted="close")
def followed_up_and_closed(r: Recorder, **more: object) -> None:
    first, ended = asked_and_begun(r, **more)
    while ended["event"] == "deferred":
        first = r.count
        ended = r.resume("follow_up")
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario("follow_up_held", "A follow-up whose first step is due, and waits for the contact window.")
def followed_up_in_the_window(r: Recorder) -> None:
    asked_and_begun(r, contact_window={"timezone": "America/New_York", "start": "09:00", "end": "10:10"})
    r.resume("follow_up")
    r.cut_here(then="resume")
    r.cut_here(then="clear")
    ended = r.resume("follow_up")
    while ended["event"] == "deferred":
        ended = r.resume("follow_up")


def asked_and_begun(r: Recorder, **more: object) -> tuple[int, dict[str, Any]]:
    """Ask something, and begin to follow up; give how many requests came before, and how it stands."""
    open_conversation(r)
    r.task(SEND, "ask", conversation_sid=xcom("open", "conversation_sid"), body="When shall we deliver?")
    given = {"conversation_sid": xcom("open", "conversation_sid"), "steps": STEPS} | more
    first = r.count
    return first, r.task(FOLLOW_UP, "follow_up", **given)


@scenario("follow_up_answered", "A follow-up whose second step the customer answers.")
def answered(r: Recorder) -> None:
    asked_and_begun(r)
    conversation_sid = r.run.xcoms["open"]["conversation_sid"]
    r.resume("follow_up")
    r.resume("follow_up")
    r.cut_here(then="resume")
    r.simulation.pass_time(900)
    r.customer_says(conversation_sid, PHONE, "Tomorrow, please.")
    r.cut_here(then="resume")
    r.cut_here(then="clear")
    r.resume("follow_up")
    r.cut_here()


# Notifications ----------------------------------------------------------------------------------------------


@scenario("notification", "The person on duty is told, in a conversation of their own; stopped anywhere.")
@scenario(
    "notification_grouped",
    "The same, for a group of tasks and an hour.",
    group_by="dag",
    throttle="1d",
)
@scenario("notification_key", "The same, under the user's own key.", idempotency_key="load failed")
def told(r: Recorder, **more: object) -> None:
    r.task("FlexNotifier", "load", channel="sms", to=PHONE, body="The load has failed.", **more)
    r.cut(1, writes=True)
    r.cut_here()
    locked = place_of(r, "CreateConversation")
    before_message = place_of(r, "CreateConversationMessage") - 1
    taken = r.content()["exchanges"][locked - 1]["at"]
    r.cut(locked, before_message, writes=True, delay=2, no_contact_before=taken + LOCK + VISIBLE)


@scenario("notification_joined", "The person on duty is told in the conversation that they are in already.")
def told_where_they_are(r: Recorder) -> None:
    open_conversation(r)
    first = r.count
    r.task("FlexNotifier", "load", channel="sms", to=PHONE, body="The load has failed.")
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario("notification_given", "A notification in a conversation that was given.")
def told_in_a_given_one(r: Recorder) -> None:
    open_conversation(r)
    first = r.count
    where = xcom("open", "conversation_sid")
    r.task("FlexNotifier", "load", conversation_sid=where, body="The load has failed.")
    r.cut(first + 1, writes=True)
    r.cut_here()


@scenario("alert", "Somebody was contacted because of an alert, under the key that its plan gave.")
def alerted(r: Recorder) -> None:
    failure = {
        "check": "not_null",
        "column": "delivered_at",
        "severity": "error",
        "failed_rows": 1,
        "detail": None,
        "query": None,
        "records": [{"order": 4711}],
    }
    alert = {
        "name": "late_orders",
        "source": "dbt",
        "data": "orders",
        "severity": "error",
        "failures": [failure],
    }
    people = [{"phone": PHONE, "order": 4711, "customer": 17}]
    columns = {"to": "phone", "person": "customer", "record": "order"}
    r.task("affected_contacts", "plan", alert=alert, people=people, **columns)
    open_conversation(r, idempotency_key=xcom("plan", "idempotency_key"))
    r.cut(1)
    r.cut_here()


# Scheduling -------------------------------------------------------------------------------------------------


@scenario("schedule_follow_up", "A run of another DAG was scheduled for a conversation.")
@scenario("schedule_follow_up_key", "The same, under the user's own key.", idempotency_key="late-4711")
def scheduled(r: Recorder, **more: object) -> None:
    open_conversation(r)
    where = xcom("open", "conversation_sid")
    r.task("schedule_follow_up", "later", trigger_dag_id="remind", conversation_sid=where, after="3d", **more)
    r.cut_here()


@scenario(
    "schedule_follow_up_deferred", "The same on an Airflow before 3.3: the task waits until it is time."
)
def scheduled_by_waiting(r: Recorder) -> None:
    open_conversation(r)
    where = xcom("open", "conversation_sid")
    with r.airflow_before_3_3():
        r.task("schedule_follow_up", "later", trigger_dag_id="remind", conversation_sid=where, after="3d")
        r.cut_here()
        r.resume("later")
    r.cut_here()
