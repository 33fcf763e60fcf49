"""Message templates: made, submitted, decided on, sent."""

from __future__ import annotations

import json

import pytest
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

CUSTOMER, SENDER = "+15005550010", "+15005550006"


@pytest.fixture
def template(twilio):
    """Make a template with two placeholders and a sample for one."""

    def make(body: str = "Hello {{1}}, {{when}}?", **changes):
        given = {
            "language": "en",
            "variables": {"1": "Ada"},
            "types": {"twilio/text": {"body": body}},
        } | changes
        return twilio.content.v1.contents.create(ContentList.ContentCreateRequest(given))

    return make


@pytest.fixture
def send(sandbox, twilio):
    """Send a template to a customer; give what became of it."""

    def sent(sid: str, variables: dict[str, str], channel: str = "whatsapp", *, window_open: bool = False):
        prefix = "" if channel == "sms" else f"{channel}:"
        talk = twilio.conversations.v1.conversations.create()
        talk.participants.create(
            messaging_binding_address=prefix + CUSTOMER, messaging_binding_proxy_address=prefix + SENDER
        )
        if window_open:
            sandbox.customer(prefix + CUSTOMER).says("Hello?", in_conversation=talk.sid)
        message = talk.messages.create(content_sid=sid, content_variables=json.dumps(variables))
        sandbox.clock.advance("5s")
        (receipt,) = message.delivery_receipts.list()
        return receipt.status, receipt.error_code

    return sent


def named(sandbox, name: str) -> str:
    return next(each.sid for each in sandbox.templates if each.name == name)


def test_a_template_from_its_making_to_its_approval(sandbox, twilio, template, send):
    made = template()
    content = twilio.content.v1.contents(made.sid)
    assert content.approval_fetch().fetch().whatsapp["status"] == "unsubmitted"
    request = ApprovalCreateList.ContentApprovalRequest({"name": "when", "category": "UTILITY"})
    content.approval_create.create(request)
    assert content.approval_fetch().fetch().whatsapp["status"] == "received"
    sandbox.decide(made.sid, "rejected", "Too short.")
    refused = content.approval_fetch().fetch().whatsapp
    assert (refused["status"], refused["rejection_reason"]) == ("rejected", "Too short.")
    sandbox.decide(made.sid, "approved")
    assert send(made.sid, {"1": "Ada", "when": "today"}) == ("delivered", 0)


@pytest.mark.parametrize(
    ("name", "outside", "inside"),
    [
        ("order_late", 0, 0),
        ("win_back", 63016, 0),
        ("quick_answer", 63016, 0),
        ("price_drop", 63040, 63040),
        ("survey", 63041, 63041),
        ("old_offer", 63042, 63042),
    ],
)
def test_whatsapp_takes_what_it_has_approved(sandbox, send, name, outside, inside):
    sid = named(sandbox, name)
    variables = next(each.variables for each in sandbox.templates if each.name == name)
    assert send(sid, variables)[1] == outside
    sandbox.reset()
    assert send(sid, variables, window_open=True)[1] == inside
    sandbox.reset()
    assert send(sid, variables, "sms") == ("delivered", 0)


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"1": "Ada", "when": "today"}, 0),
        ({"when": "today"}, 0),  # the sample takes the place of the first
        ({"1": "Ada"}, 63028),
        ({"1": "Ada", "when": "today", "2": "x"}, 63028),
        ({"1": "", "when": "today"}, 63013),
        ({"1": "Ada     L", "when": "today"}, 63013),
        ({"1": "Ada\nL", "when": "today"}, 63013),
        ({"1": "A" * 1024, "when": "today"}, 63021),
    ],
)
def test_variables_have_to_fit(sandbox, template, send, variables, code):
    sid = template().sid
    sandbox.decide(sid, "approved")
    assert send(sid, variables)[1] == code


def test_messenger_has_a_window_too(sandbox, twilio, extra):
    talk = twilio.conversations.v1.conversations.create()
    talk.participants.create(
        messaging_binding_address="messenger:1", messaging_binding_proxy_address=extra["messenger_from"]
    )
    closed = talk.messages.create(body="Hello")
    sandbox.customer("messenger:1").says("Hello?")
    is_open = talk.messages.create(body="Hello")
    sandbox.clock.advance("5s")
    assert [one.delivery_receipts.list()[0].error_code for one in (closed, is_open)] == [63016, 0]


@pytest.mark.parametrize(
    "changes",
    [{"language": None}, {"types": None}, {"types": {}}, {"types": {"twilio/text": {"body": "{{a b}}"}}}],
)
def test_wrong_templates_are_refused(sandbox, template, refused, changes):
    with refused(400, 20001):
        template(**changes)
    assert len(sandbox.templates) == 6


def test_a_form_is_no_json(http):
    answer = http.post("/v1/Content", data={"language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_decisions_over_http(anybody, sandbox):
    decided = anybody.post("/sandbox/templates", json={"template": "win_back", "status": "approved"})
    assert decided.json()["status"] == "approved"
    shown = anybody.get("/sandbox/templates").json()["templates"]
    assert {each["name"]: each["status"] for each in shown}["win_back"] == "approved"
    for wrong in ({"template": "nothing", "status": "approved"}, {"template": "win_back", "status": "fine"}):
        assert anybody.post("/sandbox/templates", json=wrong).status_code == 400
