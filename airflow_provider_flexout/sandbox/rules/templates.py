"""The rules of message templates: what they hold, and how WhatsApp approves them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_flexout.sandbox.state.templates import TemplateRecord, placeholders
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["STATUSES", "add", "decide", "delete", "submit"]

STATUSES: Final = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")
CATEGORIES: Final = ("UTILITY", "MARKETING", "AUTHENTICATION")
_KEYS: Final = frozenset({"friendly_name", "variables", "language", "types"})
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,16}")


def add(store: Store, given: Mapping[str, Any]) -> TemplateRecord:
    """Create a template.

    :param store: the sandbox's state.
    :param given: the JSON body.
    :raises ApiError: 400/20001.
    """
    types = _types(given)
    now = store.clock.time()
    template = TemplateRecord(
        sid=store.sids.new("HX"),
        n=max((each.n for each in store.templates.values()), default=0) + 1,
        created=now,
        updated=now,
        friendly_name=given.get("friendly_name") or "",
        language=given["language"],
        variables=dict(given.get("variables") or {}),
        types=types,
    )
    store.templates[template.sid] = template
    return template


def _types(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check a template, and return what it holds by content type."""
    unknown = sorted(given.keys() - _KEYS)
    if unknown:
        raise _invalid(f"unknown field {unknown[0]}")
    if not isinstance(given.get("language"), str) or not given["language"]:
        raise _invalid("language is required")
    types = given.get("types")
    if isinstance(types, dict):  # Twilio's own library sends every type that it knows, most as null
        types = {name: one for name, one in types.items() if one is not None}
    if not types or not isinstance(types, dict) or not all(isinstance(one, dict) for one in types.values()):
        raise _invalid("types is required: objects by content type")
    variables = given.get("variables") or {}
    if not isinstance(variables, dict) or not all(isinstance(one, str) for one in variables.values()):
        raise _invalid("variables is an object of texts")
    wrong = [name for name in placeholders(types) if not _NAME.fullmatch(name)]
    if wrong:
        raise _invalid(f"{{{{{wrong[0]}}}}} is not a placeholder")
    return types


def _invalid(reason: str) -> ApiError:
    return ApiError(400, 20001, f"Invalid request body: {reason}")


def _find(store: Store, sid_or_name: str) -> TemplateRecord | None:
    """Return a template, or None.

    :param store: the sandbox's state.
    :param sid_or_name: its SID or friendly name.
    """
    named = (each for each in store.templates.values() if each.friendly_name == sid_or_name)
    return store.templates.get(sid_or_name) or next(named, None)


def delete(store: Store, template: TemplateRecord) -> None:
    """Delete a template.

    :param store: the sandbox's state.
    :param template: the template.
    """
    del store.templates[template.sid]


def submit(store: Store, template: TemplateRecord, given: Mapping[str, Any]) -> None:
    """Submit a template to WhatsApp, whose decision comes through :func:`decide`.

    :param store: the sandbox's state.
    :param template: the template.
    :param given: the JSON body.
    :raises ApiError: 400/20001, or 409 when it was asked before.
    """
    name = given.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_]{1,512}", name):
        raise _invalid("name is required: small letters, digits and underscores")
    if given.get("category") not in CATEGORIES:
        raise _invalid(f"category is one of {', '.join(CATEGORIES)}")
    if template.status != "unsubmitted":
        raise ApiError(409, 20409, f"Template {template.sid} was submitted already")
    template.approval_name, template.category = name, given["category"]
    _set_status(store, template, "received")


def _set_status(store: Store, template: TemplateRecord, status: str, reason: str = "") -> None:
    """Let WhatsApp decide on a template.

    :param store: the sandbox's state.
    :param template: the template.
    :param status: one of :data:`STATUSES`.
    :param reason: why it was rejected.
    """
    if status not in STATUSES:
        raise ValueError(f"a template's status is one of {', '.join(STATUSES)}, not {status!r}")
    template.status, template.rejection_reason = status, reason
    template.updated = store.clock.time()


def decide(store: Store, template: str, status: str, reason: str = "") -> TemplateRecord:
    """Let WhatsApp decide on a template.

    :param store: the sandbox's state.
    :param template: its SID or friendly name.
    :param status: one of :data:`STATUSES`.
    :param reason: why it is rejected.
    :raises LookupError: if there is no such template.
    :raises ValueError: if there is no such status.
    """
    found = _find(store, template)
    if found is None:
        raise LookupError(f"no template {template}")
    _set_status(store, found, status, reason)
    return found
