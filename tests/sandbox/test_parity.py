"""What the sandbox has of Twilio's API, what it answers for the rest, and what it assumes."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.wire.twilio_operations import shape, twilio_operations
from tests.sandbox import parity


def test_the_page_is_up_to_date():
    assert parity.PAGE.read_text() == parity.page(), "run make parity"


def test_the_list_is_that_of_twilios_documents(api_documents):
    assert parity.LIST.read_text() == parity.list_text(parity.read_documents(api_documents.folder))


def test_every_operation_that_is_absent_says_so(http):
    here, absent = parity.implemented(), 0
    for each in twilio_operations():
        if (each.method, shape(each.path)) in here:
            continue
        answer = http.request(each.method, shape(each.path).replace("{}", "XX" + "0" * 32))
        assert (answer.status_code, answer.json()["code"]) == (501, 20501), each
        assert each.name in answer.json()["message"]
        absent += 1
    assert absent


def test_what_twilio_does_not_have_is_not_found(http):
    for path in ("/v1/Conversation", "/v1/Interactions/KD0/Nothing", "/v3/Content"):
        assert (http.get(path).status_code, http.get(path).json()["code"]) == (404, 20404)
    assert http.delete("/v1/Interactions").status_code == 405


def test_the_status_of_flexs_errors(sandbox, twilio, routing, refused):
    sandbox.settings.flex_errors = "422"
    with refused(422, 45004):
        twilio.flex_api.v1.interaction.create(channel="no object", routing=routing())
    with refused(400, 50304):
        twilio.conversations.v1.conversations.create(attributes="no object")


def test_a_fetched_interaction_may_show_its_task(sandbox, twilio, open_one):
    sids = open_one()
    assert twilio.flex_api.v1.interaction(sids["interaction"]).fetch().routing is None
    sandbox.settings.fetched_routing = "task"
    shown = twilio.flex_api.v1.interaction(sids["interaction"]).fetch().routing
    assert shown["properties"]["sid"] == sids["task"]


@pytest.mark.parametrize("closed_name", ["kept", "freed"])
def test_the_unique_name_of_a_closed_conversation(sandbox, twilio, refused, closed_name):
    sandbox.settings.closed_name = closed_name
    conversations = twilio.conversations.v1.conversations
    first = conversations.create(unique_name="ada").update(state="closed")
    if closed_name == "kept":
        with refused(409, 50353):
            conversations.create(unique_name="ada")
        return
    second = conversations.create(unique_name="ada")
    assert conversations(first.sid).delete()
    assert conversations("ada").fetch().sid == second.sid


@pytest.mark.parametrize(("timers_from", "state"), [("last_message", "active"), ("creation", "inactive")])
def test_when_timers_begin(sandbox, twilio, timers_from, state):
    sandbox.settings.timers_from = timers_from
    made = twilio.conversations.v1.conversations.create(state="active", timers_inactive="PT10M")
    sandbox.clock.advance("9m")
    made.messages.create(body="Hello")
    sandbox.clock.advance("2m")
    assert made.fetch().state == state


@pytest.mark.parametrize(("date_updated", "moved"), [("keep", 0), ("move", 60)])
def test_whether_a_message_moves_the_date_of_its_conversation(sandbox, twilio, date_updated, moved):
    sandbox.settings.date_updated = date_updated
    made = twilio.conversations.v1.conversations.create()
    sandbox.clock.advance("1m")
    made.messages.create(body="Hello")
    assert (made.fetch().date_updated - made.date_updated).total_seconds() == moved


@pytest.mark.parametrize(("unaccepted_task", "status"), [("cancel", "canceled"), ("keep", "reserved")])
def test_a_task_that_nobody_accepted(sandbox, twilio, open_one, tasks, unaccepted_task, status):
    sandbox.settings.unaccepted_task = unaccepted_task
    sandbox.agent().accepts(after="1h")
    sids = open_one()
    twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"]).update(status="closed")
    assert tasks(sids["task"]).fetch().assignment_status == status


def test_a_task_may_be_canceled_through_taskrouter(sandbox, open_one, tasks, refused):
    sids = open_one()
    with refused(400, 20001):
        tasks(sids["task"]).update(assignment_status="canceled")
    sandbox.settings.cancel_task = "accept"
    assert tasks(sids["task"]).update(assignment_status="canceled").assignment_status == "canceled"
    assert sandbox.conversations[0].state == "closed"


@pytest.mark.parametrize(("declined_invite", "status"), [("cancel", "canceled"), ("wait", "pending")])
def test_an_invite_that_is_declined(sandbox, open_one, tasks, declined_invite, status):
    sandbox.settings.declined_invite = declined_invite
    sandbox.agent().declines(after="1m")
    sids = open_one()
    sandbox.clock.advance("2m")
    assert tasks(sids["task"]).fetch().assignment_status == status


def test_unknown_fields_may_be_ignored(sandbox, http):
    assert http.post("/v1/Conversations", data={"Colour": "blue"}).status_code == 400
    sandbox.settings.unknown_fields = "ignore"
    assert http.post("/v1/Conversations?Shape=round", data={"Colour": "blue"}).status_code == 201


def test_senders_may_have_to_be_the_accounts_own(sandbox, twilio, extra, refused):
    def bind(number: int, sender: str) -> None:
        twilio.conversations.v1.conversations.create().participants.create(
            messaging_binding_address=f"+1202555010{number}", messaging_binding_proxy_address=sender
        )

    bind(1, "+12025550199")
    sandbox.settings.unknown_sender = "refuse"
    bind(2, extra["sms_from"])
    with refused(400, 50408):
        bind(3, "+12025550199")


def test_a_short_code_as_sender(sandbox, twilio, refused):
    def bind(number: int, sender: str):
        return twilio.conversations.v1.conversations.create().participants.create(
            messaging_binding_address=f"+1202555010{number}", messaging_binding_proxy_address=sender
        )

    assert bind(1, "72975").messaging_binding["proxy_address"] == "72975"
    with refused(400, 50407):
        twilio.conversations.v1.conversations.create().participants.create(
            messaging_binding_address="72975", messaging_binding_proxy_address="+15005550006"
        )
    sandbox.settings.short_code = "refuse"
    with refused(400, 50408):
        bind(2, "72975")
    assert bind(3, "+15005550006").sid


@pytest.mark.parametrize("email_binding", ["set", "unset"])
def test_our_address_in_the_conversation_of_an_email(sandbox, twilio, open_one, email_binding):
    sandbox.settings.email_binding = email_binding
    opened = open_one(
        type="email",
        properties={"from": "us@example.com", "from_name": "Us"},
        participants=[{"level": "to", "name": "Ada", "address": "ada@example.com"}],
    )
    bindings = twilio.conversations.v1.conversations(opened["conversation"]).fetch().bindings
    ours = {"email": {"address": "us@example.com", "name": "Us"}}
    assert bindings == (ours if email_binding == "set" else {})


def test_the_order_of_conversations(sandbox, twilio):
    conversations = twilio.conversations.v1.conversations
    sids = [conversations.create().sid for _ in range(5)]
    assert [each.sid for each in conversations.list(page_size=2)] == sids
    sandbox.settings.list_order = "newest_first"
    assert [each.sid for each in conversations.list(page_size=2)] == sids[::-1]


@pytest.mark.parametrize(
    ("stop_reaches", "service", "elsewhere"),
    [
        ("one_sender", None, "delivered"),
        ("one_sender", "MG" + "1" * 32, "failed"),
        ("every_sender", None, "failed"),
    ],
)
def test_how_far_a_stop_reaches(sandbox, twilio, extra, stop_reaches, service, elsewhere):
    sandbox.settings.stop_reaches = stop_reaches
    customer, reached = "+12025550117", []
    given = {"messaging_service_sid": service} if service else {}
    for sender in (extra["sms_from"], "+12025550199"):
        made = twilio.conversations.v1.conversations.create(**given)
        made.participants.create(messaging_binding_address=customer, messaging_binding_proxy_address=sender)
        if not reached:
            made.messages.create(author=customer, body="STOP")
        message = made.messages.create(body="Hello")
        sandbox.clock.advance("1m")
        reached += [each.status for each in message.delivery_receipts.list()]
    assert reached == ["failed", elsewhere]


@pytest.mark.parametrize(("wrong_client", "code"), [("401", 20003), ("400", 20001)])
def test_wrong_credentials_of_a_client(sandbox, anybody, wrong_client, code):
    sandbox.settings.wrong_client = wrong_client
    form = {"grant_type": "client_credentials", "client_id": "OQ0", "client_secret": "no"}
    answer = anybody.post("/v2/token", data=form)
    assert (answer.status_code, answer.json()["code"]) == (int(wrong_client), code)
