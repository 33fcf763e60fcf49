"""Flex itself, and what Conversations does with every conversation: its service, timers and webhook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.diagnosis.finding import (
    CONSOLE,
    Check,
    Finding,
    doubtful,
    found_or_none,
    good,
    or_unread,
    unread,
    wrong,
)
from airflow_provider_flexout.twilio.api.configuration import (
    ConversationsConfiguration,
    FlexConfiguration,
    fetch_configuration,
    fetch_configuration_webhook,
    fetch_flex_configuration,
)
from airflow_provider_flexout.twilio.api.interactions import list_interaction_webhooks
from airflow_provider_flexout.twilio.http.errors import NotFound, TwilioError

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.diagnosis.target import DiagnosisTarget

_OVERVIEW = f"{CONSOLE}/us1/develop/flex/overview"
_DEFAULTS = f"{CONSOLE}/us1/develop/conversations/manage/defaults"
_WEBHOOKS = f"{CONSOLE}/us1/develop/conversations/manage/webhooks"
_SHORT = re.compile(r"P(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)")
"""A duration of hours at most, without a day in it."""


def read_flex(target: DiagnosisTarget) -> Check[tuple[FlexConfiguration | None, list[Finding]]]:
    """Read Flex's configuration, and check whether the account has Flex and the connection its instance.

    :param target: the connection.
    :returns: the configuration, for what is compared with it; ``None`` where it cannot be read.
    """
    try:
        flex = yield from found_or_none(fetch_flex_configuration())
    except TwilioError as error:
        return None, [unread("flex", error, "It is not known which service and workspace Flex uses.")]
    if flex is None or flex.status not in (None, "ok"):
        state = "The account has no Flex." if flex is None else f"Flex's setup is {flex.status}."
        meaning = "CreateInteractionOperator and agent='now' fail: there is no interaction without Flex."
        return None, [wrong("flex", state, meaning, "Set up Flex in this account.", _OVERVIEW)]
    return flex, [_judge_instance(target, flex)]


def _judge_instance(target: DiagnosisTarget, flex: FlexConfiguration) -> Finding:
    given, actual = target.defaults.instance_sid, flex.flex_instance_sid
    if given and actual and given != actual:
        return wrong(
            "flex",
            f"instance_sid is {given}, but this account's instance is {actual}.",
            "Interaction webhooks cannot be registered.",
            f"Set instance_sid to {actual} in the extra of the connection.",
            _OVERVIEW,
        )
    return good("flex", f"The account has Flex, instance {actual}." if actual else "The account has Flex.")


def check_conversations(target: DiagnosisTarget, flex: FlexConfiguration | None) -> Check[list[Finding]]:
    """Check the service in which conversations are made, their timers, and their webhooks.

    :param target: the connection.
    :param flex: Flex's configuration, where it is known.
    """
    found = yield from or_unread("conversations service", _check_service(target, flex))
    found += yield from or_unread("webhooks", _check_webhook())
    if sid := target.defaults.instance_sid:
        found += yield from or_unread("interaction webhooks", _check_interaction_webhooks(sid))
    return found


def _check_service(target: DiagnosisTarget, flex: FlexConfiguration | None) -> Check[list[Finding]]:
    configuration = yield fetch_configuration()
    return [_judge_service(target, flex, configuration), _judge_timers(configuration)]


def _judge_service(
    target: DiagnosisTarget, flex: FlexConfiguration | None, configuration: ConversationsConfiguration
) -> Finding:
    subject, default = "conversations service", configuration.default_chat_service_sid
    flexs, given = flex.chat_service_instance_sid if flex else None, target.defaults.chat_service_sid
    if flexs and default != flexs:
        return wrong(
            subject,
            f"The default service of Conversations is {default}, but Flex uses {flexs}.",
            "Every operator creates its conversations where no agent sees them.",
            f"Make {flexs} the default conversation service.",
            _DEFAULTS,
        )
    if given and given != default:
        return wrong(
            subject,
            f"chat_service_sid is {given}, but the default service is {default}.",
            "SendConversationMessageOperator uploads files to a service that the conversation is not in.",
            f"Set chat_service_sid to {default} in the extra of the connection.",
            _DEFAULTS,
        )
    if not flexs:
        return doubtful(
            subject,
            f"The default service of Conversations is {default}.",
            "It is not known whether Flex uses it.",
            'Check it in the Console: Flex\'s service is called "Flex Chat Service".',
            _DEFAULTS,
        )
    return good(subject, f"The default service {default} is Flex's.")


def _judge_timers(configuration: ConversationsConfiguration) -> Finding:
    closed, inactive = configuration.default_closed_timer, configuration.default_inactive_timer
    if closed and _SHORT.fullmatch(closed):
        return doubtful(
            "timers",
            f"Conversations are closed after {closed} without a message.",
            "ConversationReplySensor and FollowUpOperator then find a conversation that has ended, and a "
            "late reply begins another one.",
            "Make the closed timer longer than your customers take to reply, or remove it.",
            _DEFAULTS,
        )
    said = [f"{word} after {timer}" for word, timer in (("inactive", inactive), ("closed", closed)) if timer]
    return good("timers", f"Conversations become {' and '.join(said)}." if said else "None is set.")


def _check_webhook() -> Check[list[Finding]]:
    webhook = yield fetch_configuration_webhook()
    if webhook.pre_webhook_url:
        return [
            doubtful(
                "webhooks",
                "A webhook of the account is called before each message is added (a pre-action webhook).",
                "It may change or refuse what operators send, and each of their requests waits for its "
                "response.",
                "Make sure that it lets the operators' messages pass.",
                _WEBHOOKS,
            )
        ]
    if (webhook.post_webhook_url or "").startswith("http://"):
        return [
            doubtful(
                "webhooks",
                "The account's webhook for conversations has a URL without TLS.",
                "What customers write goes over the network unencrypted.",
                "Give it a URL that begins with https://.",
                _WEBHOOKS,
            )
        ]
    told = (
        "A webhook is called for all conversations."
        if webhook.post_webhook_url
        else "None is set for all conversations."
    )
    return [good("webhooks", told)]


def _check_interaction_webhooks(instance_sid: str) -> Check[list[Finding]]:
    subject = "interaction webhooks"
    try:
        page = yield list_interaction_webhooks(instance_sid)
    except NotFound as error:
        return [
            doubtful(
                subject,
                f"They could not be read: {str(error).rstrip('.')}.",
                "It is not known whether any are registered. FlexHook().interactions fails too if "
                f"{instance_sid} is not this account's instance.",
                "Check instance_sid in the extra of the connection.",
                _OVERVIEW,
            )
        ]
    return [good(subject, f"Registered: {len(page.items)}.")]
