"""Example DAGs as a table: what each one finds when it begins, and what it leaves in the sandbox.

``dag.test()`` runs them one by one, a real Airflow all at once, so each has a customer of its own.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_flexout.demo.late_deliveries import create_table, late_ones
from airflow_provider_flexout.sandbox import Sandbox
from airflow_provider_flexout.sandbox.inspect.views import ConversationView, TaskView
from airflow_provider_flexout.sandbox.wire.http import HttpRequest
from tests.paths import EXAMPLES as FOLDER

ASKED = ("+12025550186", "+12025550187")
LATE = [delivery.phone for delivery in late_ones()][:2]


@dataclass
class Given:
    """What an example begins with: the run's parameters, and connections beside ``flexout_default``."""

    conf: dict[str, Any] = field(default_factory=dict)
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Example:
    """One file of the folder.

    :param given: makes what it begins with, told the sandbox and a folder for files.
    :param check: looks at what it has left.
    """

    given: Callable[[Sandbox, Path], Given]
    check: Callable[[Sandbox], None]


def with_customer(sandbox: Sandbox, who: str) -> tuple[ConversationView, TaskView]:
    """The one conversation of a customer, and its first task."""
    (found,) = [
        one
        for one in sandbox.conversations
        if any(who in {each.address, each.identity} for each in one.participants)
    ]
    tasks = [one for one in sandbox.tasks if one.conversation_sid == found.sid]
    return found, tasks[0]


def said(conversation: ConversationView) -> list[str | None]:
    return [one.body for one in conversation.transcript]


def who_replies(sandbox: Sandbox, _folder: Path) -> Given:
    for phone in ASKED:
        sandbox.customer(phone).replies("Yes, please", after="1s")
    return Given(conf=dict(zip(("by_studio", "by_pipeline"), ASKED, strict=True)))


def check_agent_on_reply(sandbox: Sandbox) -> None:
    sandbox.clock.advance("1m")  # no task waits for the reply that Studio takes
    for phone in ASKED:
        conversation, task = with_customer(sandbox, phone)
        assert said(conversation)[1] == "Yes, please"
        assert str(task.attributes["order"]) == "4711"
        assert task.attributes["initiatedBy"] == "customer"
        assert [one.sid for one in sandbox.tasks if one.conversation_sid == conversation.sid] == [task.sid]


def late_deliveries(_sandbox: Sandbox, folder: Path) -> Given:
    table = folder / "late_deliveries.db"
    create_table(table)
    with closing(sqlite3.connect(table)) as database, database:
        database.execute("UPDATE late_deliveries SET days_late = 0 WHERE phone NOT IN (?, ?)", LATE)
    return Given(connections={"late_deliveries_db": {"conn_type": "sqlite", "host": str(table)}})


def check_late_deliveries(sandbox: Sandbox) -> None:
    """Two days late, and five: the one gets an agent who replies, the other one has an agent."""
    for phone, lateness in zip(LATE, (2, 5), strict=True):
        sandbox.customer(phone).says("Where is it?")
        sandbox.clock.advance("1m")
        conversation, task = with_customer(sandbox, phone)
        assert (conversation.state, task.status, len(conversation.transcript)) == ("active", "assigned", 2)
        assert f"is late by {lateness} days. We are sorry!" in str(said(conversation)[0])
        assert task.attributes["days_late"] == lateness
        assert task.attributes["initiatedBy"] == ("customer" if lateness == 2 else "agent")


def check_escalation(sandbox: Sandbox) -> None:
    conversation, _ = with_customer(sandbox, "+12025550180")
    first, second = (one for one in sandbox.tasks if one.conversation_sid == conversation.sid)
    assert (first.status, second.status) == ("completed", "completed")
    assert first.queue_sid != second.queue_sid
    assert second.attributes["order"] == {"number": "A-1001", "worth": 4200}
    assert second.attributes["why"] == "worth a lot"
    assert "why" not in first.attributes
    assert (conversation.state, len(conversation.transcript)) == ("closed", 1)


def check_sms(sandbox: Sandbox) -> None:
    conversation, task = with_customer(sandbox, "+12025550170")
    assert said(conversation) == ["Hello Ada, see you Friday, 9 o'clock. Reply here if you can't make it."]
    assert conversation.transcript[0].delivery["delivered"] == "all"
    assert task.attributes["customerName"] == "Ada"


def check_task(sandbox: Sandbox) -> None:
    conversation, task = with_customer(sandbox, "+12025550190")
    assert said(conversation) == ["Order A-1001 is 3 days late."]
    assert task.attributes["order"] == "A-1001"


def approved(sandbox: Sandbox, _folder: Path) -> Given:
    return Given({"template": next(one.sid for one in sandbox.templates if one.status == "approved")})


def check_whatsapp(sandbox: Sandbox) -> None:
    conversation, _ = with_customer(sandbox, "whatsapp:+12025550171")
    (message,) = conversation.transcript
    assert (message.body, message.content_variables) == (None, {"1": "Ada", "2": "4711"})
    assert message.content_sid == approved(sandbox, FOLDER).conf["template"]


