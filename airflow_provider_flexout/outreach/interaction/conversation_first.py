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
from contextlib import suppress
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import ConversationEnded, ReconciliationPending
from airflow_provider_flexout.outreach.interaction.cleanup import check_unreached, has_failed
from airflow_provider_flexout.outreach.interaction.lookup import find_task, opened_from
from airflow_provider_flexout.outreach.interaction.participants import add_customer
from airflow_provider_flexout.outreach.interaction.reconciliation import LEASE_TTL, Lease, Reconciliation
from airflow_provider_flexout.outreach.interaction.record import new_record, own_record
from airflow_provider_flexout.outreach.interaction.recording import adopted, record
from airflow_provider_flexout.outreach.routing.build import with_key
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    fetch_conversation,
)
from airflow_provider_flexout.twilio.api.interactions import create_interaction
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import (
    Conflict,
    FlexoutError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
    TwilioError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.first_message import FirstMessage
    from airflow_provider_flexout.outreach.interaction.reconciliation import Reconciled
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Procedure

_ROUNDS = 3

log = logging.getLogger(__name__)


class _BeginAgain(Exception):
    """The conversation never reached anybody, or is gone: it is to be made anew."""


class ConversationFirst:
    """One attempt at an outreach.

    What it cannot do: where Twilio accepts a second interaction on one conversation, which its pages say
    it does not, an attempt that stands still between a look at its clock and the request that follows,
    for longer than the settling period, can send one. The same holds for its deleting a conversation that
    it takes for unused. And of an interaction whose SIDs were never written down, because the attempt was
    killed first, no trace is left five minutes after its task has ended; the next attempt then says so
    (:class:`ConversationEnded`), or begins anew if nobody was reached.

    :param opening: the outreach.
    :param attempt: a name for this attempt that no other has.
    :param clock: seconds, for knowing how long a claim still holds.
    :param first_message: the first words, where they are part of it.
    """

    def __init__(
        self,
        opening: InteractionRequest,
        attempt: str,
        clock: Callable[[], float] = time.monotonic,
        first_message: FirstMessage | None = None,
    ) -> None:
        self._opening = opening
        self._attempt = attempt
        self._clock = clock
        self._first_message = first_message
        self._settling = Reconciliation(opening, attempt, clock)
        self._claim: Lease | None = None  # held while nothing can have been opened on the conversation
        self._pristine = False  # nobody can have sent an interaction yet

    def open(self) -> Procedure[InteractionResult]:
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
                continue
            except FlexoutError as error:
                if isinstance(error, RequestRejected) and (yield from _is_gone(conversation)):
                    continue
                if error.permanent or self._opening.last_try:
                    yield from self._leave_nothing(conversation)
                raise
        raise ReconciliationPending(
            f"Conversation {self._opening.unique_name} keeps appearing and vanishing."
        )

    def _name_conversation(self) -> Procedure[Conversation | None]:
        """Create the conversation or fetch the one that has its name; ``None`` if that vanished."""
        opening, taken_at = self._opening, self._clock()
        mark = new_record(opening, self._attempt, within=LEASE_TTL)
        try:
            conversation = yield create_conversation(
                unique_name=opening.unique_name, attributes=mark.write_into({})
            )
            taken_at += conversation.queued_for  # no earlier try has made it
        except Conflict as conflict:
            if conflict.code != ErrorCode.CONVERSATION_NAME_TAKEN:
                raise
            try:
                conversation = yield fetch_conversation(opening.unique_name)
            except NotFound:
                return None
        # Also after a conflict: the name may be taken by this attempt's own request, repeated by the
        # client because its answer was lost.
        self._pristine = own_record(opening, conversation).lease_holder == self._attempt
        self._claim = Lease(taken_at, LEASE_TTL) if self._pristine else None
        named: Conversation = conversation
        return named

    def _open_in(self, conversation: Conversation) -> Procedure[InteractionResult]:
        if self._pristine and self._opening.retried:
            yield from _check_not_deleted(self._opening, conversation)
        if not self._pristine:
            mark = own_record(self._opening, conversation)
            known = mark.opened(conversation.sid)
            if known and (self._first_message is None or mark.first_message_sid):
                if self._first_message and mark.first_message_sid:
                    self._first_message.was_said(conversation.sid, mark.first_message_sid)
                return adopted(known)
            found = known or (yield from find_task(self._opening, conversation.sid))
            if found:
                return (yield from self._keep(conversation, found))
        if conversation.state == "closed":
            yield from check_unreached(conversation)
            with suppress(NotFound):
                yield delete_conversation(conversation.sid)
            raise _BeginAgain
        yield from add_customer(self._opening, conversation.sid)
        return (yield from self._route(conversation))

    def _route(self, conversation: Conversation) -> Procedure[InteractionResult]:
        """Create the interaction, as often as it takes to know that there is one."""
        problem: TwilioError | None = None
        for _ in range(_ROUNDS):
            if self._claim is None or self._claim.left(self._clock()) <= 0:
                reconciled = yield from self._reconcile(conversation)
                conversation = reconciled.conversation
                if reconciled.found:
                    return (yield from self._keep(conversation, reconciled.found))
                if problem and problem.code == ErrorCode.CHANNEL_ALREADY_MAPPED:
                    raise ConversationEnded(
                        f"An earlier attempt opened an interaction on {conversation.sid}, but its task has "
                        "ended and is gone, and with it the SIDs."
                    ) from problem
            try:
                opened = yield from self._create_interaction(conversation)
            except (OutcomeUnknown, RateLimited) as error:
                problem = error
            except RequestRejected as refused:
                if refused.code != ErrorCode.CHANNEL_ALREADY_MAPPED:
                    raise
                problem = refused
            else:
                if opened:
                    return (yield from self._keep(conversation, opened))
        raise problem or ReconciliationPending(
            f"Twilio accepted an interaction on {conversation.sid}, but shows no task for it yet."
        )

    def _keep(self, conversation: Conversation, opened: InteractionResult) -> Procedure[InteractionResult]:
        """Say the first words, where they belong to it, and write down what there is."""
        first_message_sid = (yield from self._first_message.say(opened)) if self._first_message else None
        return (yield from record(self._opening, conversation, opened, self._attempt, first_message_sid))

    def _reconcile(self, conversation: Conversation) -> Procedure[Reconciled]:
        self._claim, self._pristine = None, False
        reconciled = yield from self._settling.reconcile(conversation.sid)
        self._claim = reconciled.claim
        return reconciled

    def _create_interaction(self, conversation: Conversation) -> Procedure[InteractionResult | None]:
        """Create the interaction; ``None`` when Twilio accepted it without making a task of it."""
        opening, claim = self._opening, self._claim
        first, self._pristine, self._claim = self._pristine, False, None
        call = create_interaction(
            opening.channel_in(conversation.sid),
            with_key(opening.routing, opening.key),
            interaction_context_sid=opening.interaction_context_sid,
            webhook_ttid=opening.webhook_ttid,
        )
        try:
            interaction = yield call.within(claim.left(self._clock()) if claim else 0.0)
        except RequestRejected as refused:
            if refused.code != ErrorCode.CHANNEL_ALREADY_MAPPED:
                self._claim = claim  # nothing came of it, so the conversation is ours to clear away
            raise
        opened = opened_from(opening, interaction, conversation.sid)
        undisturbed = first and claim is not None and claim.left(self._clock()) > 0
        if opened and opened.task_sid and not undisturbed:
            # Twilio drops a second interaction on one conversation, and may answer 200 all the same.
            try:
                yield fetch_task(opening.workspace_sid, opened.task_sid)
            except NotFound:
                return None
        return opened

    def delete_orphan(self, conversation: Conversation) -> Procedure[bool]:
        """Delete the conversation if no interaction was opened on it.

        It holds the customer's pair of addresses: left alone, their next message would land where no
        agent looks.

        :param conversation: an open one.
        :returns: whether it was deleted; false when an interaction was found.
        :raises ConversationEnded: when somebody was reached in it.
        :raises FlexoutError: when that cannot be found out.
        """
        yield from check_unreached(conversation)
        if self._claim is None or self._claim.left(self._clock()) <= 0:
            reconciled = yield from self._reconcile(conversation)
            if reconciled.found:
                return False
            yield from check_unreached(conversation)
        yield from self._delete(conversation)
        return True

    def _leave_nothing(self, conversation: Conversation) -> Procedure[None]:
        if conversation.state == "closed":
            return
        try:
            yield from self.delete_orphan(conversation)
        except FlexoutError as error:
            log.warning("Could not clean up conversation %s: %s", conversation.sid, error)

    def _delete(self, conversation: Conversation) -> Procedure[None]:
        """Delete an open conversation, as long as nobody else may open an interaction on it."""
        left = self._claim.left(self._clock()) if self._claim else 0.0
        if left <= 0:
            raise ReconciliationPending("it took too long to find out whether it is in use.")
        yield delete_conversation(conversation.sid).within(left)
        log.info("Deleted conversation %s, on which no interaction was opened.", conversation.sid)


def _check_not_deleted(opening: InteractionRequest, conversation: Conversation) -> Procedure[None]:
    """Refuse to begin anew where an earlier attempt's conversation was deleted, as long as its task tells.

    :param opening: the outreach.
    :param conversation: the one just made.
    :raises ConversationEnded: when the outreach's task belongs to another one, and has not failed.
    """
    earlier = yield from find_task(opening, conversation.sid)
    if earlier is None or earlier.conversation_sid == conversation.sid:
        return
    if not (yield from has_failed(opening.workspace_sid, earlier)):
        raise ConversationEnded(
            f"An earlier attempt opened {earlier.interaction_sid} (task {earlier.task_sid}), and its "
            f"conversation {earlier.conversation_sid} was deleted or renamed since. To contact the customer "
            "again, choose another idempotency_key."
        )


def _is_gone(conversation: Conversation) -> Procedure[bool]:
    try:
        yield fetch_conversation(conversation.sid)
    except NotFound:
        return True
    except TwilioError:
        return False
    return False
