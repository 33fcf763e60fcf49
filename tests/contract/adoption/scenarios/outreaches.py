"""Outreaches that stopped anywhere, on each channel and by each strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.contract.adoption.scenarios.registry import (
    LEASE,
    PHONE,
    VISIBLE,
    open_conversation,
    place_of,
    scenario,
)

if TYPE_CHECKING:
    from tests.contract.adoption.record import Recorder


@scenario(
    "open_sms_conversation_first", "An SMS outreach, by conversation_first, stopped anywhere.", channel="sms"
)
@scenario(
    "open_whatsapp_conversation_first", "A WhatsApp outreach, by conversation_first.", channel="whatsapp"
)
@scenario(
    "open_messenger_conversation_first", "A Messenger outreach, by conversation_first.", channel="messenger"
)
@scenario("open_chat_conversation_first", "A chat outreach, by conversation_first.", channel="chat")
@scenario("open_web_conversation_first", "A web chat outreach, by conversation_first.", channel="web")
def by_conversation_first(r: Recorder, channel: str) -> None:
    open_conversation(r, channel, strategy="conversation_first", attributes={"order": 4711})
    r.cut(1)
    r.cut_here()
    leased = r.content()["exchanges"][place_of(r, "CreateConversation") - 1]["at"]
    before_interaction = place_of(r, "CreateInteraction") - 1
    r.cut(1, before_interaction, delay=2, no_contact_before=leased + LEASE + VISIBLE)


@scenario("open_sms_one_call", "An SMS outreach, by one_call, stopped anywhere.", channel="sms")
@scenario("open_whatsapp_one_call", "A WhatsApp outreach, by one_call.", channel="whatsapp")
@scenario("open_messenger_one_call", "A Messenger outreach, by one_call.", channel="messenger")
@scenario("open_chat_one_call", "A chat outreach, by one_call.", channel="chat")
@scenario("open_web_one_call", "A web chat outreach, by one_call.", channel="web")
@scenario("open_email_one_call", "An email outreach, which one_call alone can open.", channel="email")
def by_one_call(r: Recorder, channel: str) -> None:
    more = {"subject": "Your order", "cc": ["bob@example.com"]} if channel == "email" else {}
    open_conversation(r, channel, strategy="one_call", attributes={"order": 4711}, **more)
    r.cut(1)
    r.cut_here()


@scenario("open_default_strategy", "An outreach whose strategy nobody chose.")
def by_default(r: Recorder) -> None:
    open_conversation(r)
    r.cut(1)
    r.cut_here()


@scenario("open_idempotency_key", "An outreach under the user's own key, begun by another run.")
def under_the_users_key(r: Recorder) -> None:
    open_conversation(r, idempotency_key="2026-11-23-customer-17")
    r.cut(1)
    r.cut_here()


@scenario("open_number_as_key", "An outreach under a number as its key, to a second sender of ours.")
def under_a_number(r: Recorder) -> None:
    open_conversation(r, idempotency_key=17, from_="+12025550190", initiated_by="api")
    r.cut(1)
    r.cut_here()


@scenario("open_mapped", "Two mapped instances of one task: the first is done, the second stopped anywhere.")
def mapped(r: Recorder) -> None:
    open_conversation(r, task_id="open", map_index=0)
    first = r.count
    r.task("CreateInteractionOperator", "open", map_index=1, channel="sms", to="+12025550118")
    r.cut(first + 1)
    r.cut_here()


@scenario(
    "open_retry_stopped", "A first try was killed before the interaction, and its retry was stopped too."
)
def retry_stopped(r: Recorder) -> None:
    r.task("CreateInteractionOperator", "open", killed_after=2, channel="sms", to=PHONE)
    first = r.count
    r.simulation.pass_time(300)
    r.retry("open")
    r.cut(first + 1)
    r.cut_here()
    taken = place_of(r, "UpdateConversation", first)
    leased = r.content()["exchanges"][taken - 1]["at"]
    window = VISIBLE + LEASE + VISIBLE
    r.cut(taken, taken, delay=2, no_contact_before=leased + window)


@scenario("open_whole_channel", "An outreach by Twilio's own Channel object.")
def whole_channel(r: Recorder) -> None:
    sender = r.simulation.sandbox.connection()["extra"]["sms_from"]
    channel = {
        "type": "sms",
        "initiated_by": "agent",
        "properties": {"type": "sms"},
        "participants": [{"address": PHONE, "proxy_address": sender, "type": "customer"}],
    }
    r.task("CreateInteractionOperator", "open", channel=channel, attributes={"order": 4711})
    r.cut(1)
    r.cut_here()


@scenario("open_given_conversation", "A conversation that was given as media_channel_sid is routed.")
def given_conversation(r: Recorder) -> None:
    sid = r.conversation_of_a_customer("sms", PHONE)
    first = r.count
    r.task(
        "CreateInteractionOperator",
        "route",
        channel="sms",
        initiated_by="customer",
        media_channel_sid=sid,
    )
    r.cut(first + 1)
    r.cut_here()
    leased = r.content()["exchanges"][place_of(r, "UpdateConversation", first) - 1]["at"]
    r.cut(
        place_of(r, "UpdateConversation", first),
        place_of(r, "CreateInteraction", first) - 1,
        delay=2,
        no_contact_before=leased + LEASE + VISIBLE,
    )


@scenario("open_join", "The customer was talking with us already, and that conversation was joined.")
def joined(r: Recorder) -> None:
    open_conversation(r, task_id="open_first")
    first = r.count
    open_conversation(r, task_id="open_second", on_open_conversation="join")
    r.cut(first + 1)
    r.cut_here()


@scenario("open_ended_conversation_first", "An outreach that an agent has finished: its task is gone.")
@scenario("open_ended_one_call", "The same, opened by one_call.", strategy="one_call")
def ended(r: Recorder, **more: str) -> None:
    opened = open_conversation(r, attributes={"order": 4711}, **more)
    r.simulation.pass_time(60)
    r.agent_does(opened["task_sid"], "complete")
    r.simulation.pass_time(3600)
    r.cut_here()


@scenario("open_wait_assigned", "An outreach that is deferred until an agent takes it.")
def waits_for_an_agent(r: Recorder) -> None:
    given = {"channel": "sms", "to": PHONE, "wait_until": "assigned", "deferrable": True}
    deferred = r.task("CreateInteractionOperator", "open", **given)
    r.cut_here()
    r.agent_does(deferred["xcoms"]["task_sid"], "accept")
    r.resume("open")
    r.cut_here()


@scenario("open_hold_window", "An outreach that is held until the contact window opens.")
def held_for_the_window(r: Recorder) -> None:
    window = {"timezone": "America/New_York", "start": "12:00", "end": "18:00"}
    open_conversation(r, contact_window=window)
    r.cut_here()
    first = r.count
    r.resume("open")
    r.cut(first + 1)
    r.cut_here()


@scenario("open_hold_agents", "An outreach that is held until an agent is available.")
def held_for_agents(r: Recorder) -> None:
    r.agents({"goes": "Offline"})
    r.task(
        "CreateInteractionOperator",
        "open",
        channel="sms",
        to=PHONE,
        require_available_agents=True,
        available_timeout="2h",
    )
    r.cut_here()
    r.agents({"goes": "Available"})
    r.resume("open")
    r.cut_here()
