"""Web chat: the rules of chat under another name."""

from __future__ import annotations

from airflow_provider_flexout.outreach.channels.chat import Chat


class Web(Chat):
    """Flex's web chat."""

    name = "web"
