"""The media service's files: uploaded first, then named in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.records import MediaRecord
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = [
    "add",
]

_MAX_BYTES: Final = 150 * 1024 * 1024


def add(store: Store, content_type: str, content: bytes) -> MediaRecord:
    """Store a file.

    :param store: the sandbox's state.
    :param content_type: its MIME type.
    :param content: its bytes.
    :raises ApiError: 400/20001, 413.
    """
    kind, slash, rest = content_type.partition(";")[0].strip().lower().partition("/")
    if not (kind and slash and rest) or kind == "multipart" or rest == "x-www-form-urlencoded":
        raise ApiError(400, 20001, f"Content-Type {content_type!r} is not the type of a file")
    if not content:
        raise ApiError(400, 20001, "The body is empty")
    if len(content) > _MAX_BYTES:
        raise ApiError(413, 20001, f"The file is larger than {_MAX_BYTES} bytes")
    now = store.clock.time()
    media = MediaRecord(store.sids.new("ME"), f"{kind}/{rest}", content, now, now)
    store.media[media.sid] = media
    return media
