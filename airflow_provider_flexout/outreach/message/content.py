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

from airflow_provider_flexout.outreach.errors import WindowClosed
from airflow_provider_flexout.outreach.message.media import upload
from airflow_provider_flexout.outreach.message.session_window import WINDOWED, channel_in
from airflow_provider_flexout.outreach.message.templates import look_up

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.message.draft import Utterance
    from airflow_provider_flexout.outreach.message.session_window import Heard
    from airflow_provider_flexout.twilio.http.call import Procedure

log = logging.getLogger(__name__)


def phrased(utterance: Utterance, heard: Heard, *, may_ask: bool = True) -> Procedure[Utterance]:
    """Decide what is sent: the text, the file once it is uploaded, or the template.

    :param utterance: what is to be said.
    :param heard: what the conversation shows of the customer.
    :param may_ask: whether the conversation is asked for its channel, where that is not known; otherwise
        free text is sent on trust.
    :raises WindowClosed: when it is too late for free text, and there is no template to take its place.
    :raises TemplateRefused: when WhatsApp has not approved the template.
    :raises InvalidInput: when the template takes other variables, or the channel no such file.
    """
    if not (utterance.body or utterance.media_sid or utterance.media):
        return (yield from _as_template(utterance, heard))
    channel = utterance.channel or heard.channel
    if channel is None and may_ask:
        channel = yield from channel_in(str(utterance.conversation_sid))
    if channel and channel in WINDOWED and not heard.window_open:
        if utterance.on_closed_window != "template" or channel != "whatsapp":
            raise WindowClosed(str(utterance.conversation_sid), channel)
        log.info(
            "The customer's 24 hours are over: template %s takes the text's place.", utterance.content_sid
        )
        template_only = dataclasses.replace(utterance, body=None, media_sid=None, media=None, channel=channel)
        return (yield from _as_template(template_only, heard))
    free = dataclasses.replace(utterance, content_sid=None, content_variables=None)
    return (yield from _with_file(free, channel))


def _as_template(utterance: Utterance, heard: Heard) -> Procedure[Utterance]:
    template = yield from look_up(str(utterance.content_sid))
    if template:
        template.check_variables(utterance.variables or {})
        if template.status not in (None, "approved"):
            channel = utterance.channel or heard.channel
            if (channel or (yield from channel_in(str(utterance.conversation_sid)))) == "whatsapp":
                template.check_approval(window_open=heard.window_open)
    return utterance


def _with_file(utterance: Utterance, channel: str | None) -> Procedure[Utterance]:
    file = utterance.media
    if file is None:
        return utterance
    file.check_type(channel)
    file.check_size(channel)
    sid = yield from upload(file, utterance.chat_service_sid, utterance.conversation_sid)
    return dataclasses.replace(utterance, media=None, media_sid=sid)
