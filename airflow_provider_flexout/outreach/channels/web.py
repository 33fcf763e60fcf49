"""Web chat: the rules of chat under another name, and Flex's own limits of files."""

from __future__ import annotations

from airflow_provider_flexout.outreach.channels.base import MEDIA_TYPES, MEGABYTE
from airflow_provider_flexout.outreach.channels.chat import Chat


class Web(Chat):
    """Flex's web chat. Files: https://www.twilio.com/docs/flex/developer/conversations/limits."""

    name = "web"
    media_types = (*MEDIA_TYPES, "image/gif", "text/plain")

    def media_limit(self, content_type: str) -> int:
        """Allow 16 MiB."""
        return 16 * MEGABYTE
