"""Who a conversation is held from: a number, a short code, and the Messaging Service that they belong to."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.follow_up import FollowUpOperator
from airflow_provider_flexout.operators.interaction import CreateInteractionOperator
from airflow_provider_flexout.outreach.errors import AlreadyTalking
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.version_compat import TaskDeferred

CUSTOMER, SHORT_CODE = "+12025550117", "72975"
SERVICE, OTHER = "MG" + "5" * 32, "MG" + "6" * 32


def create(**arguments):
    return CreateInteractionOperator(**{"task_id": "open", "channel": "sms", "to": CUSTOMER} | arguments)


def create_conversation(**arguments):
    given = {"task_id": "open", "channel": "sms", "to": CUSTOMER, "on_reply": "pipeline"} | arguments
    return CreateConversationOperator(**given)


def bulk(**arguments):
    given = {"task_id": "bulk", "contacts": [{"to": CUSTOMER}], "channel": "sms", "message": "Late"}
    return BulkOutreachOperator(**given | arguments)


def sender(served):
    (proxy,) = (one.proxy_address for one in served.participants if one.address)
    return proxy


@pytest.fixture
def http(served):
    """Read from the sandbox, as anybody else would."""
    import httpx

    connection = served.connection()
    auth = (connection["login"], connection["password"])
    return lambda path: httpx.get(connection["extra"]["base_url"] + path, auth=auth).json()


@pytest.fixture
def only_conversation(served, http):
    def read():
        (conversation,) = served.conversations
        return http(f"/v1/Conversations/{conversation.sid}")

    return read


# Short codes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
def test_a_short_code_is_a_sender(run, served, strategy):
    run(create(from_=SHORT_CODE, strategy=strategy))
    assert sender(served) == SHORT_CODE


def test_a_short_code_in_the_connection(run, served, use_connection):
    use_connection(sms_from=SHORT_CODE)
    sid = run(create()).xcoms["conversation_sid"]
    assert sender(served) == SHORT_CODE
    with pytest.raises(AlreadyTalking, match=sid):
        run(create(idempotency_key="again"))
    with pytest.raises(TaskDeferred):
        run(FollowUpOperator(task_id="f", conversation_sid=sid, steps=[{"after": "1h", "body": "Late?"}]))


def test_a_campaign_and_a_notification_from_a_short_code(run, served):
    assert run(bulk(from_=SHORT_CODE)).xcoms["summary"]["opened"] == 1
    FlexNotifier(channel="sms", to="+12025550118", from_=SHORT_CODE, body="Late")({})
    assert {one.proxy_address for one in served.participants if one.address} == {SHORT_CODE}


@pytest.mark.parametrize("to", [SHORT_CODE, "12"])
def test_a_customer_has_no_short_code(run, to):
    with pytest.raises(AirflowFailException, match=r"to: .*is not a phone number in E.164"):
        run(create(to=to))


def test_whatsapp_has_no_short_codes(run):
    with pytest.raises(AirflowFailException, match=r"from_: .*is not a WhatsApp address"):
        run(create(channel="whatsapp", from_=SHORT_CODE))


# What is not a sender ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (SERVICE, "from_: a Messaging Service .* pass it as messaging_service_sid, and one of its numbers"),
        ("ACME Shop", "from_: an alphanumeric sender is one-way.* Pass a number"),
        ("Acme24", "from_: an alphanumeric sender is one-way"),
        ("M\u00fcller GmbH", "from_: an alphanumeric sender is one-way"),
        ("ACME!", "from_: an alphanumeric sender is one-way"),
        (SERVICE.lower(), "from_: a Messaging Service .* pass it as messaging_service_sid"),
        (f"whatsapp:{SERVICE}", "from_: a Messaging Service .* pass it as messaging_service_sid"),
        (SERVICE[:-1], "from_: a Messaging Service .* pass it as messaging_service_sid"),
        ("PN" + "5" * 32, "from_: a SID is not a sender; pass the number itself"),
    ],
)
def test_another_sender_is_refused_with_what_to_do(run, served, channel, given, advice):
    for operator in (create, create_conversation):
        with pytest.raises(AirflowFailException, match=advice):
            run(operator(channel=channel, from_=given))
    rows = [{"to": CUSTOMER, "from_": given}]
    with pytest.raises(AirflowFailException, match="of 1 contact, invalid 1"):
        run(bulk(contacts=rows, channel=channel))
    assert not served.conversations


def test_twilio_refuses_it_too(run):
    with pytest.raises(AirflowFailException, match="code 50408"):
        run(create(from_=SERVICE, validate=False))


# Messaging Services ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["conversation_first", "one_call"])
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_service_is_set_on_the_conversation(run, only_conversation, strategy, channel):
    run(create(channel=channel, messaging_service_sid=SERVICE, strategy=strategy))
    assert only_conversation()["messaging_service_sid"] == SERVICE


@pytest.mark.parametrize("operator", [create, create_conversation, bulk])
def test_the_connections_service_is_the_default(run, use_connection, only_conversation, operator):
    use_connection(messaging_service_sid=SERVICE)
    run(operator())
    assert only_conversation()["messaging_service_sid"] == SERVICE


@pytest.mark.parametrize("operator", [create, create_conversation, bulk])
def test_the_argument_wins(run, use_connection, only_conversation, operator):
    use_connection(messaging_service_sid=SERVICE)
    run(operator(messaging_service_sid=OTHER))
    assert only_conversation()["messaging_service_sid"] == OTHER


def test_a_notification_has_the_connections_service(use_connection, only_conversation):
    use_connection(messaging_service_sid=SERVICE)
    FlexNotifier(channel="sms", to=CUSTOMER, body="Late")({})
    assert only_conversation()["messaging_service_sid"] == SERVICE


@pytest.mark.parametrize("channel", ["chat", "web"])
def test_a_chat_has_none(run, use_connection, only_conversation, channel):
    use_connection(messaging_service_sid=SERVICE)
    run(create(channel=channel, to="guest_42"))
    assert only_conversation()["messaging_service_sid"] is None
    with pytest.raises(AirflowFailException, match=f"messaging_service_sid: not supported on {channel}"):
        run(create(channel=channel, to="guest_43", messaging_service_sid=SERVICE))


def test_an_existing_conversation_keeps_its_own(run, served, use_connection, only_conversation):
    sid = run(create_conversation()).xcoms["conversation_sid"]
    routed = {"to": None, "initiated_by": "customer", "media_channel_sid": sid}
    with pytest.raises(AirflowFailException, match="messaging_service_sid: can be set only on a new conv"):
        run(create(**routed, messaging_service_sid=SERVICE))
    use_connection(messaging_service_sid=SERVICE)
    run(create(**routed))
    assert only_conversation()["messaging_service_sid"] is None


@pytest.mark.parametrize("where", ["argument", "connection"])
def test_what_is_no_service(run, use_connection, served, where):
    given = {"messaging_service_sid": "IS" + "5" * 32}
    if where == "connection":
        use_connection(**given)
        given = {}
    problem = "messaging_service_sid:? expected the SID of a Messaging Service .*, got the SID of a conv"
    with pytest.raises(AirflowFailException, match=problem):
        run(create(**given))
    assert not served.conversations


def test_a_stop_to_one_number_of_a_service_holds_for_the_others(run, served):
    first = run(create(messaging_service_sid=SERVICE)).xcoms["conversation_sid"]
    served.customer(CUSTOMER).says("STOP", in_conversation=first)
    run(bulk(from_="+15005550001", messaging_service_sid=SERVICE))
    served.clock.advance("5s")
    (message,) = (one for one in served.messages if one.body == "Late")
    assert message.delivery["failed"] == "all"
