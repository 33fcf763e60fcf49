"""Refusing a notifier's arguments when the DAG is parsed, as far as they can be told to be wrong by then.

An alarm that is refused when it is needed is lost, and nobody looks into the log of a callback. An
argument with a template is not judged here, nor is what the connection provides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.mixins.arguments import spec_of
from airflow_provider_flexout.outreach.values.spec import OutreachSpec

_ANY_CONVERSATION = "CH" + "0" * 32


def check_arguments(notifier: Any) -> None:
    """Refuse arguments that cannot be right; what has a template in it is left for later.

    :param notifier: the notifier with its arguments assigned.
    :raises ValueError: for the first argument that is missing or wrong.
    """
    channel, to = notifier.channel, notifier.to
    nobody = isinstance(channel, str) and (to is None or (hasattr(to, "__len__") and len(to) == 0))
    if (channel is None) == (notifier.conversation_sid is None) or nobody:
        raise ValueError("FlexNotifier: pass a channel and to, or a conversation_sid.")
    if to is not None and (channel is None or isinstance(channel, Mapping)):
        raise ValueError("FlexNotifier: to belongs to a channel that is given by its name.")
    if notifier.throttle and not notifier.group_by:
        raise ValueError("FlexNotifier: throttle is the period of a group; pass group_by too.")
    if notifier.group_by in ("dag", "task") and not notifier.throttle:
        raise ValueError(
            f"FlexNotifier: group_by={notifier.group_by!r} needs a throttle, as in throttle='1h'."
        )
    try:
        _check_types(notifier)
        if channel is not None:
            _check_people(notifier)
            _check_outreach(notifier)
        else:
            _refuse_of_outreach(notifier)
        _check_message(notifier)
        _check_group(notifier)
    except ValueError as error:  # whose sentence masks addresses
        raise ValueError(f"FlexNotifier: {error}") from None


def _check_types(notifier: Any) -> None:
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.values.arguments import wrong_type

    if not isinstance(notifier.recovery, bool):
        raise InvalidInput("recovery", f"must be True or False, got {notifier.recovery!r}.")
    for name in ("group_by", "flexout_conn_id"):
        value = getattr(notifier, name)
        if value is not None and not isinstance(value, str):
            raise InvalidInput(name, wrong_type(value))


def _check_people(notifier: Any) -> None:
    if isinstance(notifier.channel, Mapping) or _has_template(notifier.channel):
        return
    from airflow_provider_flexout.outreach.channels.registry import channel_named, normalize_name
    from airflow_provider_flexout.outreach.errors import InvalidInput

    channel, to = channel_named(normalize_name(notifier.channel)), notifier.to
    if callable(to):
        return
    if isinstance(to, (int, float)):
        channel.check_type("to", to)
    if not isinstance(to, (str, list, tuple)):
        raise InvalidInput("to", f"must be a text or a list of texts, got {type(to).__name__}.")
    for person in [to] if isinstance(to, str) else to:
        if not isinstance(person, str) or not person.strip():
            raise InvalidInput("to", "must be a text or a list of texts, none of them empty.")
        if not _has_template(person):
            channel.check_address("to", channel.normalize(channel.person(person)))
    known = OutreachSpec(**_literal(notifier) | {"to": None})
    channel.check_short_form(known)
    channel.check_types(known)
    if known.from_:
        channel.check_sender("from_", channel.normalize(known.from_))


def _check_outreach(notifier: Any) -> None:
    """Check what an interaction is opened with, beside the addresses."""
    from airflow_provider_flexout.outreach.channels.channel_object import INITIATORS, build_channel
    from airflow_provider_flexout.outreach.routing.build import build_routing
    from airflow_provider_flexout.outreach.values.arguments import check_choice, check_object
    from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults

    anything = ConnectionDefaults("any", workspace_sid="WS" + "0" * 32)
    known = OutreachSpec(**_literal(notifier))
    whole = isinstance(notifier.channel, Mapping) and not _has_template(notifier.channel)
    if not _has_template(notifier.initiated_by):
        check_choice("initiated_by", known.initiated_by, INITIATORS)
    if whole or (known.initiated_by == "customer" and known.channel):
        build_channel(known, anything)
    if known.attributes is not None:
        check_object("attributes", known.attributes)
    build_routing(
        known.routing, attributes=known.attributes or {}, defaults=anything, by_agent=False, validate=True
    )


def _refuse_of_outreach(notifier: Any) -> None:
    """Refuse what belongs to an interaction, where the message goes into a conversation that is there."""
    from airflow_provider_flexout.outreach.errors import InvalidInput

    for name in ("from_", "routing", "attributes"):
        if getattr(notifier, name) is not None:
            raise InvalidInput(name, "is for a conversation that is opened; conversation_sid names one.")


def _literal(notifier: Any) -> dict[str, Any]:
    """Give the arguments of the outreach without what has a template in it."""
    from airflow_provider_flexout.outreach.values.plain import readable

    given = vars(spec_of(notifier)).items()
    return {name: _without_templates(readable(value)) for name, value in given if not _is_template(value)}


def _without_templates(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {key: one for key, one in value.items() if not (_is_template(one) or _is_template(key))}
        return {key: _without_templates(one) for key, one in kept.items()}
    if isinstance(value, (list, tuple)):
        return [_without_templates(one) for one in value if not _is_template(one)]
    return value


def _check_message(notifier: Any) -> None:
    from airflow_provider_flexout.outreach.message.draft import MessageDraft
    from airflow_provider_flexout.outreach.values.plain import readable

    given: dict[str, Any] = {
        name: readable(value)
        for name in ("conversation_sid", "body", "content_sid", "content_variables", "subject")
        if (value := getattr(notifier, name)) is not None
    }
    stand_ins: dict[str, Any] = {
        "conversation_sid": _ANY_CONVERSATION, "body": "text", "content_sid": "HX" + "0" * 32,
        "content_variables": {"1": "text"}, "subject": "text",
    }  # fmt: skip
    known = {name: stand_ins[name] if _has_template(value) else value for name, value in given.items()}
    body = known.get("body") or ("" if known.get("content_sid") else "text")  # the sentence of the event
    if isinstance(body, str) and body.strip():
        body = "text"  # of any length
    known = {"conversation_sid": _ANY_CONVERSATION} | known | {"body": body}
    MessageDraft(key="", **known).check()


def _check_group(notifier: Any) -> None:
    from airflow_provider_flexout.outreach import durable
    from airflow_provider_flexout.outreach.values.durations import read_duration
    from airflow_provider_flexout.outreach.values.keys import user_key
    from airflow_provider_flexout.outreach.values.plain import readable

    key, throttle = notifier.idempotency_key, notifier.throttle
    if key is not None and not _has_template(key):
        user_key(durable.KeyKind.NOTIFICATION, readable(key))
    if throttle is not None and not _has_template(throttle):
        read_duration("throttle", throttle)


def _is_template(value: Any) -> bool:
    """Say whether a value is known only when the notifier is called: a template, or the author's function."""
    return callable(value) or (isinstance(value, str) and any(one in value for one in ("{{", "{%", "{#")))


def _has_template(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_template, value.values()))
    return _is_template(value) or (isinstance(value, (list, tuple)) and any(map(_has_template, value)))
