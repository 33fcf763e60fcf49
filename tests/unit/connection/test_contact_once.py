"""What operators do, from plain Python: in a task, in a notebook, in an event loop."""

from __future__ import annotations

import asyncio
import inspect
import re
from datetime import timedelta

import pytest
from airflow.sdk.execution_time.context import set_current_context

from airflow_provider_flexout.connection.contact_once import ContactOnce
from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.operators.interaction import (
    CloseInteractionOperator,
    CreateInteractionOperator,
)
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.errors import ContactHeld, InvalidInput, KeyReused, SessionWindowClosed
from airflow_provider_flexout.version_compat import AirflowSkipException
from tests.unit.conftest import TaskInstance

ADA, BOB = "+12025550117", "+12025550118"
WAITING = {"wait_until", "deferrable", "require_available_agents", "available_timeout", "flexout_conn_id"}
"""What only a task that can be deferred does, and what the hook has already."""
METHODS = {
    "open_once": CreateInteractionOperator,
    "send_once": SendConversationMessageOperator,
    "close": CloseInteractionOperator,
}

pytestmark = pytest.mark.usefixtures("use_connection")


def in_task(do, **instance):
    """Call a function as the code of a running task does."""
    with set_current_context({"ti": TaskInstance(**instance)}):
        return do()


def of_operator(operator):
    ours = [one for one in operator.__mro__ if one.__module__.startswith("airflow_provider_flexout")]
    taken = {
        name: one
        for cls in reversed(ours)
        if "__init__" in vars(cls)
        for name, one in inspect.signature(cls.__init__).parameters.items()
    }
    return {name: one for name, one in taken.items() if name not in {"self", "kwargs", *WAITING}}


@pytest.mark.parametrize(("name", "operator"), METHODS.items())
def test_the_arguments_are_those_of_the_operator(name, operator):
    method = getattr(ContactOnce, name)
    taken = {one: given for one, given in inspect.signature(method).parameters.items() if one != "self"}
    expected = of_operator(operator)
    assert set(taken) == set(expected)
    assert {one: given.default for one, given in taken.items()} == {
        one: given.default for one, given in expected.items()
    }
    described = re.findall(r":param (\w+): ", inspect.getdoc(method))
    assert described == list(taken)


@pytest.fixture(params=["open_once", "aopen_once"])
def open_once(request):
    """The method, and its asynchronous twin, which give the same."""

    def call(**arguments):
        result = getattr(FlexHook(), request.param)(**arguments)
        return asyncio.run(result) if inspect.isawaitable(result) else result

    return call


@pytest.fixture(params=["send_once", "asend_once"])
def send_once(request):
    def call(**arguments):
        result = getattr(FlexHook(), request.param)(**arguments)
        return asyncio.run(result) if inspect.isawaitable(result) else result

    return call


def test_each_try_of_a_task_finds_what_the_first_did(open_once, send_once, served):
    def once():
        opened = open_once(channel="sms", to=ADA, customer_name="Ada")
        return opened, send_once(conversation_sid=opened, body="Your order is late.")

    opened, sent = in_task(once)
    again, sent_again = in_task(once, try_number=2)
    assert (opened["created"], sent["created"]) == (True, True)
    assert again == opened | {"created": False}
    assert sent_again == sent | {"created": False}
    assert len(served.conversations) == len(served.tasks) == len(served.messages) == 1


def test_the_key_is_the_operators(open_once, run, served):
    opened = in_task(lambda: open_once(channel="sms", to=ADA), task_id="open")
    operator = CreateInteractionOperator(task_id="open", channel="sms", to=ADA)
    assert run(operator, try_number=2).xcoms["return_value"] == opened | {"created": False}
    named = open_once(channel="sms", to=BOB, idempotency_key="2026-11-22-17")
    operator = CreateInteractionOperator(
        task_id="other", channel="sms", to=BOB, idempotency_key="2026-11-22-17"
    )
    assert run(operator).xcoms["return_value"] == named | {"created": False}
    assert len(served.conversations) == 2


def test_outside_of_a_task_a_key_has_to_be_given(open_once, send_once, served):
    for call in (
        lambda: open_once(channel="sms", to=ADA),
        lambda: send_once(conversation_sid="CH" + "1" * 32, body="Hello"),
    ):
        with pytest.raises(InvalidInput, match=r"idempotency_key: missing\. No Airflow task is running"):
            call()
    assert not served.requests
    opened = open_once(channel="sms", to=ADA, idempotency_key="ada")
    assert open_once(channel="sms", to=ADA, idempotency_key="ada") == opened | {"created": False}
    assert send_once(conversation_sid=opened, body="Hello", idempotency_key="ada")["created"]
    assert not send_once(conversation_sid=opened, body="Hello", idempotency_key="ada")["created"]


def test_a_task_that_contacts_several_gives_each_a_key(open_once, send_once, served):
    def several():
        ada = open_once(channel="sms", to=ADA)
        with pytest.raises(KeyReused, match="idempotency"):
            open_once(channel="sms", to=BOB)
        send_once(conversation_sid=ada, body="One")
        send_once(conversation_sid=ada, body="One")
        with pytest.raises(InvalidInput, match="a key with each"):
            send_once(conversation_sid=ada, body="Two")
        send_once(conversation_sid=ada, body="Two", idempotency_key="second")

    in_task(several, run_id="several")
    assert [one.body for one in served.messages] == ["One", "Two"]


