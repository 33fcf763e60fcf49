"""Which DAG run and task something comes from, where its attributes tell it.

The provider writes ``source`` (``dag_id``, ``run_id``, ``task_id``, ``map_index``) into the attributes that
it gives conversations and messages anyway: under ``flexout`` in a conversation's, as ``flexout_source`` in a
message's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.records import ConversationRecord
    from airflow_provider_flexout.sandbox.state.store import Store
    from airflow_provider_flexout.sandbox.wire.request_log import LoggedRequest

__all__ = ["conversation_of", "source_in"]

_FIELDS: Final = ("dag_id", "run_id", "task_id", "map_index")


def source_in(attributes: object) -> dict[str, Any] | None:
    """Read the source from the attributes of a conversation or a message; None where there is none.

    :param attributes: JSON text.
    """
    if not isinstance(attributes, str) or "source" not in attributes:
        return None
    try:
        parsed = json.loads(attributes)
    except ValueError:
        return None
    if not isinstance(parsed, dict):
        return None
    record = parsed.get("flexout")
    source = parsed.get("flexout_source") or (record.get("source") if isinstance(record, dict) else None)
    return {name: source.get(name) for name in _FIELDS} if isinstance(source, dict) else None


def conversation_of(store: Store, request: LoggedRequest) -> ConversationRecord | None:
    """Return the conversation that a request is about, or None if there is none (any more).

    :param store: the sandbox's state.
    :param request: the request.
    """
    path, _, query = request.path.partition("?")
    names = [request.sid or "", *path.split("/"), request.form.get("UniqueName")]
    for name in (str(each) for each in names if each):
        found = _conversation(store, name)
        if found is not None:
            return found
    return _mentioned(store, f"{query} {request.form.get('Channel', '')}")


def _conversation(store: Store, name: str) -> ConversationRecord | None:
    prefix = name[:2]
    if prefix == "KD":
        interaction = store.interactions.get(name)
        name = store.channels[interaction.channel_sid].conversation_sid if interaction else ""
    elif prefix == "WT":
        task = store.tasks.get(name)
        name = task.conversation_sid if task else ""
    return store.conversation(name)


def _mentioned(store: Store, text: str) -> ConversationRecord | None:
    """Look for a conversation's SID inside of a JSON field or a filter."""
    at = text.find("CH")
    return store.conversations.get(text[at : at + 34]) if at >= 0 else None
