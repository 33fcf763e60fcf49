"""The strategy ``one_call``: the single POST of Twilio's own examples, sent exactly as they are.

Nothing can be added to it by which an attempt could recognize its own work, so the guards stand around it:
our unique name, given to the conversation afterwards, and Twilio's rule that a pair of addresses is in one
open conversation at most.

1. Look for a conversation with our unique name. If it is there, adopt its SIDs.
2. Look at the customer's conversations. Adopt one that has our record: it may have lost its name when it was
   closed. An open conversation on the pair of addresses may belong to an earlier attempt that was killed
   before it named it: adopt it if its task says what ours would say.
3. Create the interaction within a limit of time after the look, and under a lock where another attempt may be
   at work. When the outcome is unknown, look as in 1 and 2 until the visibility delay is over.
4. Name the conversation, and write the SIDs into its record.

Not covered:

* two first attempts at the same moment under one default key, which only two tasks of one campaign can have,
  or a campaign's first try that stood still and resumes at the moment when a later one sends: both may send.
  The one that finds the name taken closes its own interaction again, so only one is left, but Twilio leaves
  the customer out of the one that came second;
* an attempt that is killed between 3 and 4, when the next one comes after the conversation has ended, or
  cannot find it because the channel has no addresses (chat).
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable, timing
from airflow_provider_flexout.outreach.agents.close import close_once
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ReconciliationPending
from airflow_provider_flexout.outreach.fetch_named import fetch_named
from airflow_provider_flexout.outreach.guarded_request import GuardedRequest
from airflow_provider_flexout.outreach.inbox.conversations import list_conversations_of
from airflow_provider_flexout.outreach.interaction.lookup import (
    check_not_contacted,
    find_task,
    oldest_task,
    result_of_interaction,
    result_of_task,
)
from airflow_provider_flexout.outreach.interaction.participants import with_sender
from airflow_provider_flexout.outreach.interaction.record import (
    OutreachRecord,
    log_result,
    new_record,
    own_record,
)
from airflow_provider_flexout.outreach.visibility import VisibilityWait
from airflow_provider_flexout.outreach.waiters.polling import look_for
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, update_conversation
from airflow_provider_flexout.twilio.api.interactions import create_interaction
from airflow_provider_flexout.twilio.api.tasks import fetch_task
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import NotFound, TwilioError
from airflow_provider_flexout.twilio.http.resource import json_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.participants import FirstMessage
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest, InteractionResult
    from airflow_provider_flexout.twilio.api.conversations import ParticipantConversation
    from airflow_provider_flexout.twilio.api.interactions import Interaction
    from airflow_provider_flexout.twilio.api.tasks import Task
    from airflow_provider_flexout.twilio.http.call import Procedure

    Look = Callable[[], Procedure["InteractionResult | None"]]
    Again = Callable[[Look], Procedure["InteractionResult | None"]]

log = logging.getLogger(__name__)


class OneCall:
    """One attempt at an outreach.

    :param request: the outreach.
    :param attempt_id: a name for this attempt that no other has.
    :param clock: gives seconds.
    :param first_message: the first message, which the caller sends; it notes when the interaction is created.
    :param is_locked: whether the caller holds a lock under which nobody else opens this outreach.
    """

    def __init__(
        self,
        request: InteractionRequest,
        attempt_id: str,
        clock: Callable[[], float] = time.monotonic,
        first_message: FirstMessage | None = None,
        *,
        is_locked: bool = False,
    ) -> None:
        self._request = request
        self._attempt_id = attempt_id
        self._clock = clock
        self._first_message = first_message
        self._is_locked = is_locked
        self._named: set[str] = set()  # the conversations that have our record

    def open(self) -> Procedure[InteractionResult]:
        """Open the conversation, or adopt what an earlier attempt opened.

        :raises FlexoutError: when it cannot be opened.
        """
        began_at = self._request.began_at
        looked_at = self._clock() if began_at is None else began_at
        wait = VisibilityWait(self._request.key) if self._request.retried else None
        earlier = yield from self._look(wait.look_for if wait else None)
        if earlier:
            return earlier
        guarded = GuardedRequest(
            self._request.key,
            self._look,
            self._create,
            self._clock,
            reconcile=partial(self._look, partial(look_for, seconds=timing.VISIBILITY_DELAY)),
        )
        if self._is_locked:
            opened = yield from guarded.send_under_lock()
        else:
            opened = yield from guarded.send(looked_at, exclusively=self._request.is_contended)
        if wait:
            yield from wait.end()
        return opened

    def _look(self, again: Again | None = None) -> Procedure[InteractionResult | None]:
        """Find what an earlier attempt opened, and name it where that attempt did not get so far.

        :param again: looks at the customer's conversations again and again, where it may not show yet.
        """
        known = yield from self._by_name()
        if known:
            return log_result(known)
        earlier = yield from self._by_addresses(again)
        if earlier is None or earlier.conversation_sid in self._named:
            return log_result(earlier) if earlier else None
        return (yield from self._name(earlier))

    def _by_name(self) -> Procedure[InteractionResult | None]:
        try:
            conversation = yield fetch_conversation(self._request.unique_name)
        except NotFound:
            return None
        known = own_record(self._request, conversation).result(conversation.sid)
        return known or (yield from find_task(self._request, conversation.sid))

    def _by_addresses(self, again: Again | None) -> Procedure[InteractionResult | None]:
        """Look for an earlier attempt's open conversation with the customer.

        :raises AlreadyTalking: when there is one that is not this outreach's.
        """
        if not (self._request.address or self._request.identity):
            return None
        talking: list[AlreadyTalking] = []

        def look() -> Procedure[InteractionResult | None]:
            talking.clear()
            conversations = yield from list_conversations_of(self._request.address, self._request.identity)
            for one in conversations:
                if _key_in(one) != self._request.key:
                    continue
                record = OutreachRecord.read(json_object(one.conversation_attributes))
                if record and record.sids:
                    self._named.add(one.conversation_sid)
                    return record.result(one.conversation_sid)
            yield from check_not_contacted(self._request, conversations)
            still_open = (one for one in conversations if one.conversation_state != "closed")
            holders = yield from with_sender(self._request, still_open, most=1)
            if not holders:
                return None
            holder = holders[0]
            talking.append(AlreadyTalking(holder.conversation_sid, self._request.customer))
            may_be_ours = again is not None or self._request.may_be_open
            task = (yield from self._task_on(holder)) if may_be_ours else None
            if task and not self._is_ours(holder, task):
                raise talking[0]
            return result_of_task(self._request, task, holder.conversation_sid) if task else None

        began = self._clock()
        found = yield from (again(look) if again else look())
        left = timing.VISIBILITY_DELAY - (self._clock() - began)
        if found is None and talking and again and left > 0:
            # The conversation shows, but its task may not yet, however long earlier tries have looked.
            found = yield from look_for(look, left)
        if found is None and talking:
            raise talking[0]
        return found

    def _task_on(self, holder: ParticipantConversation) -> Procedure[Task | None]:
        expression = f'conversationSid == "{holder.conversation_sid}"'
        return (yield from oldest_task(self._request.workspace_sid, expression))

    def _is_ours(self, holder: ParticipantConversation, task: Task) -> bool:
        """Recognize an earlier attempt's conversation, which is not named yet, by what its task says."""
        key = _key_in(holder)
        if key:
            return key == self._request.key
        theirs = task.attribute_object
        ours = self._request.routing["properties"]["attributes"]
        same = all(theirs.get(name) == value for name, value in ours.items())
        return same and theirs.get("initiatedBy") in (None, self._request.channel["initiated_by"])

    def _create(self) -> Procedure[InteractionResult]:
        request = self._request
        if self._first_message:
            self._first_message.note_request()
        interaction = yield create_interaction(
            request.channel,
            request.routing,
            interaction_context_sid=request.interaction_context_sid,
            webhook_ttid=request.webhook_ttid,
        )
        return (yield from self._name((yield from self._complete(interaction))))

    def _complete(self, interaction: Interaction) -> Procedure[InteractionResult]:
        """Wait until Twilio has named the conversation, which it may do after its response."""
        result = result_of_interaction(self._request, interaction)
        left = timing.VISIBILITY_DELAY
        while result is None and interaction.task_sid and left > 0:
            yield Sleep(timing.POLL_INTERVAL)
            left -= timing.POLL_INTERVAL
            task = yield fetch_task(self._request.workspace_sid, interaction.task_sid)
            result = result_of_task(self._request, task, None, created=True)
        if result is None:
            raise ReconciliationPending(
                f"Twilio accepted interaction {interaction.sid}, but has named no conversation for it."
            )
        return result

    def _name(self, result: InteractionResult) -> Procedure[InteractionResult]:
        """Give the conversation our unique name, so that every later attempt finds it."""
        record = new_record(self._request, self._attempt_id, 0.0, result)
        try:
            yield update_conversation(
                result.conversation_sid,
                unique_name=self._request.unique_name,
                attributes=record.write_into({}),
                messaging_service_sid=self._request.messaging_service_sid,
            )
        except TwilioError as error:
            if error.code == ErrorCode.CONVERSATION_NAME_TAKEN:
                return (yield from self._stand_back(result))
            # The SIDs are known, so the task goes on. An agent can have finished and closed it by now.
            log.warning("Could not name conversation %s: %s", result.conversation_sid, error)
        return log_result(result)

    def _stand_back(self, result: InteractionResult) -> Procedure[InteractionResult]:
        """Another attempt was faster: take its conversation, and close ours before anybody speaks."""
        winner = yield from fetch_named(self._request.unique_name)
        known = own_record(self._request, winner).result(winner.sid)
        if winner.sid == result.conversation_sid or known is None:
            return log_result(result)
        if result.interaction_sid and result.channel_sid:
            log.warning("Closing interaction %s: another attempt was faster.", result.interaction_sid)
            yield from close_once(result.interaction_sid, result.channel_sid, "completed")
        return log_result(known)


def _key_in(conversation: ParticipantConversation) -> str | None:
    """Read the key of the record in a conversation; another outreach may have written it in any version."""
    attributes = json_object(conversation.conversation_attributes)
    return durable.record_key(attributes.get(durable.RECORD_ATTRIBUTE))
