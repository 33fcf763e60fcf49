"""Campaigns that were cut in the middle, with contacts at several steps and a file of results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.adoption.scenarios.registry import scenario

if TYPE_CHECKING:
    from tests.contract.adoption.record import Recorder

BULK = "BulkOutreachOperator"
PEOPLE = [{"to": f"+12025550{number}", "name": f"Customer {number}"} for number in range(101, 109)]
MIXED = [
    {"id": 1, "to": "+12025550101", "channel": "sms", "name": "Ada", "attributes": {"vip": True}},
    {"id": 2, "to": "ben@example.com", "channel": "email", "name": "Ben", "subject": "Your order"},
    {"id": 3, "to": "guest_3", "channel": "chat", "name": "Chloe"},
    {"id": 4, "to": "+12025550104", "channel": "sms", "name": "Dora", "customer_name": "Dora"},
]


@scenario(
    "campaign", "A campaign of eight contacts, three at a time, stopped after any request.", contacts=PEOPLE
)
@scenario(
    "campaign_named",
    "The same under a name of the user's own, so that another run goes on with it.",
    contacts=PEOPLE[:4],
    campaign="spring",
)
@scenario("campaign_one_call", "A campaign by one_call.", contacts=PEOPLE[:4], strategy="one_call")
@scenario("campaign_mixed", "A campaign on several channels, with ids.", contacts=MIXED, channel=None)
def reached(r: Recorder, contacts: list[dict[str, Any]], **more: object) -> None:
    given = {"message": "Hello {name}, your order is late.", "channel": "sms", "concurrency": 3} | more
    r.task(BULK, "reach", contacts=contacts, results=r.file("results.jsonl"), **given)
    r.cut(1, step=3)
    r.cut_here()


@scenario("campaign_ended", "A campaign whose conversations agents have finished: their tasks are gone.")
def reached_and_finished(r: Recorder) -> None:
    given = {"message": "Hello {name}, your order is late.", "channel": "sms", "concurrency": 3}
    r.task(BULK, "reach", contacts=PEOPLE[:4], results=r.file("results.jsonl"), **given)
    r.simulation.pass_time(60)
    for task in r.simulation.sandbox.tasks:
        r.agent_does(task.sid, "complete")
    r.simulation.pass_time(3600)
    r.cut_here()
