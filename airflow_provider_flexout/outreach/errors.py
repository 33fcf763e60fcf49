"""The errors that the rules of outreach raise, beside Twilio's own.

::

    FlexoutError
    ├── InvalidInput             an argument is wrong; nothing was sent
    ├── KeyReused                one idempotency key stands for two different outreaches
    ├── ContactedAlready         the campaign has contacted the customer under another key
    ├── AlreadyTalking           the customer has an open conversation with this sender
    ├── ConversationEnded        the conversation is closed or gone
    ├── NobodyListens            nobody would see what the customer replies in the conversation
    ├── ConversationOfAnotherOutreach    a conversation that this provider did not create has our unique name
    ├── RecordTooNew             a newer version of this provider is at work on the same outreach
    ├── RecordDamaged            something has changed the record of an outreach, so that it cannot be read
    ├── ContactRuledOut          a contact policy says that the customer must not be contacted
    ├── ContactHeld              a contact policy says that the customer may be contacted later
    ├── NoContactHours           nobody can say when the customer may be contacted
    ├── TemplateRefused          WhatsApp has not approved the template
    ├── SessionWindowClosed      the channel takes no free text any more
    ├── InteractionFailed        the channel failed, or the task was canceled
    ├── NobodyAvailable          nobody could take the conversation for as long as was allowed
    ├── DeliveryFailed           a message did not arrive
    ├── NotEverybodyNotified     of several people, some were not told
    ├── WaitTimedOut             what was waited for has not happened in time
    └── ReconciliationPending    another attempt is at work on the same outreach; a retry finds out
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow_provider_flexout.twilio.http.errors import FlexoutError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta


class InvalidInput(FlexoutError, ValueError):
    """An argument is wrong; nothing was sent.

    :param argument: the name of the argument, as the user knows it.
    :param problem: what is wrong, and what is allowed.
    """

    def __init__(self, argument: str, problem: str) -> None:
        self.argument = argument
        self.problem = problem
        super().__init__(f"{argument}: {problem}")


class KeyReused(FlexoutError):
    """One idempotency key stands for two different outreaches."""


class AlreadyTalking(FlexoutError):
    """The customer already has an open conversation with this sender.

    It is not permanent: the conversation may be over by the next try.

    :param conversation_sid: that conversation, ``CH…``.
    :param customer: the customer's address, masked.
    """

    permanent = False

    def __init__(self, conversation_sid: str, customer: str) -> None:
        self.conversation_sid = conversation_sid
        super().__init__(
            f"{customer} already has an open conversation with this sender: {conversation_sid}. "
            'Pass on_open_conversation="join" to send messages in it or "skip" to leave the customer alone, '
            "or close it first."
        )


class ContactedAlready(FlexoutError):
    """The campaign has contacted the person before, under another id or in another form of their address.

    :param conversation_sid: that conversation, ``CH…``.
    """

    def __init__(self, conversation_sid: str) -> None:
        super().__init__(
            f"the same person was contacted by this campaign in {conversation_sid}, under another id or in "
            "another form of the address."
        )


class ConversationEnded(FlexoutError):
    """The conversation is closed or gone."""


class NobodyListens(FlexoutError):
    """Nobody would see what the customer replies in a conversation; nothing was sent.

    :param conversation_sid: ``CH…``.
    """

    def __init__(self, conversation_sid: str) -> None:
        super().__init__(
            f"Nobody would see a reply in conversation {conversation_sid}, so nothing was sent: it has "
            'neither an agent nor a webhook, and was not opened with on_reply="pipeline". '
            'CreateConversationOperator(on_open_conversation="join") registers the webhook again; '
            'CreateInteractionOperator(media_channel_sid=…, initiated_by="customer") hands the conversation '
            "to an agent."
        )


@contextmanager
def conversation_exists(conversation_sid: object) -> Iterator[None]:
    """Report that the conversation is gone, where Twilio does not find what is in it.

    :param conversation_sid: ``CH…``.
    :raises ConversationEnded: in place of ``NotFound``.
    """
    try:
        yield
    except NotFound as error:
        raise ConversationEnded(
            f"There is no conversation {conversation_sid} in this account, or it was deleted."
        ) from error


class ConversationOfAnotherOutreach(FlexoutError):
    """A conversation has our unique name, but not the record of this outreach."""


class RecordTooNew(FlexoutError):
    """A newer version of this provider wrote the record of an outreach, so nothing is sent.

    It is not permanent: a retry may run on a worker that has the newer version.

    :param key: the outreach's.
    :param found: the version of the record.
    :param known: the version that this provider reads.
    """

    permanent = False

    def __init__(self, key: str, found: object, known: int) -> None:
        super().__init__(
            f"The record of outreach {key} has version {found!r}, and this version of "
            f"airflow-provider-flexout reads version {known} only, so nothing was sent. On every worker and "
            "triggerer, install the newest version that is in use."
        )


class RecordDamaged(FlexoutError):
    """Something has changed the record of an outreach in its conversation, so nothing is sent.

    :param key: the outreach's, as it was found; it is named where it is one of this provider's.
    :param attribute: the conversation's attribute in which the record stands.
    :param what: the field that cannot be read, and why.
    """

    def __init__(self, key: str, attribute: str, what: str) -> None:
        named = f" {key}" if re.fullmatch(r"fx[0-9a-f]{32}", key) else ""
        super().__init__(
            f'The record of outreach{named} cannot be read: in the attribute "{attribute}" of its '
            f"conversation, {what}. Nothing was sent. Something else has changed it: make sure that it keeps "
            f'"{attribute}" when it writes attributes, and restore the old value, or start the outreach '
            "again under another idempotency_key."
        )


class ContactRuledOut(FlexoutError):
    """A contact policy, or the state of the conversation, rules the contact out; nothing was sent.

    :param reason: one word for programs, such as ``opted_out``.
    :param why: a sentence for people, with addresses masked.
    """

    def __init__(self, reason: str, why: str) -> None:
        self.reason, self.why = reason, why
        super().__init__(f"{reason}: {why}")


class ContactHeld(FlexoutError):
    """The customer may be contacted later; nothing was sent.

    :param until: when to try again, aware; ``None`` where that is not known.
    :param why: a sentence for people, with addresses masked.
    """

    permanent = False

    def __init__(self, until: datetime | None, why: str) -> None:
        self.until = until
        when = f"until {until.isoformat(timespec='seconds')}" if until else "for now"
        super().__init__(f"Held {when}: {why} Nothing was sent; try again then.")


class NoContactHours(FlexoutError):
    """Nobody can say when the customer may be contacted, so they are not."""


class TemplateRefused(FlexoutError):
    """WhatsApp has not approved the template; nothing was sent."""


class SessionWindowClosed(FlexoutError):
    """The customer's session window is closed, so the channel takes no free text; nothing was sent.

    :param conversation_sid: the conversation, ``CH…``; ``None`` for one that is yet to be opened.
    :param channel: the name of the channel.
    :param session_window: how long the channel takes free text after the customer's last message.
    :param takes_template: whether an approved template can be sent nevertheless.
    """

    def __init__(
        self, conversation_sid: str | None, channel: str, session_window: timedelta, *, takes_template: bool
    ) -> None:
        hint = (
            'Send an approved template instead, or beside the text with on_closed_window="template"; '
            'on_closed_window="skip" leaves the customer alone.'
            if takes_template
            else f'on_closed_window="skip" leaves the customer alone; no template reopens {channel}.'
        )
        hours = session_window.total_seconds() / 3600
        where = f"conversation {conversation_sid}" if conversation_sid else "a new conversation"
        super().__init__(
            f"{channel} takes free text for {hours:g} hours after the customer's last message, and "
            f"{where} shows no message that recent. {hint}"
        )


class InteractionFailed(FlexoutError):
    """The channel failed or the task was canceled, so no agent has the conversation."""


class NobodyAvailable(FlexoutError):
    """Nobody could take the conversation for as long as was allowed; nobody was contacted.

    :param why: what was lacking in the end, as a sentence.
    :param waited: how long the task has waited, as text such as ``2 hours``.
    """

    def __init__(self, why: str, waited: str) -> None:
        super().__init__(f"Nobody could take the conversation for {waited}, so it was not opened. {why}")


class DeliveryFailed(FlexoutError):
    """A message did not arrive.

    :param message_sid: ``IM…``.
    :param status: ``failed`` or ``undelivered``.
    :param code: Twilio's error code, where it gave one.
    """

    def __init__(self, message_sid: str, status: str, code: int | None) -> None:
        from airflow_provider_flexout.twilio.http.codes import hint_for

        self.message_sid = message_sid
        self.code = code or None
        reason = f"code {code}" if code else "without a code"
        where = f" https://www.twilio.com/docs/errors/{code}" if code else ""
        hint = f" {found}" if (found := hint_for(self.code)) else ""
        super().__init__(f"Message {message_sid} is {status}, {reason}.{hint}{where}")


class ReconciliationPending(FlexoutError):
    """It is not known yet what becomes of a request, or of something that another attempt is at work on."""

    permanent = False


class NotEverybodyNotified(FlexoutError):
    """Some of the people whom a notifier had to tell were not told; all others were."""


class WaitTimedOut(FlexoutError):
    """What was waited for has not happened by the deadline.

    :param waited: how long the wait has lasted, as text such as ``2 hours``.
    """

    permanent = False

    def __init__(self, waited: str) -> None:
        super().__init__(f"Waited for {waited}, and it has not happened.")
