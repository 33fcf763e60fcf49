"""What a sandbox holds, as people would count it: who was contacted, how often, and what was said."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.contract.adoption.simulation import Exchange, Simulation

SID = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}[0-9a-f]{32}(?![0-9A-Za-z])")
_CONTACTS = re.compile(r"/v1/(Interactions|Interactions/\w+/Channels/\w+/Invites|Conversations/\w+/Messages)")


LIVE = ("pending", "reserved", "assigned")
AGENTS = ("ana", "ben", "chloe")


def contents_of(simulation: Simulation) -> dict[str, Any]:
    """Count what is in a simulation's sandbox."""
    sandbox, customers = simulation.sandbox, {}
    for conversation in sandbox.conversations:
        for one in conversation.participants:
            name = one.address or one.identity
            if name and name not in AGENTS:
                customer = customers.setdefault(name, {"conversations": 0, "open": 0, "messages": []})
                customer["conversations"] += 1
                customer["open"] += conversation.state != "closed"
                customer["messages"] += map(_said, conversation.transcript)
    for customer in customers.values():
        customer["messages"].sort()
    contacts = [one.path for one in contacts_in(simulation.exchanges)]
    return {
        "customers": dict(sorted(customers.items())),
        "channels": sorted(one.channel_status for one in sandbox.interactions),
        "interactions": sum(path.endswith("/Interactions") for path in contacts),
        "invites": sum(path.endswith("/Invites") for path in contacts),
        "with_agents": sorted(_told(one.attributes) for one in sandbox.tasks if one.status in LIVE),
    }


def _told(attributes: dict[str, Any]) -> str:
    """Give what an agent is told of a conversation, but for SIDs."""
    known = {name: value for name, value in attributes.items() if not SID.search(json.dumps(value))}
    return json.dumps(known, sort_keys=True, ensure_ascii=False)


def locks_in(simulation: Simulation) -> list[str | None]:
    """List the conversations without anybody, which stand for locks."""
    return [one.unique_name for one in simulation.sandbox.conversations if not one.participants]


def _said(message: Any) -> str:
    if message.content_sid:
        return f"a template with {message.content_variables}"
    return (message.body or "") + (" and a file" if message.media_sid else "")


def contacts_in(exchanges: list[Exchange], *, tried: bool = False) -> list[Exchange]:
    """Choose the requests of workers by which somebody was reached.

    :param exchanges: in their order.
    :param tried: also those that Twilio refused.
    """
    return [
        one
        for one in exchanges
        if one.method == "POST"
        and one.by == "worker"
        and _CONTACTS.fullmatch(one.path)
        and (tried or one.status < 300)
    ]
