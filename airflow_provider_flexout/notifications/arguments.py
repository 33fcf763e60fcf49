"""Refusing a notifier's arguments when the DAG is parsed, as far as they can be told to be wrong by then.

An alarm that is refused when it is needed is lost, and nobody looks into the log of a callback.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ANY_CONVERSATION = "CH" + "0" * 32


def check_arguments(notifier: Any) -> None:
    """Refuse arguments that cannot be right; what has a template in it is left for later.

    :param notifier: the notifier with its arguments assigned.
    :raises ValueError: for the first argument that is missing or wrong.
    """
    channel, to = notifier.channel, notifier.to
    nobody = isinstance(channel, str) and (to is None or len(to) == 0)
    if (channel is None) == (notifier.conversation_sid is None) or nobody:
        raise ValueError("FlexNotifier: pass a channel and to, or a conversation_sid.")
    if to is not None and not isinstance(channel, str):
        raise ValueError("FlexNotifier: to belongs to a channel that is given by its name.")
    if notifier.throttle and not notifier.group_by:
        raise ValueError("FlexNotifier: throttle is the period of a group; pass group_by too.")
    if notifier.group_by in ("dag", "task") and not notifier.throttle:
        raise ValueError(
            f"FlexNotifier: group_by={notifier.group_by!r} needs a throttle, as in throttle='1h'."
        )
    try:
        _check_people(notifier)
        _check_message(notifier)
        _check_group(notifier)
    except ValueError as error:  # whose sentence masks addresses
        raise ValueError(f"FlexNotifier: {error}") from None


def _check_people(notifier: Any) -> None:
    if not isinstance(notifier.channel, str) or _has_template(notifier.channel):
        return
    from airflow_provider_flexout.outreach.channels.registry import channel_named, normalize_name
    from airflow_provider_flexout.outreach.errors import InvalidInput

    channel, to = channel_named(normalize_name(notifier.channel)), notifier.to
    if not isinstance(to, (str, list, tuple)):
        raise InvalidInput("to", f"must be a text or a list of texts, got {type(to).__name__}.")
    for person in [to] if isinstance(to, str) else to:
        if not isinstance(person, str) or not person.strip():
            raise InvalidInput("to", "must be a text or a list of texts, none of them empty.")
        if not _has_template(person):
            channel.check_address("to", channel.normalize(channel.person(person)))


def _check_message(notifier: Any) -> None:
    from airflow_provider_flexout.outreach.message.draft import MessageDraft

    given: dict[str, Any] = {
        name: value
        for name in ("conversation_sid", "body", "content_sid", "content_variables", "subject")
        if (value := getattr(notifier, name)) is not None
    }
    stand_ins: dict[str, Any] = {
        "conversation_sid": _ANY_CONVERSATION, "body": "text", "content_sid": "HX" + "0" * 32,
        "content_variables": {"1": "text"}, "subject": "text",
    }  # fmt: skip
    known = {name: stand_ins[name] if _has_template(value) else value for name, value in given.items()}
    body = known.get("body") or ("" if known.get("content_sid") else "text")  # the sentence of the event
    if isinstance(body, (str, bytes)) and body.strip():
        body = "text"  # of any length and in any encoding
    known = {"conversation_sid": _ANY_CONVERSATION} | known | {"body": body}
    MessageDraft(key="", **known).check()


def _check_group(notifier: Any) -> None:
    from airflow_provider_flexout.outreach import durable
    from airflow_provider_flexout.outreach.values.durations import read_duration
    from airflow_provider_flexout.outreach.values.keys import user_key

    key, throttle = notifier.idempotency_key, notifier.throttle
    if key is not None and not _has_template(key):
        user_key(durable.KeyKind.NOTIFICATION, key)
    if throttle is not None and not _has_template(throttle):
        read_duration("throttle", throttle)


def _has_template(value: Any) -> bool:
    if isinstance(value, str):
        return any(brace in value for brace in ("{{", "{%", "{#"))
    if isinstance(value, Mapping):
        return any(map(_has_template, value.values()))
    return isinstance(value, (list, tuple)) and any(map(_has_template, value))
