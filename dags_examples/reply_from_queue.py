"""### A customer's reply starts a run, pushed through Redis

Twilio calls the relay, the relay puts the event on Redis, and Airflow's own trigger starts a run within
seconds. Conversations in which nobody writes cost no requests to Twilio.

Redis' Pub/Sub keeps nothing for a triggerer that does not listen at that moment, and Airflow's trigger stops
listening for a moment after each event. So `FlexReplyTrigger` also looks now and then, and starts a run for
replies that were missed. If both report a reply, the customer is thanked once, because the key of the message
is made from the reply.

To run it, install `apache-airflow-providers-redis` and `apache-airflow-providers-common-messaging`, make the
connections `flexout_default` and `redis_default`, and start a triggerer and the relay, which docs/relay.md
describes. docs/push.md describes SQS, Kinesis and Kafka, for which only the trigger's arguments change.
"""

from __future__ import annotations

from airflow.providers.common.messaging.triggers.msg_queue import MessageQueueTrigger
from airflow.sdk import Asset, AssetWatcher, dag, task

from airflow_provider_flexout.operators.message import SendConversationMessageOperator
from airflow_provider_flexout.triggers.asset_events import replies_of
from airflow_provider_flexout.triggers.reply import FlexReplyTrigger

pushed = MessageQueueTrigger(
    scheme="redis+pubsub", channels="flexout-events", redis_conn_id="redis_default", poll_interval=0.2
)
replies = Asset(
    "flexout://replies/pushed",
    watchers=[
        AssetWatcher(name="pushed", trigger=pushed),
        AssetWatcher(name="missed", trigger=FlexReplyTrigger(poll_interval="10m")),
    ],
)


@dag(schedule=[replies], doc_md=__doc__, tags=["flexout", "example"])
def reply_from_queue():
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


reply_from_queue()
