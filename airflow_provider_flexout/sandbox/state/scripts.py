"""Scripts: what customers and agents will do, set beforehand.

A script is only data. Its actions are scheduled when there is something to react to: a message that was sent,
a task that was offered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.wire.clock import Duration, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AgentScript", "CustomerScript", "Receives", "Scripts"]


_LONGEST: Final = 1600


def _check_text(text: object) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST:
        raise ValueError(f"a message has 1 to {_LONGEST} characters")
    return text


@dataclass(slots=True)
class Receives:
    """How messages to a customer are delivered; times are seconds after the message."""

    delivered_after: float = 1.0
    read_after: float | None = None
    error_code: int | None = None
    error_status: str | None = None


@dataclass(slots=True)
class CustomerScript:
    """What a customer does. Where it is None, they do what the default customer does."""

    receives: Receives | None = None
    replies: list[tuple[str, float]] = field(default_factory=list)
    close_after: float | None = None
    user_id: str | None = None

    def set_receives(self, after: Duration, reads_after: Duration | None) -> None:
        """Let messages arrive.

        :param after: from message to delivery.
        :param reads_after: from message to reading; never, if None.
        """
        delivered = seconds(after)
        read = None if reads_after is None else max(delivered, seconds(reads_after))
        self.receives = Receives(delivered, read)

    def set_fails(self, code: int, after: Duration, status: str | None) -> None:
        """Let messages fail.

        :param code: Twilio's error code.
        :param after: from message to failure.
        :param status: ``failed`` or ``undelivered``; by default what carriers' codes (300xx) stand for.
        """
        if isinstance(code, bool) or not isinstance(code, int) or not 10000 <= code <= 99999:
            raise ValueError(
                f"{code!r:.40} is not an error code of Twilio's: write its five digits as a number"
            )
        if status not in {None, "failed", "undelivered"}:
            raise ValueError(f"status is failed or undelivered, not {status!r}")
        implied = "undelivered" if 30000 <= code < 31000 else "failed"
        self.receives = Receives(seconds(after), None, code, status or implied)

    def set_closes(self, after: Duration) -> None:
        """Let the customer close the conversation.

        :param after: from the first message to them.
        """
        self.close_after = seconds(after)

    def add_reply(self, text: str, after: Duration) -> None:
        """Let the customer reply to one more message.

        :param text: the reply.
        :param after: from the message to the reply.
        """
        self.replies.append((_check_text(text), seconds(after)))


@dataclass(slots=True)
class AgentScript:
    """What an agent does with a task. Where it is None, they do what the default agent does."""

    offer_response: str | None = None
    offer_response_after: float = 2.0
    messages: list[tuple[str, float]] = field(default_factory=list)
    finish_after: float | None = None
    wrap_up: float = 0.0
    outcome: Mapping[str, Any] | str | None = None

    def set_offer_response(self, action: str, after: Duration) -> None:
        """Set what the agent does when a task is offered.

        :param action: ``accept``, ``decline``, ``miss`` (let the reservation time out), ``wait`` (until
            somebody acts at the desk) or ``ignore`` (be away).
        :param after: from the offer.
        """
        self.offer_response_after = seconds(after)
        self.offer_response = action

    def add_message(self, text: str, after: Duration) -> None:
        """Let the agent write.

        :param text: the message.
        :param after: from the acceptance.
        """
        self.messages.append((_check_text(text), seconds(after)))

    def set_finish(self, after: Duration, outcome: Mapping[str, Any] | str | None, wrap_up: Duration) -> None:
        """Let the agent finish.

        :param after: from the acceptance to the end of the conversation.
        :param outcome: goes into the task's attributes as ``outcome``.
        :param wrap_up: from the end of the conversation to the completion of the task.
        """
        self.finish_after, self.wrap_up, self.outcome = seconds(after), seconds(wrap_up), outcome


class Scripts:
    """Everybody's scripts: a default customer, a default agent, and those who differ."""

    __slots__ = ("agents", "customers", "default_agent", "default_customer")

    def __init__(self) -> None:
        self.default_customer = CustomerScript(receives=Receives())
        self.default_agent = AgentScript(offer_response="accept")
        self.customers: dict[str, CustomerScript] = {}
        self.agents: dict[str, AgentScript] = {}

    def customer(self, address: str | None) -> CustomerScript:
        """Return a customer's own script, made on first use.

        :param address: address or identity; None for the default customer.
        """
        if address is None:
            return self.default_customer
        return self.customers.setdefault(address, CustomerScript())

    def agent(self, worker_sid: str | None) -> AgentScript:
        """Return an agent's own script, made on first use.

        :param worker_sid: the worker; None for the default agent.
        """
        if worker_sid is None:
            return self.default_agent
        return self.agents.setdefault(worker_sid, AgentScript())

    def receives(self, address: str | None) -> Receives:
        """Return what becomes of messages to somebody.

        :param address: the recipient's address.
        """
        own = self.customers.get(address or "")
        return (own and own.receives) or self.default_customer.receives or Receives()

    def replies(self, address: str | None) -> list[tuple[str, float]]:
        """Return the replies that somebody is going to write, with the seconds after the message.

        :param address: the customer's address or identity.
        """
        own = self.customers.get(address or "")
        return (own.replies if own else None) or self.default_customer.replies

    def user_id(self, address: str | None) -> str | None:
        """Return the WhatsApp user id under which somebody writes, or None.

        :param address: the customer's address, as conversations know it.
        """
        own = self.customers.get(address or "")
        return own.user_id if own else None

    def close_after(self, address: str | None) -> float | None:
        """Return how many seconds after the first message to them somebody closes the conversation.

        :param address: the customer's address or identity.
        """
        own = self.customers.get(address or "")
        if own is not None and own.close_after is not None:
            return own.close_after
        return self.default_customer.close_after

    def offer_response(self, worker_sid: str) -> tuple[str, float]:
        """Return what a worker does when a task is offered, and after how many seconds.

        :param worker_sid: the worker.
        """
        own = self.agents.get(worker_sid)
        script = own if own is not None and own.offer_response is not None else self.default_agent
        return script.offer_response or "accept", script.offer_response_after

    def messages(self, worker_sid: str) -> list[tuple[str, float]]:
        """Return what a worker writes after acceptance, with the seconds after it.

        :param worker_sid: the worker.
        """
        own = self.agents.get(worker_sid)
        return (own.messages if own else None) or self.default_agent.messages

    def finish(self, worker_sid: str) -> AgentScript:
        """Return the script that tells whether and how a worker finishes.

        :param worker_sid: the worker.
        """
        own = self.agents.get(worker_sid)
        return own if own is not None and own.finish_after is not None else self.default_agent
