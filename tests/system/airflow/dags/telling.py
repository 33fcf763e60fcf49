"""A task that writes what it should not into its log, and defers to a trigger that does."""

from __future__ import annotations

import logging

from airflow.sdk import BaseOperator, dag

from airflow_provider_flexout.hooks.flex import FlexHook


class TellingOperator(BaseOperator):
    """Reads a connection as each operator does, and then logs texts.

    :param conn_id: the connection.
    """

    def __init__(self, conn_id, **kwargs):
        super().__init__(**kwargs)
        self.conn_id = conn_id

    def execute(self, context):
        from telling_trigger import TellingTrigger

        FlexHook(self.conn_id).get_conn()
        texts = context["dag_run"].conf["texts"]
        for text in texts:
            logging.getLogger("somebody").warning("The task tells: %s", text)
        self.defer(trigger=TellingTrigger(self.conn_id, texts), method_name="end")

    def end(self, context, event):
        return event


@dag(schedule=None)
def telling():
    TellingOperator(task_id="tell", conn_id="flexout_secrets")


telling()
