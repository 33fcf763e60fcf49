"""The contact centre that every sandbox begins with, the same in every run.

One TaskRouter workspace with a workflow, two queues and three workers, the usual task channels, and the Flex
chat service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

__all__ = [
    "ACCOUNT_SID",
    "ACTIVITIES",
    "BORN",
    "CHAT_SERVICE_SID",
    "FLOW_SID",
    "INSTANCE_SID",
    "QUEUES",
    "ROLE_SID",
    "TASK_CHANNELS",
    "WORKERS",
    "WORKER_BY_NAME",
    "WORKFLOW",
    "WORKSPACE",
    "SeedResource",
    "SeedWorker",
    "fixed",
]


def fixed(prefix: str, what: str) -> str:
    """Return a SID that is the same in every sandbox.

    :param prefix: two letters, such as ``WS``.
    :param what: what it is for.
    """
    return prefix + sha256(f"flexout sandbox: {what}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class SeedResource:
    """Something in the workspace that has a SID and a name."""

    sid: str
    name: str
    unique_name: str = ""


@dataclass(frozen=True, slots=True)
class SeedWorker:
    """An agent; the name is the chat identity as well."""

    sid: str
    name: str
    full_name: str

    @property
    def attributes(self) -> str:
        """The worker's attributes as TaskRouter keeps them."""
        attributes = {"contact_uri": f"client:{self.name}", "full_name": self.full_name, "roles": ["agent"]}
        return json.dumps(attributes, separators=(",", ":"))


def _by_sid(*rows: SeedResource) -> dict[str, SeedResource]:
    return {row.sid: row for row in rows}


BORN: Final = 1767225600.0  # when the contact centre was set up: 1 January 2026, 00:00 UTC
ACCOUNT_SID: Final = fixed("AC", "account")
CHAT_SERVICE_SID: Final = fixed("IS", "chat service")
FLOW_SID: Final = fixed("FW", "send to flex")
INSTANCE_SID: Final = fixed("GO", "flex instance")
ROLE_SID: Final = fixed("RL", "channel user")
WORKSPACE: Final = SeedResource(fixed("WS", "workspace"), "Flex Task Assignment")
WORKFLOW: Final = SeedResource(fixed("WW", "workflow"), "Assign to Anyone")
ACTIVITIES: Final = {name: fixed("WA", name) for name in ("Offline", "Available", "Unavailable", "Break")}
QUEUES: Final = _by_sid(
    SeedResource(fixed("WQ", "everyone"), "Everyone"), SeedResource(fixed("WQ", "outreach"), "Outreach")
)
WORKERS: Final = {
    worker.sid: worker
    for worker in (
        SeedWorker(fixed("WK", "ana"), "ana", "Ana Lima"),
        SeedWorker(fixed("WK", "ben"), "ben", "Ben Okafor"),
        SeedWorker(fixed("WK", "chloe"), "chloe", "Chloe Martin"),
    )
}
WORKER_BY_NAME: Final = {worker.name: worker for worker in WORKERS.values()}
TASK_CHANNELS: Final = _by_sid(
    *(
        SeedResource(fixed("TC", unique_name), name, unique_name)
        for unique_name, name in (
            ("default", "Default"),
            ("voice", "Voice"),
            ("chat", "Programmable Chat"),
            ("sms", "SMS"),
            ("email", "Email"),
            ("video", "Video"),
        )
    )
)
