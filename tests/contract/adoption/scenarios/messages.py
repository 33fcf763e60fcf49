"""Messages that were sent while the response was lost, and waits for what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.adoption.scenarios.registry import (
    CUSTOMERS,
    PHONE,
    PICTURE,
    TEMPLATE_VARIABLES,
    open_conversation,
    scenario,
    template_named,
    xcom,
)

if TYPE_CHECKING:
    from tests.contract.adoption.record import Recorder

SEND, REPLY = "SendConversationMessageOperator", "ConversationReplySensor"
TEXT = {"body": "Hello Ada, your order is late."}


@scenario("message_sms", "A text message by SMS, stopped anywhere.", channel="sms")
@scenario(
    "message_whatsapp",
    "A text within 24 hours of the customer's last message.",
    channel="whatsapp",
    asked=True,
)
@scenario("message_messenger", "A text on Messenger, within 24 hours.", channel="messenger", asked=True)
@scenario("message_chat", "A text message in a chat, stopped anywhere.", channel="chat")
@scenario("message_web", "A text message in a web chat, stopped anywhere.", channel="web")
@scenario("message_email", "An email, stopped anywhere.", channel="email", more={"subject": "Your order"})
def one_message(
    r: Recorder, channel: str, *, asked: bool = False, more: dict[str, Any] | None = None
) -> None:
    opened = open_conversation(r, channel)
    if asked:
        r.customer_says(opened["conversation_sid"], CUSTOMERS[channel], "Where is my order?")
    first = r.count
    r.task(SEND, "send", conversation_sid=xcom("open", "conversation_sid"), **TEXT, **(more or {}))
    r.cut(first + 1)
    r.cut_here()


@scenario("message_template", "A template on WhatsApp, stopped anywhere.")
def a_template(r: Recorder) -> None:
    open_conversation(r, "whatsapp")
    first = r.count
    r.task(
        SEND,
        "send",
        conversation_sid=xcom("open", "conversation_sid"),
        content_sid=template_named(r, "order_late"),
        content_variables=TEMPLATE_VARIABLES,
    )
    r.cut(first + 1)
    r.cut_here()


@scenario("message_template_in_place_of_text", "A text too late for WhatsApp, whose template was sent.")
def a_template_instead(r: Recorder) -> None:
    open_conversation(r, "whatsapp")
    first = r.count
    r.task(
        SEND,
        "send",
        conversation_sid=xcom("open", "conversation_sid"),
        **TEXT,
        on_closed_window="template",
        content_sid=template_named(r, "order_late"),
        content_variables=TEMPLATE_VARIABLES,
    )
    r.cut(first + 1)
    r.cut_here()


@scenario("message_media", "A message with a file, stopped anywhere: before and after the upload.")
def a_file(r: Recorder) -> None:
    open_conversation(r)
    first = r.count
    media = r.file("card.png", PICTURE)
    r.task(SEND, "send", conversation_sid=xcom("open", "conversation_sid"), **TEXT, media=media)
    r.cut(first + 1)
    r.cut_here()


@scenario("message_response_lost", "The response was lost, and the same process found the message.")
def response_lost(r: Recorder) -> None:
    open_conversation(r)
    first = r.count
    r.simulation.loses_response = lambda one: (one.method, one.path[-9:]) == ("POST", "/Messages")
    r.task(
        SEND, "send", conversation_sid=xcom("open", "conversation_sid"), **TEXT, attributes={"order": 4711}
    )
    r.simulation.loses_response = lambda _: False
    r.cut(first + 1)
    r.cut_here()


@scenario("message_idempotency_key", "A message under the user's own key.")
def under_the_users_key(r: Recorder) -> None:
    open_conversation(r)
    first = r.count
    r.task(
        SEND, "send", conversation_sid=xcom("open", "conversation_sid"), idempotency_key="late-4711", **TEXT
    )
    r.cut(first + 1)
    r.cut_here()


@scenario("open_and_message", "Opening and speaking, two tasks of one run, stopped anywhere.")
def opened_and_greeted(r: Recorder) -> None:
    open_conversation(r)
    r.task(SEND, "send", conversation_sid=xcom("open", "conversation_sid"), channel="sms", **TEXT)
    r.cut(1)
    r.cut_here()


@scenario("message_wait_delivered", "A message that was sent, and whose task is deferred until it arrives.")
def waits_for_the_receipt(r: Recorder) -> None:
    open_conversation(r)
    r.task(
        SEND,
        "send",
        conversation_sid=xcom("open", "conversation_sid"),
        **TEXT,
        wait_until="delivered",
        deferrable=True,
    )
    r.cut_here()
    r.resume("send")
    r.cut_here()


@scenario("message_hold_window", "A message that is held until the contact window opens.")
def held_for_the_window(r: Recorder) -> None:
    open_conversation(r)
    window = {"timezone": "America/New_York", "start": "12:00", "end": "18:00"}
    r.task(SEND, "send", conversation_sid=xcom("open", "conversation_sid"), contact_window=window, **TEXT)
    r.cut_here()
    first = r.count
    r.resume("send")
    r.cut(first + 1)
    r.cut_here()


@scenario("reply_wait", "A question was asked, and a sensor is deferred until the customer answers.")
def waits_for_a_reply(r: Recorder) -> None:
    conversation_sid = open_conversation(r)["conversation_sid"]
    where = xcom("open", "conversation_sid")
    r.task(SEND, "send", conversation_sid=where, **TEXT)
    r.task(
        REPLY,
        "wait",
        conversation_sid=where,
        after=xcom("send", "message_sid"),
        timeout="2d",
        deferrable=True,
    )
    r.cut_here()
    r.simulation.pass_time(3600)
    r.customer_says(conversation_sid, PHONE, "Tomorrow, please.")
    r.resume("wait")
    r.cut_here()


@scenario(
    "reply_wait_state_store", "A sensor that was told no message keeps in the state store after which one."
)
def waits_after_what_is_kept(r: Recorder) -> None:
    conversation_sid = open_conversation(r)["conversation_sid"]
    where = xcom("open", "conversation_sid")
    r.task(SEND, "send", conversation_sid=where, **TEXT)
    r.customer_says(conversation_sid, PHONE, "Who is this?")
    r.task(REPLY, "wait", conversation_sid=where, timeout="2d", deferrable=True)
    r.cut_here(then="clear")
    r.simulation.pass_time(60)
    r.customer_says(conversation_sid, PHONE, "Tomorrow, please.")
    r.cut_here(then="clear")
    r.resume("wait")
    r.cut_here()


@scenario("reply_events", "An asset's watcher has told of one reply, and kept how far it has told.")
def tells_of_replies(r: Recorder) -> None:
    conversation_sid = open_conversation(r)["conversation_sid"]
    r.simulation.pass_time(60)
    r.task("FlexReplyTrigger", "watch", dag_id="late_orders", poll_interval=30.0)
    r.customer_says(conversation_sid, PHONE, "One.")
    r.retry("watch")
    r.cut_here()
    r.customer_says(conversation_sid, PHONE, "Two.")
    r.retry("watch")
