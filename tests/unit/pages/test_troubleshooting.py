"""Each error of the page on troubleshooting, provoked: what a user sees has the words of its heading."""

from __future__ import annotations

import dataclasses
import re
import socket
import sys
from collections.abc import Callable

import pytest

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.notifications.flex import FlexNotifier
from airflow_provider_flexout.operators.bulk import BulkOutreachOperator
from airflow_provider_flexout.operators.conversation import CreateConversationOperator
from airflow_provider_flexout.operators.interaction import CloseInteractionOperator
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.interaction.conversation_first import ConversationFirst
from airflow_provider_flexout.outreach.message.send_once import send_once
from airflow_provider_flexout.outreach.values.plain import user_key
from airflow_provider_flexout.retry_policies.flex import flex_retry_policy
from airflow_provider_flexout.sensors.reply import ConversationReplySensor
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    delete_conversation_webhook,
    fetch_conversation,
    list_conversation_webhooks,
    update_conversation,
)
from tests.outreach_request import request_of
from tests.paths import DOCS
from tests.unit.moments import at
from tests.unit.operators.test_interaction import create, send
from tests.unit.pages.user import ADA, BOB, KEY, User, connected, without_waiting
from tests.version_compat import TaskDeferred

SID = "CH" + 32 * "0"
NIGHT, MORNING = "2026-11-23T03:00:00+00:00", "2026-11-23T14:00:00+00:00"
PAGE = (DOCS / "troubleshooting.md").read_text("utf-8")
HEADINGS = [
    words for heading in re.findall(r"^### (.*)$", PAGE, re.M) for words in re.findall(r"`([^`]+)`", heading)
]


def wrong_field(user):
    user.use_connection(sms_form="+12025550100")
    user.open()


def no_default(user):
    user.use_connection(sms_from="")
    user.open()


def no_connection(user):
    user.fixture("airflow_database")
    user.monkeypatch.delenv("AIRFLOW_CONN_FLEXOUT_DEFAULT")
    user.open()


def zipped(user):
    dag, log = user.fixture("dags").dags["places_that_shift"], user.fixture("capfd")
    dag.test()
    raise AssertionError("".join(log.readouterr()))


def policy_on_older_airflow(user):
    user.monkeypatch.setitem(sys.modules, "airflow.sdk.definitions.retry_policy", None)
    flex_retry_policy()


def two_conversations(user):
    for key in ("first", "second"):
        user.open(idempotency_key=key)


def at_night(user):
    with at(NIGHT, user.served):
        FlexHook().open_once(channel="sms", to=ADA, contact_window={}, idempotency_key="ada")


def never_open(user):
    user.open(contact_window={"timezone": "UTC", "blackout": "2020-01-01/2099-01-01"})


def no_zone(user):
    window = {"timezone": "recipient", "unknown_zone": "fail"}
    user.open(channel="email", to="ada@example.com", strategy="one_call", contact_window=window)


def whatsapp(user, **message):
    opened = user.open(channel="whatsapp", to=f"whatsapp:{ADA}")
    user.run(send(opened["conversation_sid"], **message))


def paused_template(user):
    whatsapp(user, body=None, content_sid=user.template("survey"), content_variables={"1": "Ada"})


def nobody_listens(user):
    opened = user.run(CreateConversationOperator(task_id="open", channel="sms", to=ADA))
    sid = opened.xcoms["return_value"]["conversation_sid"]
    [page] = user.twilio(list_conversation_webhooks(sid))
    user.twilio(*(delete_conversation_webhook(sid, one.sid) for one in page.items))
    user.served.clock.advance("2m")  # nobody has a lease any more
    user.run(send(sid))


def deleted_conversation(user):
    user.run(send(SID))


def closed_conversation(user):
    opened = user.open()
    user.run(CloseInteractionOperator(task_id="close", interaction_sid=opened["interaction_sid"]))
    user.run(ConversationReplySensor(task_id="wait", conversation_sid=opened["conversation_sid"]))


def nobody_available(user):
    user.served.agent().goes("Break")
    operator = create(initiated_by="api", require_available_agents=True, available_timeout="1h")
    with at(NIGHT, user.served), pytest.raises(TaskDeferred) as held:
        user.run(operator)
    with at(MORNING, user.served):
        user.run(operator, resume=held.value)


def no_filter(user):
    delivery = {"expression": "topic == 'delivery'", "targets": [{"queue": "WQ" + 32 * "0"}]}
    user.served.workflow({"task_routing": {"filters": [delivery]}})
    user.open(initiated_by="api", wait_until="assigned")


def too_short_a_wait(user):
    opened = user.open()
    FlexHook().interactions.wait(
        opened["interaction_sid"], opened["task_sid"], until="completed", timeout="1s"
    )


def undelivered(user):
    user.served.customer(ADA).fails(30007)
    user.run(send(user.open()["conversation_sid"], wait_until="delivered"))


def campaign(user, contacts):
    user.run(BulkOutreachOperator(task_id="reach", contacts=contacts, message="Late", channel="sms"))


def another_id(user):
    for name in ("first", "second"):
        contacts = [{"to": ADA, "id": name}]
        reach = BulkOutreachOperator(
            task_id=name,
            contacts=contacts,
            message="Late",
            channel="sms",
            campaign="late",
            results=str(user.fixture("tmp_path") / name),
        )
        user.run(reach)
    raise AssertionError((user.fixture("tmp_path") / "second").read_text("utf-8"))


def unregistered_sender(user):
    user.monkeypatch.setattr("airflow_provider_flexout.bulk.receipts.sender_check.LAST_WAIT", 60.0)
    user.served.customer().fails(30034, after=0)
    campaign(user, [{"to": ADA}, {"to": BOB}])


