"""``ConversationReplySensor``, in the worker and in the triggerer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.version_compat import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
)
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred

CUSTOMER = "+12025550117"
WORDS = "Yes, on Friday please"
KEYS = {"conversation_sid", "replied", "message_sids", "count", "time_to_reply", "participant_sid"}


class Store(dict):
    """What Airflow 3.3 keeps of a task over its tries."""

    def set(self, key, value):
        self[key] = json.loads(json.dumps(value))


class DagRun:
    """As much of a DAG run as the sensor may use."""

    def __init__(self, start_date):
        self.start_date = start_date


@pytest.fixture
def sent(run, served):
    """Open a conversation and ask something in it."""

    def say(body="When may we come?"):
        opened = run(CreateInteractionOperator(task_id="open", channel="sms", to=CUSTOMER)).xcoms
        conversation_sid = opened["conversation_sid"]
        message = SendConversationMessageOperator(
            task_id="say", conversation_sid=conversation_sid, body=body, idempotency_key=body
        )
        return run(message).xcoms["return_value"]

    return say


@pytest.fixture
def began(served):
    """When the DAG run started."""
    return served.clock.now()


@pytest.fixture
def wait(run, began):
    """Execute the sensor as one try."""

    def execute(sent, *, store=None, first_look=None, **arguments):
        instance = {name: arguments.pop(name) for name in ("try_number",) if name in arguments}
        sensor = ConversationReplySensor(
            **{"task_id": "wait", "conversation_sid": sent["conversation_sid"]} | arguments
        )
        context = {"dag_run": DagRun(began), "task_state_store": store}
        return run(sensor, context=context, first_reschedule_date=first_look, **instance)

    return execute


def deferred(wait, sent, **arguments):
    with pytest.raises(TaskDeferred) as leaving:
        wait(sent, deferrable=True, **arguments)
    return leaving.value


def resume(run, leaving, event, **arguments):
    """Come back to the sensor, as a worker does."""
    conversation_sid = leaving.trigger.waiter["conversation_sid"]
    sensor = ConversationReplySensor(task_id="wait", conversation_sid=conversation_sid, **arguments)
    return run(sensor, resume=leaving, event=event)


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_reply_that_is_there_already(wait, sent, served, deferrable):
    asked = sent()
    served.customer(CUSTOMER).says(WORDS)
    xcoms = wait(asked, after=asked["message_sid"], deferrable=deferrable).xcoms
    result = xcoms["return_value"]
    assert set(result) == KEYS
    assert result["replied"] is True
    assert result["count"] == 1
    assert result == {name: xcoms[name] for name in KEYS}
    assert xcoms["_link_conversation"].endswith(asked["conversation_sid"])
    (reply,) = (one for one in served.messages if one.role == "customer")
    assert result["message_sids"] == [reply.sid]
    assert WORDS not in json.dumps(xcoms)
    assert CUSTOMER not in json.dumps(xcoms)


def test_a_reply_while_the_triggerer_waits(run, wait, sent, served):
    asked = sent()
    leaving = deferred(wait, asked, include_body=True)
    served.clock.advance("3h")
    served.customer(CUSTOMER).says(WORDS)
    event = fire(leaving.trigger)
    assert WORDS not in json.dumps(event)
    result = resume(run, leaving, event, include_body=True).xcoms["return_value"]
    assert result["bodies"] == [WORDS]
    assert set(result) == KEYS | {"bodies"}
    assert abs(result["time_to_reply"] - 3 * 3600) < 60


@pytest.mark.parametrize("timeout", [timedelta(hours=2), 7200, "2h", "PT2H"])
def test_a_timeout_is_written_like_every_length_of_time(wait, sent, timeout):
    arguments = deferred(wait, sent(), timeout=timeout).trigger.serialize()[1]
    assert arguments["deadline"] - arguments["started_at"] == pytest.approx(7200, abs=1)
    mapped = ConversationReplySensor(
        task_id="wait", conversation_sid="CH" + "0" * 32, default_args={"timeout": timeout}
    )
    assert mapped.timeout == 7200


def test_a_timeout_that_is_no_length_of_time_is_refused_where_the_dag_is_read():
    with pytest.raises(AirflowFailException, match="timeout: 'soon' is not a length of time"):
        ConversationReplySensor(task_id="wait", conversation_sid="CH" + "0" * 32, timeout="soon")


def test_what_the_triggerer_is_given_is_plain_and_harmless(wait, sent, use_connection, served):
    leaving = deferred(wait, sent(), timeout=timedelta(hours=2))
    _, arguments = leaving.trigger.serialize()
    assert set(arguments) == {"waiter", "flexout_conn_id", "started_at", "deadline", "resume_data"}
    assert arguments["deadline"] - arguments["started_at"] == pytest.approx(7200, abs=1)
    text = json.dumps(arguments)
    assert CUSTOMER not in text
    assert served.connection()["password"] not in text
    assert leaving.timeout is None  # the trigger keeps the time itself, and says so when it is over


def test_no_reply_in_time(run, wait, sent):
    leaving = deferred(wait, sent(), timeout=1)
    event = fire(leaving.trigger)
    assert set(event) == {"timed_out", "waiter", "resume_data"}
    for on_timeout, error in (("fail", AirflowSensorTimeout), ("skip", AirflowSkipException)):
        with pytest.raises(error, match=r"No reply in conversation CH\w+: Waited for \d+ seconds?, and"):
            resume(run, leaving, event, on_timeout=on_timeout)
    result = resume(run, leaving, event, on_timeout="return").xcoms["return_value"]
    assert result == {
        "conversation_sid": leaving.trigger.waiter["conversation_sid"],
        "replied": False,
        "message_sids": [],
        "count": 0,
        "time_to_reply": None,
        "participant_sid": None,
    }


@pytest.mark.parametrize(
    ("on_timeout", "error"),
    [("fail", AirflowSensorTimeout), ("skip", AirflowSkipException), ("return", None)],
)
def test_no_reply_in_time_in_the_worker(wait, sent, on_timeout, error):
    plain = {"deferrable": False, "timeout": 0.05, "poke_interval": 0.01, "on_timeout": on_timeout}
    if error:
        with pytest.raises(error, match="No reply in conversation"):
            wait(sent(), **plain)
    else:
        assert wait(sent(), **plain).xcoms["return_value"]["replied"] is False


def test_a_plain_sensor_looks_again(wait, sent, served):
    served.customer(CUSTOMER).replies(WORDS, after=0.3)
    asked = sent()
    result = wait(asked, deferrable=False, poke_interval=0.05, after=asked["index"], include_body=True)
    assert result.xcoms["return_value"]["bodies"] == [WORDS]


def test_a_plain_sensor_outlasts_a_rate_limit(wait, sent, served):
    asked = sent()
    served.customer(CUSTOMER).says(WORDS)
    served.faults.rate_limit("ListConversationMessage", retry_after=120)
    assert wait(asked, deferrable=False, poke_interval=0.01, after=asked["index"]).xcoms["count"] == 1


@pytest.mark.parametrize("store", [Store(), None], ids=["state store", "none"])
def test_a_reply_between_two_tries_is_found(wait, sent, served, store):
    asked = sent()
    deferred(wait, asked, store=store)
    served.customer(CUSTOMER).says(WORDS)
    assert wait(asked, deferrable=True, store=store, try_number=2).xcoms["count"] == 1


def test_the_state_store_leaves_out_what_came_before_the_first_try(wait, sent, served):
    asked, store = sent(), Store()
    served.customer(CUSTOMER).says("Early")
    deferred(wait, asked, store=store)
    deferred(wait, asked, store=store, try_number=2)


@pytest.mark.parametrize("ahead", ["0s", "10m", "2d"])
def test_a_rescheduled_sensor_waits_from_its_first_look_on(wait, sent, served, ahead):
    """Airflow's date is this machine's, and the messages have Twilio's."""
    served.clock.advance(ahead)
    asked = sent()
    served.customer(CUSTOMER).says("Early")
    served.clock.advance("1m")
    served.customer(CUSTOMER).says(WORDS)
    first_look = datetime.now(timezone.utc) - timedelta(seconds=20)
    result = wait(asked, deferrable=False, mode="reschedule", first_look=first_look, include_body=True)
    assert result.xcoms["return_value"]["bodies"] == [WORDS]


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize("on_timeout", ["fail", "skip", "return"])
def test_a_closed_conversation_fails_the_task_whatever_on_timeout_is(
    run, wait, sent, served, deferrable, on_timeout
):
    served.agent().accepts(after=0).finishes(after="1h")
    asked = sent()
    served.clock.advance("1h")
    with pytest.raises(AirflowFailException, match="was closed before the customer replied"):
        wait(asked, deferrable=deferrable, on_timeout=on_timeout)


def test_a_conversation_closed_while_the_triggerer_waits(run, wait, sent, served):
    served.agent().accepts(after=0).finishes(after="1h")
    leaving = deferred(wait, sent())
    served.clock.advance("1h")
    with pytest.raises(AirflowFailException, match="was closed before the customer replied"):
        resume(run, leaving, fire(leaving.trigger), on_timeout="return")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"on_timeout": "give up"}, "on_timeout: 'give up' is not one of fail, skip, return"),
        ({"conversation_sid": "IM" + "0" * 32}, "conversation_sid: expected the SID of a conversation"),
        ({"after": "CH" + "0" * 32}, "after: expected the SID of a message"),
        ({"after": -2}, "after: -2 is not a message's index; they begin at 0"),
        ({"after": "-17"}, "after: -17 is not a message's index"),
        ({"after": 1.0}, "after: got a float; pass a message's SID"),
        ({"after": True}, "after: got a bool; pass"),
        ({"after": 10**20}, "after: got an int; pass"),
    ],
)
def test_bad_input(wait, sent, arguments, problem):
    with pytest.raises(AirflowFailException, match=problem):
        wait(sent(), deferrable=True, **arguments)
