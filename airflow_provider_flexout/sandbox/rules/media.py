"""The media service's files: uploaded first, then named in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.records import MediaRecord
from airflow_provider_flexout.sandbox.wire.http import ApiError

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import Store

__all__ = ["add", "delivery_error"]

_MEGABYTE: Final = 1024 * 1024
_LONGEST: Final = 150 * _MEGABYTE
_LARGEST: Final = {"sms": 5 * _MEGABYTE, "whatsapp": 16 * _MEGABYTE}


def add(store: Store, content_type: str, content: bytes) -> MediaRecord:
    """Store a file.

    :param store: the sandbox's state.
    :param content_type: its MIME type.
    :param content: its bytes.
    :raises ApiError: 400/20001, 413.
    """
    kind, slash, rest = content_type.partition(";")[0].strip().lower().partition("/")
    if not (kind and slash and rest) or kind == "multipart" or rest == "x-www-form-urlencoded":
        raise ApiError(400, 20001, f"Content-Type {content_type!r} is no type of a file")
    if not content:
        raise ApiError(400, 20001, "The body is empty")
    if len(content) > _LONGEST:
        raise ApiError(413, 20001, f"The file is larger than {_LONGEST} bytes")
    now = store.clock.time()
    media = MediaRecord(store.sids.new("ME"), f"{kind}/{rest}", content, now, now)
    store.media[media.sid] = media
    return media


def delivery_error(media: MediaRecord, channel: str | None) -> int | None:
    """Return the code with which a message with a file fails, or None.

    :param media: the file.
    :param channel: the recipient's.
    """
    return 11751 if len(media.content) > _LARGEST.get(channel or "", _LONGEST) else None