def check_email(sandbox: Sandbox) -> None:
    conversation, task = with_customer(sandbox, "ada@example.com")
    (message,) = conversation.transcript
    levels = {one.address: one.level for one in conversation.participants if one.address}
    assert levels == {"ada@example.com": "to", "books@example.com": "cc"}
    assert message.subject == task.attributes["subject"] == "Invoice 2026-117"
    (file,) = [one for one in sandbox.media if one.sid == message.media_sid]
    assert (file.content_type, file.content) == ("text/plain", b"1 oak bookcase: 420 EUR\n")


def check_chat(sandbox: Sandbox) -> None:
    conversation, task = with_customer(sandbox, "guest_42")
    assert said(conversation)[0].startswith("Your Basic subscription ends in a week.")
    assert task.attributes["subscription"] == "Basic"


def check_web(sandbox: Sandbox) -> None:
    conversation, task = with_customer(sandbox, "visitor_4711")
    assert said(conversation)[0].startswith("Thank you for your question about your delivery.")
    assert (task.attributes["form"], task.attributes["channelType"]) == ("F-1", "web")


def written_on_messenger(sandbox: Sandbox, _folder: Path) -> Given:
    """A conversation that a customer began, as Twilio makes it when a message comes in."""
    sender = sandbox.connection()["extra"]["messenger_from"]
    sid = posted(sandbox, "/v1/Conversations", "")["sid"]
    pair = f"MessagingBinding.Address=messenger:1001&MessagingBinding.ProxyAddress={sender}"
    posted(sandbox, f"/v1/Conversations/{sid}/Participants", pair)
    sandbox.customer("messenger:1001").says("Where is my order?", in_conversation=sid)
    return Given({"conversation_sid": sid})


def posted(sandbox: Sandbox, path: str, form: str) -> dict[str, Any]:
    connection = sandbox.connection()
    token = base64.b64encode(f"{connection['login']}:{connection['password']}".encode()).decode()
    headers = {"Authorization": f"Basic {token}"}
    return sandbox.handle(HttpRequest("POST", path, headers=headers, body=form.encode())).json()


def check_messenger(sandbox: Sandbox) -> None:
    conversation, task = with_customer(sandbox, "messenger:1001")
    answer = "Thank you for your message. An agent is reading it right now."
    assert said(conversation) == ["Where is my order?", answer]
    assert task.attributes["direction"] == "inbound"


def with_conf(**conf: Any) -> Callable[[Sandbox, Path], Given]:
    """Begin with nothing but parameters."""
    return lambda _sandbox, _folder: Given(conf)


BULK = [f"+120255501{number}" for number in range(50, 57)]


def many(_sandbox: Sandbox, folder: Path) -> Given:
    file = folder / "contacts.csv"
    rows = [f"{phone[-3:]},{phone},Ada,A-{phone[-3:]}\n" for phone in BULK]
    file.write_text("customer,phone,name,order\n" + "".join(rows))
    return Given({"contacts": str(file), "results": str(folder / "results"), "size": 3})


def check_bulk(sandbox: Sandbox) -> None:
    for phone in BULK:
        conversation, task = with_customer(sandbox, phone)
        assert len(said(conversation)) == 1
        assert f"order A-{phone[-3:]} is late" in str(said(conversation)[0])
        assert task.attributes["customerName"] == "Ada"


MEMBERS = [f"+120255501{number}" for number in range(60, 63)]


def members(sandbox: Sandbox, folder: Path) -> Given:
    for phone in MEMBERS[:2]:
        sandbox.customer(phone).replies("I do", after=0)
    table = folder / "warehouse.db"
    with closing(sqlite3.connect(table)) as database, database:
        database.execute("CREATE TABLE customers (id, phone, name)")
        rows = [(number, phone, "Ada") for number, phone in enumerate(MEMBERS)]
        database.executemany("INSERT INTO customers VALUES (?, ?, ?)", rows)
    warehouse = {"conn_type": "sqlite", "host": str(table)}
    return Given({"wait": 0.05, "reply_rate": 0.6}, {"warehouse": warehouse})


def check_campaign_results(sandbox: Sandbox) -> None:
    assert len(said(with_customer(sandbox, MEMBERS[0])[0])) == 2


EXAMPLES = {
    "agent_on_reply": Example(who_replies, check_agent_on_reply),
    "bulk_outreach": Example(many, check_bulk),
    "campaign_results": Example(members, check_campaign_results),
    "chat_outreach": Example(with_conf(), check_chat),
    "web_outreach": Example(with_conf(), check_web),
    "email_outreach": Example(lambda _, folder: Given({"invoices": f"file://{folder}"}), check_email),
    "escalation": Example(with_conf(to="+12025550180"), check_escalation),
    "late_delivery_outreach": Example(late_deliveries, check_late_deliveries),
    "messenger_outreach": Example(written_on_messenger, check_messenger),
    "sms_outreach": Example(with_conf(when="Friday, 9 o'clock"), check_sms),
    "task_outreach": Example(with_conf(), check_task),
    "whatsapp_template_outreach": Example(approved, check_whatsapp),
}
