"""Putting a message into the form that its channel takes at this moment.

Free text goes out as it is where the channel takes it. On WhatsApp and Messenger it does so for 24 hours
after the customer's last message; after that, ``on_closed_window`` decides: ``fail``, ``skip``, or
``template``, which sends the template that stands beside the text. What counts is what the conversation
shows; whether the customer wrote to the same sender in another one, nobody is asked.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.errors import SessionWindowClosed
from airflow_provider_flexout.outreach.message.media import upload
from airflow_provider_flexout.outreach.message.session_window import WINDOWED, channel_in
from airflow_provider_flexout.outreach.message.templates import look_up

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.message.session_window import LastInbound
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


def resolve_content(
    draft: MessageDraft, last_inbound: LastInbound, *, may_ask: bool = True
) -> Procedure[MessageDraft]:
    """Decide what is sent: the text, the file once it is uploaded, or the template.

    :param draft: what is to be said.
    :param last_inbound: what the conversation shows of the customer.
    :param may_ask: whether the conversation is asked for its channel, where that is not known; otherwise
        free text is sent on trust.
    :raises SessionWindowClosed: when it is too late for free text, and no template takes its place.
    :raises TemplateRefused: when WhatsApp has not approved the template.
    :raises InvalidInput: when the template takes other variables, or the channel no such file.
    """
    if not (draft.body or draft.media_sid or draft.media):
        return (yield from _as_template(draft, last_inbound))
    channel = draft.channel or last_inbound.channel
    if channel is None and may_ask:
        channel = yield from channel_in(str(draft.conversation_sid))
    if channel and channel in WINDOWED and not last_inbound.window_open:
        if draft.on_closed_window != "template" or channel != "whatsapp":
            raise SessionWindowClosed(str(draft.conversation_sid), channel)
        log.info("The customer's 24 hours are over: template %s takes the text's place.", draft.content_sid)
        template_only = dataclasses.replace(draft, body=None, media_sid=None, media=None, channel=channel)
        return (yield from _as_template(template_only, last_inbound))
    free = dataclasses.replace(draft, content_sid=None, content_variables=None)
    return (yield from _with_file(free, channel))


def _as_template(draft: MessageDraft, last_inbound: LastInbound) -> Procedure[MessageDraft]:
    template = yield from look_up(str(draft.content_sid))
    if template:
        template.check_variables(draft.variables or {})
        if template.status not in (None, "approved"):
            channel = draft.channel or last_inbound.channel
            if (channel or (yield from channel_in(str(draft.conversation_sid)))) == "whatsapp":
                template.check_approval(window_open=last_inbound.window_open)
    return draft


def _with_file(draft: MessageDraft, channel: str | None) -> Procedure[MessageDraft]:
    file = draft.media
    if file is None:
        return draft
    file.check_type(channel)
    file.check_size(channel)
    sid = yield from upload(file, draft.chat_service_sid, draft.conversation_sid)
    return dataclasses.replace(draft, media=None, media_sid=sid)
