"""Why was this person contacted: all that tasks of ours did, whatever address names the person."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from airflow_provider_flexout.twilio.api.messages import create_message
from tests.unit.triggerer import fire
from tests.version_compat import TaskDeferred

ADA = "+12025550143"
OURS = "+15005550006"


@pytest.fixture
def contacted(run, served):
    """Ada, contacted by three DAGs on two channels, and written to by somebody else."""
    served.customer(ADA).fails(30003)
    campaign = BulkOutreachOperator(
        task_id="reach", channel="sms", campaign="spring", message="Hello", contacts=[{"to": ADA, "id": 7}]
    )
    run(campaign, dag_id="marketing", run_id="spring__1")
    served.clock.advance("1h")
    served.customer(ADA).receives("1s", reads_after="2s")
    create = CreateConversationOperator(
        task_id="open", channel="whatsapp", to=f"whatsapp:{ADA}", on_reply="pipeline", close_after="1d"
    )
    sids = run(create, dag_id="orders").xcoms["return_value"]
    served.customer(f"whatsapp:{ADA}").says("Hi", in_conversation=sids["conversation_sid"])
    served.clock.advance("2s")
    message = SendConversationMessageOperator(
        task_id="tell", conversation_sid=sids["conversation_sid"], body="Your order is late."
    )
    run(message, dag_id="orders", run_id="other__2")
    served.clock.advance("2m")
    with FlexHook().get_conn() as client:
        joined = [client.send(create_conversation()).sid for _ in range(2)]
        for sid, ours in zip(joined, (OURS + "1", OURS + "2"), strict=True):
            client.send(create_participant(sid, address=ADA, proxy_address=ours))
            client.send(create_message(sid, body="Somebody else's"))
    say = SendConversationMessageOperator(task_id="say", conversation_sid=joined[0], body="Our own.")
    run(say, dag_id="alerts")
    run(CreateInteractionOperator(task_id="open", channel="sms", to="+12025550199"), dag_id="other")
    served.clock.advance("1m")
    return sids["conversation_sid"], joined[0]


@pytest.mark.parametrize("spelling", [ADA, "whatsapp:+12025550143", "tel:+1 (202) 555-0143"])
def test_every_outreach_is_told_whatever_names_the_person(served, contacted, spelling):
    first, second, third = FlexHook().history(spelling)
    held = {each.sid: each for each in served.conversations}
    assert (first.channel, first.to) == ("sms", "+1•••••0143")
    assert (first.dag_id, first.run_id, first.task_id) == ("marketing", "spring__1", "reach")
    assert (first.campaign, first.contact_id, first.map_index) == ("spring", "7", -1)
    assert first.outreach_key == held[first.conversation_sid].attributes["flexout"]["key"]
    assert [(one.status, one.error_code, one.task_id) for one in first.messages] == [
        ("undelivered", 30003, "reach")
    ]
    assert (second.channel, second.to, second.conversation_sid) == (
        "whatsapp",
        "whatsapp:+1•••••0143",
        contacted[0],
    )
    assert [(one.direction, one.author_kind, one.run_id) for one in second.messages][:2] == [
        ("inbound", "customer", None),
        ("outbound", "pipeline", "other__2"),
    ]
    for one in (first, second, third):
        assert [each.message_sid for each in one.messages] == [
            each.sid for each in held[one.conversation_sid].transcript
        ]
    assert (third.outreach_key, third.dag_id, third.conversation_sid) == (None, None, contacted[1])
    assert [(one.author_kind, one.dag_id, one.task_id) for one in third.messages] == [
        ("system", None, None),
        ("pipeline", "alerts", "say"),
    ]


def test_an_opt_out_is_told(run, served):
    served.customer(ADA).receives("1s").replies("STOP", after="1m")
    campaign = BulkOutreachOperator(
        task_id="reach", channel="sms", message="Hello", contacts=[{"to": ADA}], agent="on_reply"
    )
    run(campaign)
    served.clock.advance("2m")
    (one,) = FlexHook().history(ADA)
    assert one.opted_out_at == one.messages[-1].sent_at
    assert one.messages[-1].direction == "inbound"


def test_every_message_of_ours_names_its_task(run, served, use_connection):
    """Also where it is sent into a conversation that somebody else has opened, and no record tells."""
    with FlexHook().get_conn() as client:
        sid = client.send(create_conversation()).sid
        client.send(create_participant(sid, address=ADA, proxy_address=OURS))
    served.clock.advance("5m")  # nobody can be at work on it any more
    campaign = BulkOutreachOperator(
        task_id="reach",
        channel="sms",
        campaign="spring",
        message="Hello",
        contacts=[{"to": ADA}],
        on_open_conversation="join",
    )
    run(campaign, dag_id="marketing")
    run(SendConversationMessageOperator(task_id="say", conversation_sid=sid, body="Hi"))
    follow_up = FollowUpOperator(
        task_id="remind", conversation_sid=sid, steps=[{"after": 60, "body": "Still there?"}]
    )
    with pytest.raises(TaskDeferred) as deferred:
        run(follow_up)
    served.clock.advance("61s")
    with pytest.raises(TaskDeferred):
        run(follow_up, deferred.value, fire(deferred.value.trigger))
    failed = SimpleNamespace(
        dag_id="orders", run_id="1", task_id="load", map_index=-1, state="failed", log_url=""
    )
    FlexNotifier(to=ADA, channel="sms")({"ti": failed})
    (one,) = FlexHook().history(ADA)
    assert [(each.dag_id, each.task_id, each.campaign) for each in one.messages] == [
        ("marketing", "reach", "spring"),
        ("orders", "say", None),
        ("orders", "remind", None),
        ("orders", "load", None),
    ]


def test_nothing_of_it_shows_an_address_or_a_text(contacted):
    found = FlexHook().history(ADA)
    told = repr(found) + json.dumps([one.as_dict() for one in found])
    for secret in (ADA[2:], "Hello", "order is late", "Our own"):
        assert secret not in told


def test_it_is_plain_json_in_utc(contacted):
    for one in FlexHook().history(ADA):
        told = json.loads(json.dumps(one.as_dict()))
        assert told["opened_at"].endswith("+00:00")
        assert [each["message_sid"] for each in told["messages"]] == [x.message_sid for x in one.messages]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel(run, served, channel):
    address = {
        "whatsapp": f"whatsapp:{ADA}",
        "messenger": "messenger:4242",
        "email": "Ada@Example.com",
        "chat": "guest_42",
        "web": "guest_42",
    }.get(channel, ADA)
    run(CreateInteractionOperator(task_id="open", channel=channel, to=address, customer_name="Ada"))
    (one,) = FlexHook().history(address)
    assert (one.channel, one.task_id) == (channel, "open")
    assert address not in one.to


def test_a_record_of_a_newer_version_is_told_too(run, served, use_connection):
    record = {"v": 99, "key": "fx1", "channel": "sms", "source": {"dag_id": "later", "task_id": 5}}
    with FlexHook().get_conn() as client:
        sid = client.send(create_conversation(attributes={"flexout": record})).sid
        client.send(create_participant(sid, address=ADA, proxy_address=OURS))
    (one,) = FlexHook().history(ADA)
    assert (one.outreach_key, one.dag_id, one.task_id, one.messages) == ("fx1", "later", "5", ())


def test_requests_are_two_for_each_conversation(served, contacted):
    served.requests.clear()
    FlexHook().history(ADA)
    names = [one.operation for one in served.requests]
    assert names.count("ListParticipantConversation") == 2
    assert names.count("ListConversationMessage") == 4
    assert names.count("ListConversationParticipant") == 3
    assert names.count("ListConversationMessageReceipt") == 1
    assert len(names) == 10


def test_a_number_without_its_country_code_is_refused_before_anything_is_asked(served, use_connection):
    with pytest.raises(InvalidInput, match=r"address: .*Did you mean \+1•••••0143"):
        FlexHook().history("2025550143")
    assert len(served.requests) == 0
    assert FlexHook().history("2025550143", channel="chat") == []
