"""Messages: authors, indexes, delivery receipts, and what carriers and WhatsApp refuse."""

from __future__ import annotations

import pytest

CUSTOMER = "+15005550010"
PROXY = "+15005550006"


@pytest.fixture
def talk(twilio):
    """Make a conversation with a customer."""

    def make(address=CUSTOMER, proxy=PROXY):
        made = twilio.conversations.v1.conversations.create()
        made.participants.create(messaging_binding_address=address, messaging_binding_proxy_address=proxy)
        return made

    return make


def statuses(message):
    return [(each.status, each.error_code) for each in message.delivery_receipts.list()]


def test_messages_are_counted_from_nothing(sandbox, talk):
    made = talk()
    first = made.messages.create(body="one", attributes='{"k": 1}')
    second = made.messages.create(body="two", author="pipeline", subject="Hi")
    assert (first.index, second.index) == (0, 1)
    assert (first.author, second.author) == ("system", "pipeline")
    assert first.participant_sid is None
    assert [each.body for each in made.messages.list(order="desc")] == ["two", "one"]
    assert second.delete()
    assert made.messages.create(body="three").index == 2
    assert [each.index for each in made.messages.list()] == [0, 2]
    assert first.fetch().update(body="eins").body == "eins"
    assert [each.role for each in sandbox.conversation(made.sid).transcript] == ["system", "system"]


def test_messages_arrive(sandbox, talk):
    sandbox.customer().receives(after="2s")
    message = talk().messages.create(body="hello")
    nothing = dict.fromkeys(("sent", "delivered", "read", "failed", "undelivered"), "none")
    assert message.delivery == nothing | {"total": 1}
    assert statuses(message) == []
    sandbox.clock.advance("1s")
    assert statuses(message) == [("sent", 0)]
    sandbox.clock.advance("1s")
    assert message.fetch().delivery == nothing | {"total": 1, "sent": "all", "delivered": "all"}
    [receipt] = message.delivery_receipts.list()
    assert receipt.fetch().status == "delivered"
    assert receipt.channel_message_sid.startswith("SM")
    assert (receipt.date_updated - receipt.date_created).total_seconds() == 1


def test_some_of_several_recipients(sandbox, talk):
    made = talk()
    made.participants.create(messaging_binding_address="+15005550011", messaging_binding_proxy_address=PROXY)
    sandbox.customer("+15005550011").receives(after="1h")
    message = made.messages.create(body="hello")
    sandbox.clock.advance("10s")
    assert message.fetch().delivery["total"] == 2
    assert message.fetch().delivery["delivered"] == "some"


def test_chat_has_no_receipts(sandbox, twilio):
    made = twilio.conversations.v1.conversations.create()
    made.participants.create(identity="guest_42")
    message = made.messages.create(body="x" * 2000)
    sandbox.clock.advance("1h")
    assert message.fetch().delivery is None
    assert statuses(message) == []


def test_the_customers_address_as_author_counts_as_the_customer(sandbox, talk):
    made = talk()
    inbound = made.messages.create(author=CUSTOMER, body="hi")
    sandbox.clock.advance("10s")
    [person] = made.participants.list()
    assert inbound.fetch().participant_sid == person.sid
    assert inbound.fetch().delivery is None
    [shown] = sandbox.conversation(made.sid).transcript
    assert (shown.role, shown.body) == ("customer", "hi")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, ("undelivered", 30007)),
        ({"code": 30005}, ("undelivered", 30005)),
        ({"code": 21211}, ("failed", 21211)),
        ({"code": 30005, "status": "failed"}, ("failed", 30005)),
    ],
)
def test_messages_can_fail(sandbox, talk, script, expected):
    sandbox.customer(CUSTOMER).fails(**script)
    message = talk().messages.create(body="hello")
    sandbox.clock.advance("1s")
    assert statuses(message) == [expected]
    assert message.fetch().delivery[expected[0]] == "all"
    assert sandbox.messages[0].error_codes == (expected[1],)


def test_who_opted_out_gets_no_more(sandbox, talk):
    made = talk()
    sandbox.customer(CUSTOMER).opts_out()
    message = made.messages.create(body="hello")
    sandbox.clock.advance("1s")
    assert statuses(message) == [("failed", 21610)]


