"""Which webhook hears the reply, and from which message on one that comes late has to."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.conversation.agent_on_reply import find_webhook, first_unheard
from airflow_provider_flexout.outreach.conversation.create_once import create_once
from airflow_provider_flexout.outreach.conversation.request import build_request
from airflow_provider_flexout.outreach.listener import Listener
from airflow_provider_flexout.outreach.spec import OutreachSpec
from airflow_provider_flexout.twilio.api.conversations import (
    create_studio_webhook,
    delete_conversation_webhook,
)
from airflow_provider_flexout.twilio.api.messages import create_message

CUSTOMER = "+12025550117"


@pytest.fixture
def request_(defaults):
    return build_request(OutreachSpec(channel="sms", to=CUSTOMER), key="fx0", defaults=defaults)


@pytest.fixture
def run(connect):
    def carry_out(procedure):
        with connect() as client:
            return client.run(procedure)

    return carry_out


@pytest.fixture
def opened(run, request_):
    return run(create_once(request_))


def test_of_two_webhooks_the_older_stays(run, request_, opened, sandbox):
    sandbox.clock.advance("2s")
    run(steps(create_studio_webhook(opened.conversation_sid, request_.flow_sid)))
    assert run(find_webhook(request_, opened.conversation_sid)) == Listener(opened.webhook_sid)
    assert [one.sid for one in sandbox._store.webhooks.scoped[opened.conversation_sid]] == [
        opened.webhook_sid
    ]


def test_another_flows_webhook_stands_for_it(run, request_, opened, sandbox):
    other = sandbox.studio_flow("Other")
    run(
        steps(
            delete_conversation_webhook(opened.conversation_sid, opened.webhook_sid),
            create_studio_webhook(opened.conversation_sid, other.sid),
        )
    )
    (registered,) = sandbox._store.webhooks.scoped[opened.conversation_sid]
    assert run(find_webhook(request_, opened.conversation_sid)) == Listener(registered.sid)


def test_the_agents_task_takes_the_place_of_the_webhook(run, request_, opened, sandbox):
    sandbox.customer(CUSTOMER).says("Hello?")
    sandbox.clock.run_due()
    assert run(find_webhook(request_, opened.conversation_sid)) == Listener(None)


def test_what_no_agent_has_seen_is_replayed(run, request_, opened, sandbox):
    sid = opened.conversation_sid
    assert run(first_unheard(sid)) == 0
    run(steps(create_message(sid, body="Late.")))
    assert run(first_unheard(sid)) == 1
    sandbox._store.webhooks.scoped.clear()
    sandbox.customer(CUSTOMER).says("Where is it?")
    run(steps(create_message(sid, body="Sorry.")))
    sandbox.customer(CUSTOMER).says("Hello?")
    assert run(first_unheard(sid)) == 1


def test_what_an_agent_replied_to_is_not_replayed(run, request_, opened, sandbox):
    sandbox.agent().accepts(after=0).says("How can I help?", after="1s")
    sandbox.customer(CUSTOMER).says("Where is it?")
    sandbox.clock.advance("5s")
    assert run(first_unheard(opened.conversation_sid)) == 2
    sandbox.customer(CUSTOMER).says("Thanks.")
    assert run(first_unheard(opened.conversation_sid)) == 2


def steps(*calls):
    for call in calls:  # noqa: UP028 - a tuple takes no responses
        yield call
