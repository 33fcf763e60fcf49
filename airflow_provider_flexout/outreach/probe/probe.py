"""A probe from its first request to its cleaning up.

It is a procedure like any other: it knows no network, and can be stopped after any step. Whatever stops it,
even Ctrl-C, it removes what it has made before it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.probe.conversations import (
    probe_client,
    probe_conversation,
    probe_senders,
)
from airflow_provider_flexout.outreach.probe.interactions import InteractionProbe
from airflow_provider_flexout.outreach.probe.messages import probe_text, probe_unfit_file
from airflow_provider_flexout.outreach.probe.observations import Observations, described
from airflow_provider_flexout.outreach.probe.resources import ProbeResources
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import (
    AuthenticationFailed,
    Conflict,
    ConnectionFailed,
    TwilioError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.probe.observations import ProbeFinding
    from airflow_provider_flexout.outreach.probe.target import ProbeTarget
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

__all__ = ["ROUNDS", "TASKS", "Probe"]

ROUNDS = 3
"""How often most things are looked at."""
TASKS = (4, 5)
"""How many tasks an agent is offered: where Twilio does as is assumed, and at most."""


class Probe:
    """One probe.

    :param target: whom and what it may use.
    :param tell: is told what is being done, in a few words.
    """

    def __init__(self, target: ProbeTarget, tell: Callable[[str], None] = lambda _: None) -> None:
        self._target, self._tell = target, tell
        self._resources, self._seen = ProbeResources(target), Observations()
        self.text_status = ""
        """What became of the text, in a few words."""

    @property
    def findings(self) -> list[ProbeFinding]:
        """What is known by now."""
        return self._seen.findings()

    @property
    def left(self) -> list[str]:
        """What could not be cleaned up, in sentences that say what to do; empty where nothing is left."""
        return self._resources.left()

    def run(self) -> Procedure[None]:
        """Look at everything, and clean up.

        :raises InvalidInput: when the address has an open conversation with our sender already.
        :raises AuthenticationFailed: when the credentials do not suffice.
        :raises ConnectionFailed: when Twilio cannot be reached.
        """
        try:
            for number in range(1, ROUNDS + 1):
                self._tell(f"conversations that reach nobody, {number} of {ROUNDS}")
                yield from self._attempt(probe_conversation(self._target, self._resources, self._seen))
                yield from self._attempt(probe_senders(self._target, self._resources, self._seen, number))
            yield from probe_client(self._seen)
            yield from self._with_customer()
        finally:
            self._tell("cleaning up")
            yield from self._resources.clean_up()
            if self.left:
                yield from self._resources.clean_up()

    def _with_customer(self) -> Procedure[None]:
        looks = InteractionProbe(self._target, self._resources, self._seen)
        stages = (self._first_interaction, self._second_interaction, self._third_interaction)
        for number, stage in enumerate(stages, start=1):
            self._tell(f"conversations with {self._target.masked}, {number} of {len(stages)}")
            yield from self._attempt(stage(looks))

    def _first_interaction(self, looks: InteractionProbe) -> Procedure[None]:
        made = yield from self._first_conversation(looks)
        opened = yield from looks.look_at_new(made)
        yield from looks.look_at_refusals(made, opened)
        self.text_status = yield from probe_text(made)
        yield from probe_unfit_file(made, self._seen)
        yield from looks.close(opened)

    def _first_conversation(self, looks: InteractionProbe) -> Procedure[Conversation]:
        try:
            return (yield from looks.conversation_with_customer())
        except Conflict as error:
            if error.code != ErrorCode.BINDING_TAKEN:
                raise
            raise InvalidInput(
                "to",
                f"{self._target.masked} has an open conversation with this sender already, which a probe "
                f"does not touch. Close it first. {error}",
            ) from error

    def _second_interaction(self, looks: InteractionProbe) -> Procedure[None]:
        """Close before an agent may have accepted."""
        made = yield from looks.conversation_with_customer()
        opened = yield from looks.open_quickly(made)
        yield from looks.close(opened)

    def _third_interaction(self, looks: InteractionProbe) -> Procedure[None]:
        made = yield from looks.conversation_with_customer()
        opened = yield from looks.look_at_new(made)
        yield from looks.look_at_cancel(opened)
        yield from looks.close(opened)

    def _attempt(self, procedure: Procedure[None]) -> Procedure[None]:
        """Go on with the rest where Twilio refuses something that nobody expected it to."""
        try:
            yield from procedure
        except (AuthenticationFailed, ConnectionFailed):
            raise
        except TwilioError as error:
            self._seen.doubt_rest(f"{described(error)}, so the rest of this look was left out")
            yield from self._resources.clean_up()  # the next look needs the pair of addresses