@pytest.mark.parametrize(
    ("stop", "start"),
    [
        ("Stop ", "START"),
        ("STOPALL", "yes"),
        ("unsubscribe", "Unstop"),
        ("cancel", "start"),
        ("END", "YES"),
        ("Quit", "start"),
        ("revoke", "start"),
        ("OptOut", "start"),
    ],
)
def test_stop_and_start_are_heard(sandbox, talk, stop, start):
    made = talk()
    sandbox.customer(CUSTOMER).says(f"please {stop}", in_conversation=made.sid)
    sandbox.customer(CUSTOMER).says(stop, in_conversation=made.sid)
    refused = made.messages.create(body="hello")
    sandbox.customer(CUSTOMER).says(f"please {start}", in_conversation=made.sid)
    sandbox.customer(CUSTOMER).says(start)
    heard = made.messages.create(body="hello")
    sandbox.clock.advance("1s")
    assert statuses(refused) == [("failed", 21610)]
    assert statuses(heard) == [("delivered", 0)]


def test_whatsapp_wants_a_template_outside_of_the_window(sandbox, talk):
    made = talk(f"whatsapp:{CUSTOMER}", f"whatsapp:{PROXY}")
    sandbox.customer().receives(after="1s", reads_after="3s")
    free = made.messages.create(body="hello")
    approved = next(each.sid for each in sandbox.templates if each.status == "approved")
    template = made.messages.create(content_sid=approved, content_variables='{"1": "Ada", "2": "4711"}')
    sandbox.clock.advance("5s")
    assert statuses(free) == [("failed", 63016)]
    assert statuses(template) == [("read", 0)]
    assert template.fetch().body is None
    assert template.delivery_receipts.list()[0].channel_message_sid.startswith("WA")
    sandbox.customer(f"whatsapp:{CUSTOMER}").says("hi")
    inside = made.messages.create(body="hello")
    sandbox.clock.advance("86401s")
    outside = made.messages.create(body="hello")
    sandbox.clock.advance("5s")
    assert statuses(inside) == [("read", 0)]
    assert statuses(outside) == [("failed", 63016)]


def test_sms_is_never_read(sandbox, talk):
    sandbox.customer().receives(after="1s", reads_after="2s")
    message = talk().messages.create(body="hello")
    sandbox.clock.advance("1h")
    assert statuses(message) == [("delivered", 0)]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, 20001),
        ({"body": ""}, 20001),
        ({"body": "x" * 1601}, 21617),
        ({"body": "x", "attributes": "{"}, 20001),
        ({"body": "x", "attributes": '{"a": "' + "x" * 4096 + '"}'}, 20001),
        ({"body": "x", "subject": "x" * 257}, 20001),
        ({"body": "x", "subject": "Late\r\nBcc: all@example.com"}, 20001),
        ({"media_sid": "ME1"}, 20001),
        ({"content_sid": "HX1"}, 20001),
        ({"content_sid": "HX" + "1" * 32, "content_variables": '{"1": 1}'}, 20001),
        ({"content_sid": "HX" + "1" * 32, "content_variables": "Ada"}, 20001),
        ({"body": "x", "content_variables": "{}"}, 20001),
        ({"content_sid": "HX" + "1" * 32}, 21655),
        ({"media_sid": "ME" + "1" * 32}, 20001),
    ],
)
def test_wrong_messages_are_refused(sandbox, talk, refused, form, code):
    made = talk()
    with refused(400, code):
        made.messages.create(**form)
    assert sandbox.messages == []


def test_longest_bodies(talk):
    assert talk().messages.create(body="x" * 1600).body == "x" * 1600


def test_what_does_not_exist_is_not_found(twilio, talk, refused):
    made = talk()
    message = made.messages.create(body="x")
    with refused(404, 20404):
        twilio.conversations.v1.conversations("CH" + "0" * 32).messages.list()
    with refused(404, 20404):
        made.messages("IM" + "0" * 32).fetch()
    with refused(404, 20404):
        made.messages(message.sid).delivery_receipts("DY" + "0" * 32).fetch()
