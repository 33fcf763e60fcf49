"""Files for messages: the media service, which is in none of Twilio's OpenAPI documents.

https://www.twilio.com/docs/conversations/api/media-resource
"""

from __future__ import annotations

from airflow_provider_flexout.twilio.http.call import Call, RetrySafety, path
from airflow_provider_flexout.twilio.http.resource import Resource

_MEDIA = "/v1/Services/{}/Media"


class Media(Resource):
    """An uploaded file; ``size`` in bytes."""

    sid: str
    content_type: str | None = None
    size: int | None = None


def create_media(chat_service_sid: str, content: bytes, content_type: str) -> Call[Media]:
    """Upload a file, for a message to name it. A file that no message names is never delivered.

    :param chat_service_sid: the service that the conversation belongs to, ``IS…``.
    :param content: the file.
    :param content_type: its MIME type, for example ``image/png``.
    """
    return Call(
        "CreateMedia",
        "mcs",
        "POST",
        path(_MEDIA, chat_service_sid),
        Media,
        RetrySafety.IDEMPOTENT,
        content=content,
        headers={"Content-Type": content_type},
    )