def notified_in_part(user):
    people, log = ["{{ '+1202555019' }}", ADA], user.fixture("capsys")
    FlexNotifier(channel="sms", to=people, body="Late", idempotency_key="late")({})
    raise AssertionError("".join(log.readouterr()))


def one_key_for_two(user):
    for customer in (ADA, BOB):
        user.open(to=customer, idempotency_key="2026-11-22")


def foreign_name(user):
    name = durable.unique_name(user_key(durable.KeyKind.INTERACTION, "taken"))
    user.twilio(create_conversation(unique_name=name))
    user.open(idempotency_key="taken")


def record_changed(user, **changes):
    sid = user.open()["conversation_sid"]
    [conversation] = user.twilio(fetch_conversation(sid))
    attributes = dict(conversation.attribute_object)
    attributes[durable.RECORD_ATTRIBUTE] |= changes
    user.twilio(update_conversation(sid, attributes=attributes))
    user.open(try_number=2)


def deleted_after_it_was_opened(user):
    user.twilio(delete_conversation(user.open()["conversation_sid"]))
    user.open(try_number=2)


def foreign_sid(user):
    user.run(CloseInteractionOperator(task_id="close", interaction_sid="KD" + 32 * "0"))


def throttled(user):
    user.served.faults.rate_limit("CreateConversation", retry_after=3600, times=None)
    user.open()


def unreachable(user):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    user.use_connection(base_url=f"http://127.0.0.1:{port}")
    user.open()


@without_waiting
def no_response(sandbox, draft, defaults):
    sandbox.faults.fail("ListConversationMessage", 503, times=None)
    return send_once(draft)


@without_waiting
def lost_requests(sandbox, draft, defaults):
    sandbox.faults.lose_request("CreateConversationMessage", times=None)
    return send_once(draft)


@without_waiting
def no_look(sandbox, draft, defaults):
    sandbox.faults.drop_response("CreateConversationMessage")
    sandbox.faults.rate_limit("ListConversationMessage", retry_after=3600, times=None)
    return send_once(draft, first_attempt=True)


@without_waiting
def locked(sandbox, draft, defaults):
    sandbox.faults.fail("CreateConversation", 409, code=50353, times=None)
    return send_once(dataclasses.replace(draft, shared_key=True), clock=sandbox.clock.time)


@without_waiting
def vanishing_name(sandbox, draft, defaults):
    sandbox.faults.fail("CreateConversation", 409, code=50353, times=None)
    request = request_of(key=KEY, channel="sms", to=BOB, defaults=defaults)
    return ConversationFirst(request, "first", sandbox.clock.time).open()


PROVOCATIONS: dict[str, Callable[[User], object]] = {
    "missing. No Airflow task is running here": lambda _: FlexHook().open_once(channel="sms", to=ADA),
    "isn't defined": no_connection,
    "in the extra of the connection": no_default,
    "did the task that it comes from run and push its XCom?": lambda user: user.run(send("None")),
    "a template whose text is sent cannot read": lambda user: user.run(send(SID, body="{{ var.value.x }}")),
    "did you mean": wrong_field,
    "is not used; a URL in place of Twilio's hosts is base_url": connected(host="localhost"),
    "an account SID (AC…), an API key SID (SK…) or an OAuth client id (OQ…)": connected(login="flex"),
    "zip pairs results by their positions": zipped,
    "flex_retry_policy needs Airflow 3.3 or newer": policy_on_older_airflow,
    "already has an open conversation with this sender": two_conversations,
    "Held until": at_night,
    "The contact window does not open in a year": never_open,
    "It is not known when the customer may be contacted": no_zone,
    "takes free text for": whatsapp,
    "by WhatsApp": paused_template,
    "Nobody would see a reply in conversation": nobody_listens,
    "There is no conversation": deleted_conversation,
    "was closed before the customer replied": closed_conversation,
    "Nobody could take the conversation for": nobody_available,
    "no agent took it": no_filter,
    "and it has not happened": too_short_a_wait,
    "Message … is …": undelivered,
    "Stopped after": unregistered_sender,
    "the same person was contacted by this campaign in": another_id,
    "Nobody was reached": lambda user: campaign(user, [{"to": "202-555-0117"}]),
    "Not everybody was notified": notified_in_part,
    "One idempotency key, two outreaches": one_key_for_two,
    "but not the record of this provider": foreign_name,
    "cannot be read: in the attribute": lambda user: record_changed(user, sids=7),
    "It is not known whether": no_look,
    "keeps appearing and vanishing": vanishing_name,
    "hold its lock for too long": locked,
    "To contact the customer again, choose another idempotency_key": deleted_after_it_was_opened,
    "reads version": lambda user: record_changed(user, v=99),
    "Check login and password of the connection, and what the key may use": connected(password="old"),
    "Check that the SID belongs to this account and has not been deleted": foreign_sid,
    "Send less at once": throttled,
    "ConnectionFailed": unreachable,
    "ServiceUnavailable": no_response,
    "OutcomeUnknown": lost_requests,
}


def test_each_error_of_the_page_is_provoked():
    assert list(PROVOCATIONS) == HEADINGS


@pytest.mark.parametrize(("words", "provoke"), PROVOCATIONS.items(), ids=list(PROVOCATIONS))
def test_the_user_sees_the_words(request, words, provoke):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of which kind, the words below say
        provoke(User(request))
    seen = f"{caught.type.__name__}: {caught.value}"
    assert re.search(re.escape(words).replace("…", ".+"), seen)
    assert not any(number in seen for number in (ADA, BOB))
