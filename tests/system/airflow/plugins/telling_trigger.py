"""A trigger that writes what it should not into its log."""

from __future__ import annotations

import logging

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_flexout.hooks.flex import FlexHook


class TellingTrigger(BaseTrigger):
    """Reads a connection as each wait does, and then logs texts.

    :param conn_id: the connection.
    :param texts: what to log.
    """

    def __init__(self, conn_id, texts):
        super().__init__()
        self.conn_id, self.texts = conn_id, texts

    def serialize(self):
        return "telling_trigger.TellingTrigger", {"conn_id": self.conn_id, "texts": self.texts}

    async def run(self):
        async with FlexHook(self.conn_id).shared_async_conn():
            for text in self.texts:
                logging.getLogger("somebody").warning("The trigger tells: %s", text)
        yield TriggerEvent("told")
