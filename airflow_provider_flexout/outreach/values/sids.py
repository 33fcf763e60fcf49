"""SIDs: two letters that name the kind, 32 hex digits."""

from __future__ import annotations

import re

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.twilio.http.redaction import mask_text, masked_repr

_KINDS = {
    "AC": "an account",
    "CH": "a conversation",
    "FW": "a Studio flow",
    "GO": "a Flex instance",
    "HQ": "an interaction context",
    "HX": "a content template",
    "IM": "a message",
    "IS": "a conversation service",
    "KD": "an interaction",
    "ME": "a media file",
    "MG": "a Messaging Service",
    "SK": "an API key",
    "TC": "a task channel",
    "UO": "an interaction channel",
    "WK": "a worker",
    "WQ": "a task queue",
    "WS": "a workspace",
    "WT": "a task",
    "WW": "a workflow",
}
_HEX = re.compile(r"[0-9a-fA-F]{32}")


def is_sid(value: object, prefix: str) -> bool:
    """Say whether a value is a SID of this kind.

    :param value: anything.
    :param prefix: for example ``CH``.
    """
    return isinstance(value, str) and value.startswith(prefix) and bool(_HEX.fullmatch(value[2:]))


def check_sid(argument: str, value: object, prefix: str) -> None:
    """Refuse what is not a SID of this kind.

    :param argument: the name of the argument, for the error.
    :param value: what was given.
    :param prefix: for example ``CH``.
    :raises InvalidInput: with what was expected, and what the value is instead.
    """
    if is_sid(value, prefix):
        return
    got = _describe(value) if isinstance(value, str) else masked_repr(value)
    raise InvalidInput(
        argument, f"expected the SID of {_KINDS[prefix]} ({prefix} and 32 hex digits), got {got}."
    )


def _describe(text: str) -> str:
    kind = _KINDS.get(text[:2])
    if kind and _HEX.fullmatch(text[2:]):
        return f"the SID of {kind} ({text})"
    return repr(mask_text(text)[:40])
