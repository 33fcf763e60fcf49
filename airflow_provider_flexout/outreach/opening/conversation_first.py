"""The strategy ``conversation_first``: name the conversation, then route it.

1. Create the conversation under a unique name made of the key. Twilio lets it exist once.
2. Where it exists already, adopt the SIDs in its mark, or the task that belongs to it.
3. Put the customer into it.
4. Unless this attempt made the conversation, settle whether an earlier one's request got through.
5. Create the interaction on it. When the outcome is unknown, back to 4.
6. Write the SIDs into the mark.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import ConversationEnded, Unsettled
from airflow_provider_flexout.outreach.opening.binding import bind_customer
from airflow_provider_flexout.outreach.opening.finding import find_task, opened_from
from airflow_provider_flexout.outreach.opening.marks import mark_of, own_mark
from airflow_provider_flexout.outreach.opening.recording import adopted, record
from airflow_provider_flexout.outreach.opening.settling import CLAIM, settle
from airflow_provider_flexout.outreach.routing import with_key
from airflow_provider_flexout.twilio.conversations import (
    create_conversation,
    delete_conversation,
    fetch_conversation,
)
from airflow_provider_flexout.twilio.errors import (
    Conflict,
    FlexoutError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TwilioError,
)
from airflow_provider_flexout.twilio.interactions import create_interaction
from airflow_provider_flexout.twilio.messages import list_messages
from airflow_provider_flexout.twilio.task_router import fetch_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.opening.request import Opened, Opening
    from airflow_provider_flexout.twilio.call import Procedure
    from airflow_provider_flexout.twilio.conversations import Conversation

NAME_TAKEN = 50353
CHANNEL_EXISTS = 45353
_ROUNDS = 3

log = logging.getLogger(__name__)


class _BeginAgain(Exception):
    """The conversation never reached anybody and is to be made anew."""


class ConversationFirst:
    """One attempt at an outreach.

    :param opening: the outreach.
    :param attempt: a name for this attempt that no other has.
    :param clock: seconds, for knowing how long the claim still holds.
    """

    def __init__(self, opening: Opening, attempt: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._opening = opening
        self._attempt = attempt
        self._clock = clock
        self._claimed_at = clock()
        self._owns_claim = False
        self._pristine = False  # nobody can have sent an interaction yet
        self._clean = False  # as far as anybody can tell, there is no interaction now

    def open(self) -> Procedure[Opened]:
        """Open the conversation, or adopt what an earlier attempt opened.

        :raises FlexoutError: when it cannot be opened; where it is certain that nobody was reached,
            nothing is left behind.
        """
        for _ in range(_ROUNDS):
            conversation = yield from self._name_conversation()
            if conversation is None:
                continue
            try:
                return (yield from self._open_in(conversation))
            except _BeginAgain:
                yield delete_conversation(conversation.sid)
            except FlexoutError as error:
                if error.permanent or self._opening.last_try:
                    yield from self._leave_nothing(conversation)
                raise
        raise Unsettled(f"Conversation {self._opening.unique_name} keeps appearing and vanishing.")

    def _name_conversation(self) -> Procedure[Conversation | None]:
        """Create the conversation or fetch the one that has its name; ``None`` if that vanished."""
        opening = self._opening
        mark = mark_of(opening, self._attempt, within=CLAIM)
        self._claimed_at = self._clock()
        try:
            conversation = yield create_conversation(
                unique_name=opening.unique_name, attributes=mark.written_into({})
            )
        except Conflict as conflict:
            if conflict.code != NAME_TAKEN:
                raise
            try:
                conversation = yield fetch_conversation(opening.unique_name)
            except NotFound:
                return None
        # Also after a conflict: the name may be taken by this attempt's own request, repeated by the
        # client because its answer was lost.
        ours = own_mark(opening, conversation).claimed_by == self._attempt
        self._owns_claim = self._pristine = self._clean = ours
        named: Conversation = conversation
        return named

    def _open_in(self, conversation: Conversation) -> Procedure[Opened]:
        if not self._owns_claim:
            known = own_mark(self._opening, conversation).opened(conversation.sid)
            if known:
                return adopted(known)
            found = yield from find_task(self._opening, conversation.sid)
            if found:
                return (yield from record(self._opening, conversation, found, self._attempt))
        if conversation.state == "closed":
            yield from _only_if_silent(conversation)
            raise _BeginAgain
        yield from bind_customer(self._opening, conversation.sid)
        return (yield from self._route(conversation))

    def _route(self, conversation: Conversation) -> Procedure[Opened]:
        """Create the interaction, as often as it takes to know that there is one."""
        problem: TwilioError | None = None
        for _ in range(_ROUNDS):
            left = CLAIM - (self._clock() - self._claimed_at)
            if not self._owns_claim or left <= 0:
                conversation, found = yield from self._settle(conversation)
                if found:
                    return (yield from record(self._opening, conversation, found, self._attempt))
                left = CLAIM
            self._owns_claim = False
            try:
                opened = yield from self._create_interaction(conversation, left)
            except (OutcomeUnknown, RateLimited) as error:
                problem = error
            except Refused as refused:
                if refused.code != CHANNEL_EXISTS:
                    raise
                problem = refused
                self._clean = False
            else:
                if opened:
                    return (yield from record(self._opening, conversation, opened, self._attempt))
        raise problem or Unsettled(
            f"Twilio accepted an interaction on {conversation.sid}, but shows no task for it yet."
        )

    def _settle(self, conversation: Conversation) -> Procedure[tuple[Conversation, Opened | None]]:
        try:
            fresh = yield fetch_conversation(conversation.sid)
            found = yield from settle(self._opening, fresh, self._attempt)
        except NotFound as gone:
            raise Unsettled(f"{conversation.sid} was deleted meanwhile; the next try begins anew.") from gone
        self._claimed_at, self._owns_claim, self._clean = self._clock(), True, found is None
        return fresh, found

    def _create_interaction(self, conversation: Conversation, left: float) -> Procedure[Opened | None]:
        """Create the interaction; ``None`` when Twilio accepted it without making a task of it."""
        opening = self._opening
        first, self._pristine = self._pristine, False
        call = create_interaction(
            opening.channel_in(conversation.sid),
            with_key(opening.routing, opening.key),
            interaction_context_sid=opening.interaction_context_sid,
            webhook_ttid=opening.webhook_ttid,
        )
        try:
            interaction = yield call.within(left)
        except OutcomeUnknown:
            self._clean = False
            raise
        opened = opened_from(opening, interaction, conversation.sid)
        if opened and opened.task_sid and not first:
            # Twilio drops a second interaction on one conversation, and may answer 200 all the same.
            try:
                yield fetch_task(opening.workspace_sid, opened.task_sid)
            except NotFound:
                opened = None
        self._clean = False
        return opened

    def _leave_nothing(self, conversation: Conversation) -> Procedure[None]:
        """Delete the conversation if no interaction was opened on it.

        It holds the customer's pair of addresses: left alone, their next message would land where no
        agent looks.
        """
        try:
            if not self._clean:
                conversation, found = yield from self._settle(conversation)
                if found:
                    return
            yield delete_conversation(conversation.sid)
        except FlexoutError as error:
            log.warning("Could not clean up conversation %s: %s", conversation.sid, error)
        else:
            log.info("Deleted conversation %s, on which no interaction was opened.", conversation.sid)


def _only_if_silent(conversation: Conversation) -> Procedure[None]:
    """Refuse a closed conversation in which something was said."""
    messages = yield list_messages(conversation.sid, page_size=1)
    if messages.items:
        raise ConversationEnded(
            f"The outreach's conversation {conversation.sid} is closed, and something was said in it, "
            "but no interaction of it is known. To contact the customer again, choose another "
            "idempotency_key."
        )
