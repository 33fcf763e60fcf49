"""The Studio flows of the account, and their executions.

A flow stands for what its owner built: it hands the conversation to Flex, answers as a bot first, or fails.
https://www.twilio.com/docs/studio
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.seed import FLOW_SID

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FLOW_KINDS", "FlowExecution", "StudioFlow", "StudioFlows"]

FLOW_KINDS: Final = ("send_to_flex", "bot_first", "fails")


@dataclass(frozen=True, slots=True)
class StudioFlow:
    """A published flow whose trigger is an incoming conversation.

    :param sid: ``FW…``.
    :param name: what people call it.
    :param kind: ``send_to_flex``, ``bot_first`` (the bot replies, and the customer's next message goes to
        Flex), or ``fails`` (the execution ends with an error and makes no task).
    :param routing: the properties of Twilio's Routing object for the task, over the workflow that every
        sandbox begins with.
    :param says: what the bot replies.
    :param status: ``published`` or ``draft``.
    """

    sid: str
    name: str
    kind: str = "send_to_flex"
    routing: Mapping[str, Any] = field(default_factory=dict)
    says: str = "Thanks, one moment please."
    status: str = "published"


@dataclass(slots=True)
class FlowExecution:
    """One run of a flow for one conversation.

    :param sid: ``FN…``.
    :param flow_sid: ``FW…``.
    :param conversation_sid: ``CH…``.
    :param webhook_sid: ``WH…``, which started it.
    :param started: when, in seconds since the epoch.
    :param status: ``active`` while it waits for the customer, ``ended`` or ``failed``.
    :param error: why it failed, or None.
    """

    sid: str
    flow_sid: str
    conversation_sid: str
    webhook_sid: str
    started: float
    status: str = "active"
    error: str | None = None


class StudioFlows:
    """The flows by SID, and every execution, oldest first."""

    __slots__ = ("executions", "flows")

    def __init__(self) -> None:
        self.flows = {FLOW_SID: StudioFlow(FLOW_SID, "Send to Flex")}
        self.executions: list[FlowExecution] = []

    def active(self, webhook_sid: str) -> FlowExecution | None:
        """Return the execution that waits for the customer's next message, or None.

        :param webhook_sid: the webhook that started it.
        """
        for each in reversed(self.executions):
            if each.webhook_sid == webhook_sid and each.status == "active":
                return each
        return None

    def has_handed_over(self, webhook_sid: str) -> bool:
        """Tell whether an execution that a webhook started has ended well, by handing over to Flex.

        :param webhook_sid: the webhook.
        """
        return any(each.webhook_sid == webhook_sid and each.status == "ended" for each in self.executions)