def test_a_message_that_was_refused_leaves_the_key_to_another(send_once, open_once, served):
    def template_after_text():
        opened = open_once(channel="whatsapp", to=f"whatsapp:{ADA}")
        with pytest.raises(SessionWindowClosed):
            send_once(conversation_sid=opened, body="Hello")
        send_once(
            conversation_sid=opened,
            content_sid=served.templates[0].sid,
            content_variables={"1": "A", "2": "B"},
        )

    in_task(template_after_text, run_id="refused")
    assert len(served.messages) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"suppression": ["(202) 555-0117"]}, "suppressed"),
        ({"suppression": lambda address: address == ADA}, "suppressed"),
        ({"consent": lambda _: False}, "no_consent"),
    ],
)
def test_who_is_not_to_be_contacted_skips_the_task(open_once, send_once, served, arguments, reason):
    arguments |= {"channel": "sms", "to": ADA, "idempotency_key": "ada"}
    with pytest.raises(AirflowSkipException, match=f"^{reason}: ") as caught:
        open_once(**arguments)
    assert ADA not in str(caught.value)
    skipped = open_once(**arguments, on_skip="return")
    assert skipped["skip_reason"] == reason
    assert skipped["conversation_sid"] is None
    message = {"conversation_sid": skipped, "body": "Hello", "idempotency_key": "ada"}
    with pytest.raises(AirflowSkipException, match=reason):
        send_once(**message)
    assert send_once(**message, on_skip="return")["skip_reason"] == reason
    assert not served.conversations


def test_a_closed_window_is_an_error_that_says_until_when(open_once, send_once, served):
    today = served.clock.now()
    tomorrow = today + timedelta(days=1)
    window = {"days": [tomorrow.strftime("%a").lower()], "start": "00:00", "end": "24:00", "timezone": "UTC"}
    with pytest.raises(ContactHeld, match="Held until") as caught:
        open_once(channel="sms", to=ADA, contact_window=window, idempotency_key="ada")
    assert caught.value.until.date() == tomorrow.date()
    assert not caught.value.permanent
    opened = open_once(channel="sms", to=ADA, idempotency_key="ada")
    # What is open is adopted at any time.
    again = open_once(channel="sms", to=ADA, contact_window=window, idempotency_key="ada")
    assert again == opened | {"created": False}
    with pytest.raises(ContactHeld):
        send_once(conversation_sid=opened, body="Hello", contact_window=window, idempotency_key="ada")
    assert not served.messages


def test_who_is_talking_already(open_once, served):
    first = open_once(channel="sms", to=ADA, idempotency_key="first")
    second = {"channel": "sms", "to": ADA, "idempotency_key": "second"}
    joined = open_once(**second, on_open_conversation="join")
    assert joined["conversation_sid"] == first["conversation_sid"]
    with pytest.raises(AirflowSkipException, match="already_talking"):
        open_once(**second, on_open_conversation="skip")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"suppression": {"conn_id": "shop", "sql": "select 1"}}, "suppression"),
        ({"on_skip": "ignore"}, "on_skip"),
        ({"on_open_conversation": "close"}, "on_open_conversation"),
        ({"to": "12"}, "to"),
        ({"consent": "yes"}, "consent"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(open_once, served, wrong, named):
    with pytest.raises(InvalidInput, match=f"^{named}: "):
        open_once(**{"channel": "sms", "to": ADA, "idempotency_key": "ada"} | wrong)
    assert not served.requests


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("open_once", {"channel": "sms", "to": ADA, "idempotency_key": "ada"}),
        ("send_once", {"conversation_sid": "CH" + "1" * 32, "body": "Hello", "idempotency_key": "ada"}),
        ("close", {"interaction_sid": "KD" + "1" * 32}),
    ],
)
@pytest.mark.parametrize("wrong", ["no", "False", None, 0])
@pytest.mark.usefixtures("use_connection")
def test_what_is_true_or_false_is_given_as_such(served, name, arguments, wrong):
    with pytest.raises(InvalidInput, match=r"^validate: must be True or False, got "):
        getattr(FlexHook(), name)(**arguments, validate=wrong)
    assert not served.requests


def test_an_argument_that_there_is_not(open_once):
    with pytest.raises(TypeError, match="wait_until"):
        open_once(channel="sms", to=ADA, wait_until="active")


@pytest.mark.parametrize("name", ["close", "aclose"])
def test_closing(name, opened, served):
    for _ in range(2):
        done = getattr(FlexHook(), name)(interaction_sid=opened["interaction_sid"])
        if inspect.isawaitable(done):
            asyncio.run(done)
    assert [one.state for one in served.conversations] == ["closed"]
    with pytest.raises(InvalidInput, match="interaction_sid"):
        FlexHook().close(interaction_sid="UO1")


def test_parking(opened, served):
    FlexHook().close(interaction_sid=opened["interaction_sid"], channel_status="inactive")
    assert [one.state for one in served.conversations] == ["active"]
