"""Refusing a notifier's wrong arguments when the DAG is parsed, as far as they are known by then.

A notification that is refused when it is needed is lost, and nobody reads the log of a callback. Arguments
with templates, and what the connection provides, are not checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_flexout.mixins.literals.known import Literals


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
        raise ValueError("FlexNotifier: to needs a channel that is given by its name.")
    if notifier.throttle and not notifier.group_by:
        raise ValueError("FlexNotifier: throttle is the period of a group; pass group_by too.")
    if notifier.group_by in ("dag", "task") and not notifier.throttle:
        raise ValueError(
            f"FlexNotifier: group_by={notifier.group_by!r} needs a throttle, as in throttle='1h'."
        )
    try:
        known = _known(notifier)
        _check_types(known)
        if channel is not None:
            _check_outreach(known)
        else:
            _refuse_of_outreach(notifier)
        _check_message(known)
    except ValueError as error:  # whose sentence masks addresses
        raise ValueError(f"FlexNotifier: {error}") from None


def _known(notifier: Any) -> Literals:
    """Give the arguments that are known; what is not UTF-8 is replaced, as it is when the message is sent."""
    from airflow_provider_flexout.outreach.values.plain import readable

    kept = {name: one for name, one in vars(notifier).items() if name in notifier.template_fields}
    known = Literals({name: readable(one) for name, one in kept.items()})
    return known.also(recovery=notifier.recovery)


def _check_types(known: Literals) -> None:
    from airflow_provider_flexout.mixins.literals.checks import check_each
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.values.arguments import check_flag, wrong_type

    check_flag("recovery", known["recovery"])
    group_by = known.get("group_by")
    if group_by is not None and not isinstance(group_by, str):
        raise InvalidInput("group_by", wrong_type(group_by))
    check_each(known)


def _check_outreach(known: Literals) -> None:
    """Check what an interaction is opened with."""
    from airflow_provider_flexout.mixins.literals.outreach import check_people, check_routing, connection_like
    from airflow_provider_flexout.outreach.channels.channel_object import build_channel
    from airflow_provider_flexout.outreach.errors import InvalidInput
    from airflow_provider_flexout.outreach.spec import OutreachSpec
    from airflow_provider_flexout.outreach.values.arguments import is_number

    to, channel = known.get("to"), known.get("channel")
    if not (isinstance(to, (str, list, tuple, type(None))) or is_number(to) or isinstance(to, bool)):
        raise InvalidInput("to", f"must be a text or a list of texts, got {type(to).__name__}.")
    if isinstance(to, (list, tuple)) and any(not isinstance(one, str) or not one.strip() for one in to):
        raise InvalidInput("to", "must be a text or a list of texts, none of them empty.")
    check_people(known, several=True)
    spec = OutreachSpec(channel=channel, initiated_by=known.get("initiated_by", "agent"))
    if isinstance(channel, Mapping) or (channel and spec.initiated_by == "customer"):
        build_channel(spec, connection_like())
    check_routing(known, by_agent=False)


def _refuse_of_outreach(notifier: Any) -> None:
    """Refuse arguments of a new interaction when the message goes into an existing conversation."""
    from airflow_provider_flexout.outreach.errors import InvalidInput

    for name in ("from_", "routing", "attributes"):
        if getattr(notifier, name) is not None:
            raise InvalidInput(name, "is only for opening a conversation, and conversation_sid names one.")


def _check_message(known: Literals) -> None:
    from airflow_provider_flexout.mixins.literals.outreach import check_message

    rest: dict[str, Any] = {"media": None, "media_sid": None}
    if "body" in known:
        body = known["body"] or (None if known.get("content_sid", "HX") else "text")  # the event's sentence
        rest["body"] = "text" if isinstance(body, str) and body.strip() else body  # of any length
    check_message(known.also(**rest).but("attributes", "channel"))
