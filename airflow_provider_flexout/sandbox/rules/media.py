"""The media service's files: uploaded first, then named in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airflow_provider_flexout.sandbox.state.records import Media
from airflow_provider_flexout.sandbox.wire.http import TwilioError

if TYPE_CHECKING:
    from airflow_provider_flexout.sandbox.state.store import World

__all__ = ["add", "refusal"]

_MEGABYTE: Final = 1024 * 1024
_LONGEST: Final = 150 * _MEGABYTE
_LARGEST: Final = {"sms": 5 * _MEGABYTE, "whatsapp": 16 * _MEGABYTE}


def add(world: World, content_type: str, content: bytes) -> Media:
    """Store a file.

    :param world: the sandbox's state.
    :param content_type: its MIME type.
    :param content: its bytes.
    :raises TwilioError: 400/20001, 413.
    """
    kind, slash, rest = content_type.partition(";")[0].strip().lower().partition("/")
    if not (kind and slash and rest) or kind == "multipart" or rest == "x-www-form-urlencoded":
        raise TwilioError(400, 20001, f"Content-Type {content_type!r} is no type of a file")
    if not content:
        raise TwilioError(400, 20001, "The body is empty")
    if len(content) > _LONGEST:
        raise TwilioError(413, 20001, f"The file is larger than {_LONGEST} bytes")
    now = world.clock.time()
    media = Media(world.sids.new("ME"), f"{kind}/{rest}", content, now, now)
    world.media[media.sid] = media
    return media


def refusal(media: Media, channel: str | None) -> int | None:
    """Return the code with which a message with a file fails, or None.

    :param media: the file.
    :param channel: the recipient's.
    """
    return 11751 if len(media.content) > _LARGEST.get(channel or "", _LONGEST) else None
