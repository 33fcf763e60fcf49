"""The content of a message, in the form that its channel takes at this moment.

Free text is sent as it is where the channel takes it. A channel with a session window does so for some time
after the customer's last message; after that, ``on_closed_window`` decides: ``fail``, ``skip``, or
``template``, which sends the template that was given with the text. Only what the conversation shows counts:
a message that the customer wrote to the same sender in another conversation is not looked for.
"""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.channels.registry import CHANNELS, channel_named, channel_of
from airflow_provider_flexout.outreach.errors import SessionWindowClosed
from airflow_provider_flexout.outreach.message.media import upload
from airflow_provider_flexout.outreach.message.templates import look_up
from airflow_provider_flexout.twilio.api.conversations import fetch_conversation, list_participants
from airflow_provider_flexout.twilio.http.pagination import read_pages

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.channels.base import Channel
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.twilio.api.messages import Message
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


def resolve_content(
    draft: MessageDraft, last_inbound: LastInbound, *, may_ask: bool = True
) -> Procedure[MessageDraft]:
    """Decide what is sent: the text, the file once it is uploaded, or the template.

    :param draft: the message.
    :param last_inbound: the customer's last message, as far as the conversation shows it.
    :param may_ask: whether Twilio may be asked for the conversation's channel, where it is not known; without
        that, free text is sent unchecked.
    :raises SessionWindowClosed: when it is too late for free text, and no template takes its place.
    :raises TemplateRefused: when the channel needs an approved template, and this one is not.
    :raises InvalidInput: when the template takes other variables, or the channel does not carry the file.
    """
    if not (draft.body or draft.media_sid or draft.media):
        return (yield from _as_template(draft, last_inbound))
    channel = _known_channel(draft, last_inbound)
    if channel is None and may_ask:
        channel = yield from channel_in(str(draft.conversation_sid))
    window = channel.session_window if channel else None
    if channel and window and not last_inbound.is_within(window):
        if draft.on_closed_window != "template" or not channel.template_approval:
            raise SessionWindowClosed(
                draft.conversation_sid, channel.name, window, takes_template=channel.template_approval
            )
        log.info("The session window is closed: template %s is sent in place of text.", draft.content_sid)
        template_only = dataclasses.replace(
            draft, body=None, media_sid=None, media=None, channel=channel.name
        )
        return (yield from _as_template(template_only, last_inbound))
    free = dataclasses.replace(draft, content_sid=None, content_variables=None)
    return (yield from _with_file(free, channel, may_ask=may_ask))


def _as_template(draft: MessageDraft, last_inbound: LastInbound) -> Procedure[MessageDraft]:
    template = yield from look_up(str(draft.content_sid))
    if template:
        template.check_variables(draft.variables or {})
        if template.status not in (None, "approved"):
            channel = _known_channel(draft, last_inbound)
            if channel is None:
                channel = yield from channel_in(str(draft.conversation_sid))
            if channel and channel.template_approval:
                template.check_approval(in_session=last_inbound.is_within(channel.session_window))
    return draft


def _known_channel(draft: MessageDraft, last_inbound: LastInbound) -> Channel | None:
    return channel_named(draft.channel) if draft.channel else last_inbound.channel


def _with_file(draft: MessageDraft, channel: Channel | None, *, may_ask: bool) -> Procedure[MessageDraft]:
    """Upload the file; an identity may be of chat or of web chat, which the outreach's record tells."""
    file, service = draft.media, draft.chat_service_sid
    if file is None:
        return draft
    if channel is None and may_ask:
        conversation = yield fetch_conversation(str(draft.conversation_sid))
        service = service or conversation.chat_service_sid
        record = conversation.attribute_object.get(durable.RECORD_ATTRIBUTE)
        channel = CHANNELS.get(durable.record_channel(record) or "")
    file.check(channel)
    sid = yield from upload(file, service, draft.conversation_sid)
    return dataclasses.replace(draft, media=None, media_sid=sid)


@dataclass(frozen=True, slots=True)
class LastInbound:
    """The customer's newest message, as far as a conversation shows it.

    :param channel: the channel that it came on; ``None`` where there is no message, or its author has no
        address.
    :param at: when it was written.
    :param now: Twilio's own clock, when the conversation was read.
    """

    channel: Channel | None = None
    at: datetime | None = None
    now: datetime | None = None

    def is_within(self, session_window: timedelta | None) -> bool:
        """Say whether a session window is open.

        :param session_window: the channel's; ``None`` is always open.
        """
        if session_window is None:
            return True
        return self.at is not None and (self.now or datetime.now(timezone.utc)) - self.at < session_window


def last_inbound_of(message: Message, now: datetime | None) -> LastInbound | None:
    """Read a message as the customer's; ``None`` where its author has no address.

    :param message: a message of any author.
    :param now: when it was read.
    """
    author = message.author or ""
    channel = channel_of(author)
    return LastInbound(channel, message.date_created, now) if channel.recognizes(author) else None


def channel_in(conversation_sid: str) -> Procedure[Channel | None]:
    """Ask who takes part in a conversation, and so which channel a message goes out on.

    Where there are several channels, the one with the narrowest rules counts. Where nobody has an address,
    everybody is in the chat itself, and there is none.

    :param conversation_sid: ``CH…``.
    """
    everybody = yield from read_pages(list_participants(conversation_sid))
    addresses = [(one.messaging_binding or {}).get("address") for one in everybody]
    return max((channel_of(address) for address in addresses if address), key=_narrowness, default=None)


def _narrowness(channel: Channel) -> tuple[bool, bool, int]:
    return channel.session_window is not None, channel.template_approval, -channel.text_limit.most
