"""The arguments of an outreach, each described once.

An operator, the notifier and a campaign each take some or all of them, fill an :class:`OutreachSpec`, and
hand it to :func:`~airflow_provider_flexout.outreach.interaction.request.build_request`. To add an argument,
add a field here, and the argument with its ``:param`` line to the signature of each class that takes it;
``airflow_provider_flexout.mixins.arguments`` derives the rest.

DAG files import this module, so it imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_provider_flexout.outreach.values.durations import Duration

ON_OPEN_CONVERSATION = ("fail", "join", "skip")


def argument(description: str, default: Any = None) -> Any:
    """Describe one argument.

    :param description: what the argument is, in one sentence.
    :param default: its default.
    """
    return field(default=default, metadata={"description": description})


@dataclass(init=False, repr=False, eq=False)
class OutreachSpec:
    """One outreach as its user describes it; nothing is checked yet.

    The fields hold what the user gave, after Airflow has rendered the templates. ``repr`` is left out
    because they hold addresses and names, and the methods that a dataclass could generate because generating
    them would be a third of what it costs a DAG file to import the operators.

    :param arguments: the fields by their names; what is left out has its default.
    :raises TypeError: for a name that is not a field.
    """

    channel: str | Mapping[str, Any] | None = argument(
        "The kind of channel by its name, or Twilio's whole Channel object."
    )
    to: str | None = argument("The customer's address, or the identity of a chat user.")
    from_: str | None = argument("The sender's address.")
    from_name: str | None = argument("The sender's name in an email.")
    messaging_service_sid: str | None = argument("The Messaging Service that is set on the conversation.")
    cc: str | Sequence[str] | None = argument("The addresses that get a copy of the email.")
    bcc: str | Sequence[str] | None = argument("The addresses that get a blind copy of the email.")
    customer_name: str | None = argument("The customer's name, which the agent sees.")
    subject: str | None = argument("The subject of the first email.")
    routing: Mapping[str, Any] | None = argument("Twilio's Routing object, or its properties alone.")
    attributes: Mapping[str, Any] | None = argument("Further attributes of the agent's task.")
    initiated_by: str = argument("Who starts the interaction: agent, api or customer.", "agent")
    media_channel_sid: str | None = argument("An existing conversation to route, in place of a customer.")
    strategy: str | None = argument("How the conversation is created: conversation_first or one_call.")
    idempotency_key: str | None = argument("The user's own key, under which the outreach happens once.")
    on_reply: str | Mapping[str, str] | None = argument(
        "What routes the customer's reply to an agent: a Studio flow, or the pipeline."
    )
    close_after: Duration = argument(  # noqa: RUF009 - makes a field
        "How long after its last message the conversation closes.", "7d"
    )
    on_open_conversation: str = argument(
        "What to do when the customer already has an open conversation: fail, join or skip.", "fail"
    )
    interaction_context_sid: str | None = argument("An interaction context, passed on to Twilio.")
    webhook_ttid: str | None = argument("An interaction-level webhook, passed on to Twilio.")
    frequency_cap: Mapping[str, Any] | None = argument("How often the customer may be contacted at most.")
    require_available_agents: bool = argument(
        "Whether to contact the customer only while an agent is available.", False
    )
    available_timeout: Duration = argument(  # noqa: RUF009 - makes a field
        "How long to wait for an available agent.", "1h"
    )
    validate: bool = argument("Whether addresses and SIDs are checked before anything is sent.", True)

    def __init__(self, **arguments: Any) -> None:
        unknown = sorted(arguments.keys() - self.__dataclass_fields__)
        if unknown:
            raise TypeError(f"OutreachSpec has no argument {unknown[0]!r}.")
        vars(self).update(arguments)  # the defaults are attributes of the class
