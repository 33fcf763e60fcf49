"""The arguments of an outreach, each described once, and the words that arguments choose from.

An operator, the notifier and a campaign each take some or all of the arguments, fill an
:class:`OutreachSpec`, and hand it to
:func:`~airflow_provider_flexout.outreach.interaction.request.build_request`. To add one, add a field here,
and the argument with its ``:param`` line to the signature of each class that takes it;
``airflow_provider_flexout.mixins.templates`` derives the rest.

DAG files import this module, so it imports nothing, and the class is no dataclass, which would take longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_provider_flexout.outreach.values.durations import Duration

CHANNEL_STATUSES = ("closed", "inactive")
"""What closing makes of an interaction's channel."""
TASK_STATUSES = ("wrapping", "completed")
"""What becomes of the task of an agent who leaves."""
DELIVERY_STAGES = ("queued", "sent", "delivered", "read")
"""Where a message may have arrived, in this order."""
INTERACTION_STAGES = ("accepted", "active", "assigned", "completed")
"""Where an interaction may have arrived, in this order."""
INITIATORS = ("agent", "api", "customer")
"""Who begins a conversation, as Twilio's ``initiated_by``."""
INVITE_STAGES = ("accepted", "assigned", "completed")
"""Where an invite may have arrived, in this order."""
ON_CLOSED_WINDOW = ("fail", "skip", "template")
"""What to do where the channel takes no free text any more."""
ON_OPEN_CONVERSATION = ("fail", "join", "skip")
"""What to do where the customer has an open conversation with the sender."""
ON_SKIP = ("skip", "return")
"""What to do where the customer must not be contacted."""
STRATEGIES = ("conversation_first", "one_call")
"""How a conversation is opened."""


class OutreachSpec:
    """One outreach as its user describes it; nothing is checked yet.

    The fields hold what the user gave, after Airflow has rendered the templates. ``repr`` shows none of them,
    because they hold addresses and names.

    :param arguments: the fields by their names; what is left out has its default.
    :raises TypeError: for a name that is not a field.
    """

    channel: str | Mapping[str, Any] | None = None
    """The kind of channel by its name, or Twilio's whole Channel object."""
    to: str | None = None
    """The customer's address, or the identity of a chat user."""
    from_: str | None = None
    """The sender's address."""
    from_name: str | None = None
    """The sender's name in an email."""
    messaging_service_sid: str | None = None
    """The Messaging Service that is set on the conversation."""
    cc: str | Sequence[str] | None = None
    """The addresses that get a copy of the email."""
    bcc: str | Sequence[str] | None = None
    """The addresses that get a blind copy of the email."""
    customer_name: str | None = None
    """The customer's name, which the agent sees."""
    subject: str | None = None
    """The subject of the first email."""
    routing: Mapping[str, Any] | None = None
    """Twilio's Routing object, or its properties alone."""
    attributes: Mapping[str, Any] | None = None
    """Further attributes of the agent's task."""
    initiated_by: str = "agent"
    """Who starts the interaction: agent, api or customer."""
    media_channel_sid: str | None = None
    """An existing conversation to route, in place of a customer."""
    strategy: str | None = None
    """How the conversation is created: conversation_first or one_call."""
    idempotency_key: str | None = None
    """The user's own key, under which the outreach happens once."""
    on_reply: str | Mapping[str, str] | None = None
    """What routes the customer's reply to an agent: a Studio flow, or the pipeline."""
    close_after: Duration = "7d"
    """How long after its last message the conversation closes."""
    on_open_conversation: str = "fail"
    """What to do when the customer already has an open conversation: fail, join or skip."""
    interaction_context_sid: str | None = None
    """An interaction context, passed on to Twilio."""
    webhook_ttid: str | None = None
    """An interaction-level webhook, passed on to Twilio."""
    frequency_cap: Mapping[str, Any] | None = None
    """How often the customer may be contacted at most."""
    require_available_agents: bool = False
    """Whether to contact the customer only while an agent is available."""
    available_timeout: Duration = "1h"
    """How long to wait for an available agent."""
    validate: bool = True
    """Whether addresses and SIDs are checked before anything is sent."""

    def __init__(self, **arguments: Any) -> None:
        unknown = sorted(arguments.keys() - OutreachSpec.__annotations__)
        if unknown:
            raise TypeError(f"OutreachSpec has no argument {unknown[0]!r}.")
        vars(self).update(arguments)  # the defaults are attributes of the class

    def changed(self, **arguments: Any) -> OutreachSpec:
        """Give a copy in which some arguments are others.

        :param arguments: those, by their names.
        """
        return OutreachSpec(**vars(self) | arguments)
