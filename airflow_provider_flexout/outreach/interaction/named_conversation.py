"""A conversation under a name that Twilio lets exist once, and what every attempt at an outreach does in it.

1. Create the conversation under a unique name made of the key. Of several attempts one creates it, and the
   others find it.
2. Do in it what the outreach is for (:meth:`NamedConversation._open_in`).
3. Delete it where that fails for good and nobody was reached.

The code relies on this: an attempt holds a lease (``_lease``) whenever it sends what may be sent only once.
The attempt that created the conversation holds one, since nobody else can have sent anything on it; every
other attempt gets one by reconciling. An attempt gives up its lease with each request whose outcome is
unknown.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.errors import AlreadyTalking, ReconciliationPending
from airflow_provider_flexout.outreach.fetch_named import fetch_named
from airflow_provider_flexout.outreach.interaction.cleanup import check_unreached
from airflow_provider_flexout.outreach.interaction.lookup import find_earlier
from airflow_provider_flexout.outreach.interaction.reconciliation import Lease, Reconciliation
from airflow_provider_flexout.outreach.interaction.record import in_form_of, new_record, own_record
from airflow_provider_flexout.twilio.api.conversations import (
    create_conversation,
    delete_conversation,
    fetch_conversation,
)
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import (
    Conflict,
    FlexoutError,
    NotFound,
    RequestRejected,
    TwilioError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_provider_flexout.outreach.interaction.reconciliation import Reconciled
    from airflow_provider_flexout.outreach.interaction.record import OutreachRecord
    from airflow_provider_flexout.outreach.interaction.request import InteractionRequest
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.http.call import Call, Procedure

ResultT = TypeVar("ResultT")
_ROUNDS = 3

log = logging.getLogger(__name__)


class StartOver(Exception):
    """The conversation never reached anybody, or is gone, so it must be created again."""


class NamedConversation(Generic[ResultT]):
    """One attempt at an outreach in a conversation that has a name of ours.

    :param request: the outreach.
    :param attempt_id: a name for this attempt that no other has.
    :param clock: gives seconds, for knowing how long a lease still runs.
    """

    def __init__(
        self,
        request: InteractionRequest,
        attempt_id: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request = request
        self._attempt_id = attempt_id
        self._clock = clock
        self._reconciliation = Reconciliation(request, attempt_id, clock, self._find)
        self._lease: Lease | None = None  # held while nothing can have been sent on the conversation
        self._is_first = False  # whether nobody can have sent anything on it yet
        self._is_refused = False  # whether Twilio, or another server, has refused what was sent on it
        self._created_at = clock()

    def open(self) -> Procedure[ResultT]:
        """Open the conversation, or adopt what an earlier attempt opened.

        :raises FlexoutError: when it cannot be opened; where it is certain that nobody was reached,
            nothing is left behind.
        """
        for _ in range(_ROUNDS):
            conversation = None
            try:
                conversation = yield from self._name_conversation()
                if conversation is None:
                    continue
                return (yield from self._open_in(conversation))
            except StartOver:
                continue
            except GeneratorExit:  # the process ends, and carries out no further call
                raise
            except FlexoutError as error:
                if conversation is None:
                    raise
                if isinstance(error, RequestRejected) and (yield from _is_gone(conversation)):
                    continue
                if error.permanent or self._request.last_try or isinstance(error, AlreadyTalking):
                    yield from self._clean_up(conversation)
                raise
            except BaseException:
                # Interrupted: by a timeout of Airflow's, a signal, or somebody at the keyboard.
                where = conversation.sid if conversation else self._request.unique_name
                nothing_sent = self._lease is not None or self._reconciliation.is_confirming
                yield from self._reconciliation.give_back(where, nothing_sent=nothing_sent)
                raise
        raise ReconciliationPending(
            f"Conversation {self._request.unique_name} keeps appearing and vanishing."
        )

    def _name_conversation(self) -> Procedure[Conversation | None]:
        """Create the conversation or fetch the one that has its name; ``None`` if that vanished."""
        request, taken_at = self._request, self._clock()
        record = new_record(request, self._attempt_id, timing.LEASE_TTL)
        self._lease = self._reconciliation.written = Lease(taken_at, timing.LEASE_TTL)
        try:
            conversation = yield self._creation(record)
            taken_at += conversation.queued_for  # nothing was sent before that
        except Conflict as conflict:
            if conflict.code != ErrorCode.CONVERSATION_NAME_TAKEN:
                raise
            try:
                conversation = yield from fetch_named(request.unique_name)
            except NotFound:
                return None
        # Also after a conflict: the name may be taken by this attempt's own request, repeated by the
        # client because its response was lost.
        self._is_first = self._own_record(conversation).lease_holder == self._attempt_id
        self._lease = Lease(taken_at, timing.LEASE_TTL) if self._is_first else None
        self._created_at = taken_at
        self._reconciliation.written = self._lease
        named: Conversation = conversation
        return named

    def _own_record(self, conversation: Conversation) -> OutreachRecord:
        """Read the outreach's record, and go on with the customer's address as it was given at first.

        With another form of it, Twilio would add the person to the conversation a second time.
        """
        record = own_record(self._request, conversation)
        self._request = self._reconciliation.request = in_form_of(record, self._request)
        return record

    def _keep_record_in(self, attribute: str) -> None:
        """Read and write the outreach's record in another attribute of the conversation."""
        self._request = dataclasses.replace(self._request, record_attribute=attribute)
        self._reconciliation = Reconciliation(self._request, self._attempt_id, self._clock, self._find)

    def _creation(self, record: OutreachRecord) -> Call[Conversation]:
        """Give the call that creates the conversation with the outreach's record."""
        return create_conversation(
            unique_name=self._request.unique_name,
            attributes=record.write_into({}),
            messaging_service_sid=self._request.messaging_service_sid,
        )

    def _earlier(self, conversation: Conversation) -> Procedure[Conversation | None]:
        """Find the outreach's conversation that lost its name to this one, which is empty and is deleted.

        Customers are added after this look.
        """
        earlier = yield from find_earlier(self._request, conversation.sid)
        if earlier:
            with suppress(NotFound):
                yield delete_conversation(conversation.sid)
            self._is_first, self._lease = False, None
        return earlier

    def _open_in(self, conversation: Conversation) -> Procedure[ResultT]:
        """Do in the conversation what the outreach is for, unless an earlier attempt has."""
        raise NotImplementedError

    def _find(self, conversation_sid: str) -> Procedure[Any]:
        """Look once for what an earlier attempt may have sent on the conversation; ``None`` for nothing."""
        raise NotImplementedError

    def _reconcile(self, conversation: Conversation) -> Procedure[Reconciled]:
        self._lease, self._is_first = None, False
        reconciled = yield from self._reconciliation.reconcile(conversation.sid)
        self._lease = reconciled.lease
        return reconciled

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
        if self._lease is None or self._lease.left(self._clock()) <= 0:
            reconciled = yield from self._reconcile(conversation)
            if reconciled.found:
                return False
            yield from check_unreached(conversation)
        elif self._is_refused and (yield from self._find(conversation.sid)):
            return False  # who refused it was not Twilio
        yield from self._delete(conversation)
        return True

    def _clean_up(self, conversation: Conversation) -> Procedure[None]:
        if conversation.state == "closed":
            return
        try:
            yield from self.delete_orphan(conversation)
        except FlexoutError as error:
            log.warning("Could not clean up conversation %s: %s", conversation.sid, error)

    def _delete(self, conversation: Conversation) -> Procedure[None]:
        """Delete an open conversation, as long as nobody else may open an interaction on it."""
        left = self._lease.left(self._clock()) if self._lease else 0.0
        if left <= 0:
            raise ReconciliationPending("It took too long to find out whether the conversation is in use.")
        try:
            yield delete_conversation(conversation.sid).within(left)
        except NotFound as error:
            if not error.outcome_unknown:  # somebody else was faster
                raise
        log.info("Deleted conversation %s, on which no interaction was opened.", conversation.sid)


def _is_gone(conversation: Conversation) -> Procedure[bool]:
    try:
        yield fetch_conversation(conversation.sid)
    except NotFound:
        return True
    except TwilioError:
        return False
    return False
