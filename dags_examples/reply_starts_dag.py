"""### A customer's reply starts a run

The watcher of an asset listens to the replies in all conversations that outreach opened, and this DAG is
scheduled on the asset. The DAG thanks each customer, once for each reply. If several replies come close
together, Airflow puts them into one run, so the DAG maps over all of them.

To run it, make a connection `flexout_default`, and start a triggerer. Then let a DAG such as
`late_delivery_outreach` open a conversation, and reply in it.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher, dag, task

from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.triggers.asset_events import replies_of
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger

replies = Asset(
    "flexout://replies/all",
    watchers=[AssetWatcher(name="replies", trigger=FlexReplyTrigger(poll_interval=10))],
)


@dag(schedule=[replies], doc_md=__doc__, tags=["flexout", "example"])
def reply_starts_dag():
    # [START reply_starts_dag]
    @task
    def read_replies(triggering_asset_events) -> list[dict[str, str]]:
        """Return the operator's arguments, once per reply. They hold only SIDs."""
        return [
            {
                "conversation_sid": reply["conversation_sid"],
                "idempotency_key": f"thanks {reply['message_sid']}",
            }
            for reply in replies_of(triggering_asset_events)
        ]

    SendConversationMessageOperator.partial(
        task_id="say_thanks", body="Thank you! An agent reads your message and answers here."
    ).expand_kwargs(read_replies())
    # [END reply_starts_dag]


reply_starts_dag()
