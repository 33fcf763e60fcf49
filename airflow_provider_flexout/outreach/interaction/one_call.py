"""The strategy ``one_call``: the single POST of Twilio's own examples, sent exactly as they are.

Nothing can be added to it by which an attempt would know its own work again, so the guards stand
around it: our unique name, given to the conversation afterwards, and Twilio's rule that a pair of
addresses is in one open conversation at most.

1. Look for a conversation with our unique name. It is there: adopt its SIDs.
2. Look for an open conversation on the pair of addresses. After an earlier attempt it may be that
   attempt's: adopt it if its task says what ours would say.
3. Create the interaction. When the outcome is unknown, look at 2 until the settling period is over.
4. Name the conversation and write the SIDs into its mark.

Not covered:

* two attempts at the same moment: both may send. The one that finds the name taken closes its own
  interaction again, so that one is left, but Twilio leaves the customer out of whichever came second;
* an attempt that is killed between 3 and 4, when the next one comes after the conversation has ended, or
  cannot find it because the channel has no addresses (chat).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import AlreadyTalking, ReconciliationPending
from airflow_provider_flexout.outreach.interaction.lookup import (
    LOOK_EVERY,
    find_task,
    oldest_task,
    opened_from,
    opened_of_task,
)
from airflow_provider_flexout.outreach.interaction.participants import open_conversation_of
from airflow_provider_flexout.outreach.interaction.reconciliation import VISIBILITY_DELAY
from airflow_provider_flexout.outreach.interaction.record import OutreachRecord, new_record, own_record
from airflow_provider_flexout.outreach.interaction.recording import adopted, log_opened
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.api.interactions import create_interaction, update_channel
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import NotFound, OutcomeUnknown, TwilioError
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.api.interactions import Interaction
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure

_ROUNDS = 3

log = logging.getLogger(__name__)


class OneCall:
    """One attempt at an outreach.

    :param opening: the outreach.
    :param attempt: a name for this attempt that no other has.
    """

    def __init__(self, opening: InteractionRequest, attempt: str) -> None:
        self._opening = opening
        self._attempt = attempt

    def open(self) -> Procedure[InteractionResult]:
        """Open the conversation, or adopt what an earlier attempt opened.

        :raises FlexoutError: when it cannot be opened.
        """
        known = yield from self._by_name()
        if known:
            return adopted(known)
        ours = yield from self._by_addresses(VISIBILITY_DELAY if self._opening.retried else 0.0)
        if ours:
            return (yield from self._name(ours))
        opened = yield from self._create()
        return (yield from self._name(opened))

    def _by_name(self) -> Procedure[InteractionResult | None]:
        try:
            conversation = yield fetch_conversation(self._opening.unique_name)
        except NotFound:
            return None
        known = own_record(self._opening, conversation).opened(conversation.sid)
        return known or (yield from find_task(self._opening, conversation.sid))

    def _by_addresses(self, seconds: float) -> Procedure[InteractionResult | None]:
        """Look until a time is over for an open conversation with the customer, and whose it is."""
        if not (self._opening.address or self._opening.identity):
            return None
        left = seconds
        while True:
            holder = yield from open_conversation_of(self._opening)
            if holder:
                talking = AlreadyTalking(holder.conversation_sid, self._opening.customer)
                if not seconds:
                    raise talking
                task = yield from self._task_on(holder)
                if task and not self._is_ours(holder, task):
                    raise talking
                if task:
                    return opened_of_task(self._opening, task, holder.conversation_sid)
                if left <= 0:
                    raise talking
            elif left <= 0:
                return None
            yield Sleep(min(LOOK_EVERY, left))
            left -= LOOK_EVERY

    def _task_on(self, holder: ParticipantConversation) -> Procedure[Task | None]:
        expression = f'conversationSid == "{holder.conversation_sid}"'
        return (yield from oldest_task(self._opening.workspace_sid, expression))

    def _is_ours(self, holder: ParticipantConversation, task: Task) -> bool:
        """Tell an earlier attempt's conversation, not named yet, by what its task says."""
        mark = OutreachRecord.read(json_object(holder.conversation_attributes))
        if mark:
            return mark.key == self._opening.key
        theirs = task.attribute_object
        ours = self._opening.routing["properties"]["attributes"]
        same = all(theirs.get(name) == value for name, value in ours.items())
        return same and theirs.get("initiatedBy") in (None, self._opening.channel["initiated_by"])

    def _create(self) -> Procedure[InteractionResult]:
        opening = self._opening
        problem: TwilioError | None = None
        for _ in range(_ROUNDS):
            try:
                interaction = yield create_interaction(
                    opening.channel,
                    opening.routing,
                    interaction_context_sid=opening.interaction_context_sid,
                    webhook_ttid=opening.webhook_ttid,
                )
            except OutcomeUnknown as unknown:
                problem = unknown
                ours = yield from self._by_addresses(VISIBILITY_DELAY)
                if ours:
                    return ours
            else:
                return (yield from self._complete(interaction))
        raise problem or ReconciliationPending("Twilio gave no answer.")

    def _complete(self, interaction: Interaction) -> Procedure[InteractionResult]:
        """Wait until Twilio has named the conversation, which it may do after its answer."""
        opened = opened_from(self._opening, interaction)
        left = VISIBILITY_DELAY
        while opened is None and interaction.task_sid and left > 0:
            yield Sleep(LOOK_EVERY)
            left -= LOOK_EVERY
            task = yield fetch_task(self._opening.workspace_sid, interaction.task_sid)
            opened = opened_of_task(self._opening, task, None, created=True)
        if opened is None:
            raise ReconciliationPending(
                f"Twilio accepted interaction {interaction.sid}, but has named no conversation for it."
            )
        return opened

    def _name(self, opened: InteractionResult) -> Procedure[InteractionResult]:
        """Give the conversation our unique name, so that every later attempt finds it."""
        mark = new_record(self._opening, self._attempt, within=0.0, opened=opened)
        try:
            yield update_conversation(
                opened.conversation_sid,
                unique_name=self._opening.unique_name,
                attributes=mark.write_into({}),
            )
        except TwilioError as error:
            if error.code == ErrorCode.CONVERSATION_NAME_TAKEN:
                return (yield from self._stand_back(opened))
            # The SIDs are known, so the task goes on. An agent can have finished and closed it by now.
            log.warning("Could not name conversation %s: %s", opened.conversation_sid, error)
        return log_opened(opened)

    def _stand_back(self, opened: InteractionResult) -> Procedure[InteractionResult]:
        """Another attempt was faster: take its conversation, and close ours before anybody speaks."""
        winner = yield fetch_conversation(self._opening.unique_name)
        known = own_record(self._opening, winner).opened(winner.sid)
        if winner.sid == opened.conversation_sid or known is None:
            return log_opened(opened)
        if opened.interaction_sid and opened.channel_sid:
            log.warning("Closing interaction %s: another attempt was faster.", opened.interaction_sid)
            yield update_channel(opened.interaction_sid, opened.channel_sid, "closed", {"status": "closed"})
        return adopted(known)
