"""Checking each argument alone while the DAG is parsed.

The rules for arguments that are seldom given are loaded only when needed: a DAG file is parsed again and
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_flexout.mixins.suppression import check_suppression
from airflow_provider_flexout.mixins.templates import WrappedFunction
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.spec import (
    CHANNEL_STATUSES,
    INITIATORS,
    ON_CLOSED_WINDOW,
    ON_OPEN_CONVERSATION,
    ON_SKIP,
    STRATEGIES,
    TASK_STATUSES,
    OutreachSpec,
)
from airflow_provider_flexout.outreach.values.arguments import check_choice, check_given, wrong_type
from airflow_provider_flexout.outreach.values.durations import read_duration
from airflow_provider_flexout.outreach.values.plain import user_key
from airflow_provider_flexout.outreach.values.sids import check_sid

if TYPE_CHECKING:
    from airflow_provider_flexout.mixins.literals.known import Literals

_CHOICES = {
    "channel_status": CHANNEL_STATUSES,
    "initiated_by": INITIATORS,
    "on_closed_window": ON_CLOSED_WINDOW,
    "on_open_conversation": ON_OPEN_CONVERSATION,
    "on_skip": ON_SKIP,
}
_SIDS = {
    "channel_sid": "UO", "content_sid": "HX", "conversation_sid": "CH", "from_worker_sid": "WK",
    "interaction_context_sid": "HQ", "interaction_sid": "KD", "media_channel_sid": "CH", "media_sid": "ME",
    "messaging_service_sid": "MG", "task_sid": "WT", "workspace_sid": "WS",
}  # fmt: skip
_CHECKS: dict[str, Callable[[str, Any], object]] = {
    "available_timeout": read_duration, "delivery_timeout": read_duration, "last_wait": read_duration,
    "lookback": read_duration, "throttle": read_duration,
    "campaign": lambda name, value: _check_key(name, value),
    "close_after": lambda _, value: _check_close_after(value),
    "idempotency_key": lambda name, value: _check_key(name, value),
    "on_reply": lambda _, value: _check_on_reply(value),
    "strategy": lambda name, value: check_choice(name, value, STRATEGIES),
    "task_status": lambda name, value: check_choice(name, value, TASK_STATUSES),
}  # fmt: skip
"""Those that may be left out."""
_POLICIES = ("consent", "contact_window", "frequency_cap", "suppression", "timezone")
_NEEDED = ("interaction_sid", "task_sid")


def check_each(known: Literals) -> None:
    """Check each argument that means the same in every class.

    :param known: the arguments.
    :raises InvalidInput: for the first that is wrong.
    """
    for name, value in known.items():
        if name in _CHOICES:
            check_choice(name, value, _CHOICES[name])
        elif name in _SIDS:
            _check_sid(name, value, validate=known.get("validate", True))
        elif name in _CHECKS and value is not None:
            _CHECKS[name](name, value)
    if (conn_id := known.get("flexout_conn_id", "")) is None or not isinstance(conn_id, str):
        raise InvalidInput("flexout_conn_id", wrong_type(conn_id))
    check_policies(known)


def _check_sid(name: str, value: Any, *, validate: bool) -> None:
    if isinstance(value, Mapping) and name == "conversation_sid":
        return  # the result of a task
    if name in _NEEDED or value == "None":
        check_given(name, value)
    if value and validate:
        check_sid(name, value, _SIDS[name])


def _check_key(name: str, value: Any) -> None:
    try:
        user_key(durable.KeyKind.CAMPAIGN, value)
    except InvalidInput as error:
        raise InvalidInput(name, error.problem) from None


def _check_close_after(value: Any) -> None:
    from airflow_provider_flexout.outreach.conversation.request import closing_timer

    closing_timer(OutreachSpec(close_after=value))


def _check_on_reply(value: Any) -> None:
    from airflow_provider_flexout.mixins.literals.outreach import connection_like
    from airflow_provider_flexout.outreach.conversation.request import flow_of

    flow_of(OutreachSpec(on_reply=value), connection_like())


def check_policies(known: Literals) -> None:
    """Check who may be contacted, and when.

    :param known: the arguments.
    :raises InvalidInput: for the first that is wrong.
    """
    if all(known.get(name) is None for name in _POLICIES):
        return
    from airflow_provider_flexout.outreach.policies.rules import read_rules

    given = {name: known[name] for name in ("consent", "frequency_cap") if name in known}
    window, zone = without_holidays(known.get("contact_window")), known.get("timezone")
    read_rules(None, **given, contact_window=window)
    if known.has("contact_window", "timezone") and not isinstance(zone, WrappedFunction):
        read_rules(contact_window=window, timezone=zone)
    if known.get("suppression") is not None:
        check_suppression(known["suppression"])


def without_holidays(window: Any) -> Any:
    """Leave out the holidays, since loading those of a country takes half a second."""
    from airflow_provider_flexout.outreach.policies.contact_window import ContactWindow

    if isinstance(window, ContactWindow):
        return replace(window, holidays=())
    if isinstance(window, (list, tuple)):
        return [without_holidays(one) for one in window]
    return {**window, "holidays": ()} if isinstance(window, Mapping) else window
