"""The outreach that all histories are about, and what Twilio must hold of it in the end."""

from __future__ import annotations

from typing import Any

from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.interaction.open_once import open_once
from airflow_provider_flexout.outreach.interaction.request import InteractionResult
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.send_once import SentMessage, send_once
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from airflow_provider_flexout.twilio.http.call import Procedure
from tests.crash.stage import Attempt, Stage
from tests.outreach_request import request_of

CUSTOMER = "+12025550117"
CUSTOMERS = {
    "sms": CUSTOMER,
    "whatsapp": f"whatsapp:{CUSTOMER}",
    "messenger": "messenger:24381250",
    "chat": "guest_42",
    "web": "guest_42",
    "email": "ada@example.com",
}
"""The customer, as each channel knows them."""

FORMS = ("whatsapp:+525512345678", "whatsapp:+5215512345678")
"""A customer whose number has two forms, which Twilio takes for two people."""

USER_ID = "whatsapp:US.24681357902468135790"
"""A customer on WhatsApp without a number."""


def open_outreach(
    stage: Stage, *, on_open_conversation: str = "fail", **arguments: Any
) -> Procedure[InteractionResult]:
    """One try at the outreach; by default the first, by SMS, with tries to follow."""
    defaults = ConnectionDefaults.from_extra("flexout_default", stage.sandbox.connection()["extra"])
    named = {
        "key": derive_key("once"),
        "channel": "sms",
        "to": CUSTOMER,
        "customer_name": "Ada",
        "defaults": defaults,
    } | arguments
    return open_once(request_of(**named), on_open_conversation=on_open_conversation, clock=stage.now)


def send_message(
    stage: Stage, conversation_sid: str, *, first_attempt: bool = False, key: str = "hello", **arguments: Any
) -> Procedure[SentMessage]:
    """One try at the message; by default plain text."""
    words = {} if "content_sid" in arguments else {"body": "Hello, Ada."}
    draft = MessageDraft(derive_key(key), conversation_sid, **(words | arguments))
    return send_once(draft, first_attempt=first_attempt, clock=stage.now)


def conversation_in(stage: Stage, channel: str = "sms") -> str:
    """Make a conversation with the customer, and give its SID."""
    sender = stage.sandbox.connection()["extra"][f"{channel}_from"]

    def made() -> Procedure[str]:
        conversation = yield create_conversation(unique_name="somewhere")
        yield create_participant(conversation.sid, address=CUSTOMERS[channel], proxy_address=sender)
        return str(conversation.sid)

    attempt = Attempt(stage, made())
    stage.play()
    return str(attempt.result)


def is_lock(conversation: Any) -> bool:
    """Say whether an empty conversation stands for a lock."""
    return str(conversation.unique_name).startswith("flexout_lock_")


def open_locks(sandbox: Sandbox) -> list[str]:
    """List the locks that have not come to an end."""
    return [one.sid for one in sandbox.conversations if is_lock(one) and one.state != "closed"]


def counted(sandbox: Sandbox) -> dict[str, int]:
    """Count what the sandbox holds, but for the lock of an attempt that was killed."""
    customers = {*CUSTOMERS.values(), *FORMS, USER_ID}
    return {
        "conversations": len([one for one in sandbox.conversations if not is_lock(one)]),
        "customers": sum(bool({one.address, one.identity} & customers) for one in sandbox.participants),
        "interactions": len(sandbox.interactions),
        "tasks": len(sandbox.tasks),
    }


ONE_OF_EACH = {"conversations": 1, "customers": 1, "interactions": 1, "tasks": 1}


def right_sids(sandbox: Sandbox) -> dict[str, Any]:
    """The XComs that every attempt has to end with, ``created`` left aside, read from the sandbox."""
    (interaction,) = sandbox.interactions
    (task,) = sandbox.tasks
    return {
        "interaction_sid": interaction.sid,
        "channel_sid": interaction.channel_sid,
        "conversation_sid": interaction.conversation_sid,
        "task_sid": task.sid,
        "invite_sid": task.attributes["flexChannelInviteSid"],
        "channel_type": interaction.channel_type,
    }


def sids_of(opened: InteractionResult) -> dict[str, Any]:
    """An attempt's XComs, ``created`` left aside."""
    return {name: value for name, value in opened.as_dict().items() if name != "created"}
