"""What a scenario is, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.adoption.record import Recorder

Happening = Callable[["Recorder"], None]

PHONE = "+12025550117"
CUSTOMERS = {
    "sms": PHONE,
    "whatsapp": f"whatsapp:{PHONE}",
    "messenger": "messenger:24381250",
    "chat": "guest_42",
    "web": "guest_43",
    "email": "ada@example.com",
}
LEASE, LOCK, VISIBLE = 20.0, 60.0, 30.0
"""Seconds for which a process of this version may still send after it has taken a lease or a lock, and
after which everybody sees what it sent."""
TEMPLATE_VARIABLES = {"1": "Ada", "2": "4711"}
PICTURE = b"\x89PNG\r\n\x1a\nnot really"

SCENARIOS: dict[str, tuple[str, Happening]] = {}
"""By name: a sentence on what state this is, and what happens."""


def scenario(
    name: str, description: str, **arguments: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a scenario; a function may be several, with other arguments."""

    def add(happens: Callable[..., None]) -> Callable[..., None]:
        SCENARIOS[name] = (description, partial(happens, **arguments))
        return happens

    return add


def open_conversation(
    r: Recorder, channel: str = "sms", task_id: str = "open", **arguments: Any
) -> dict[str, Any]:
    """Open a conversation in a task of its own, with nothing that goes wrong; give the XComs."""
    given = {"channel": channel, "to": CUSTOMERS[channel], "customer_name": "Ada"} | arguments
    return dict(r.task("CreateInteractionOperator", task_id, **given).get("xcoms", {}))


def xcom(task_id: str, key: str) -> dict[str, str]:
    """Say that an argument is what another task returned."""
    return {"xcom": task_id, "key": key}


def place_of(r: Recorder, operation: str, first: int = 0) -> int:
    """Count the requests up to the first one of a kind, and with it."""
    for number, one in enumerate(r.content()["exchanges"][first:], first + 1):
        if one["operation"] == operation:
            return number
    raise AssertionError(f"no {operation} was recorded")


def template_named(r: Recorder, name: str) -> str:
    """Give the SID of one of the account's templates."""
    return next(one.sid for one in r.simulation.sandbox.templates if one.name == name)
