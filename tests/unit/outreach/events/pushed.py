"""What Twilio sends: the fields of its pages' examples, with SIDs and addresses of nobody."""

from __future__ import annotations

from typing import Any

ACCOUNT = "AC" + 32 * "0"
CONVERSATION = "CH" + 32 * "1"
MESSAGE = "IM" + 32 * "2"
PARTICIPANT = "MB" + 32 * "3"
TASK = "WT" + 32 * "4"
INTERACTION = "KD" + 32 * "5"
CHANNEL = "UO" + 32 * "6"
AUTHOR = "+12025550143"
TEXT = "Where is my order? I am Ada, of 12 Elm Street"

ON_MESSAGE_ADDED = {
    "EventType": "onMessageAdded",
    "AccountSid": ACCOUNT,
    "Source": "SMS",
    "ConversationSid": CONVERSATION,
    "MessageSid": MESSAGE,
    "MessagingServiceSid": "MG" + 32 * "7",
    "Index": "3",
    "DateCreated": "2026-11-22T06:00:00.123Z",
    "Body": TEXT,
    "Author": AUTHOR,
    "ParticipantSid": PARTICIPANT,
    "Attributes": "{}",
}
ON_DELIVERY_UPDATED = {
    "EventType": "onDeliveryUpdated",
    "AccountSid": ACCOUNT,
    "ConversationSid": CONVERSATION,
    "MessageSid": MESSAGE,
    "DeliveryReceiptSid": "DY" + 32 * "8",
    "ParticipantSid": PARTICIPANT,
    "Status": "undelivered",
    "ErrorCode": "30008",
    "DateCreated": "2026-11-22T06:00:00Z",
    "DateUpdated": "2026-11-22T06:00:05Z",
}
ON_PARTICIPANT_JOINED = {
    "EventType": "onParticipantJoined",
    "AccountSid": ACCOUNT,
    "InteractionSid": INTERACTION,
    "ChannelSid": CHANNEL,
    "MediaChannelSid": CONVERSATION,
    "MediaChannelType": "sms",
    "ParticipantType": "agent",
    "TaskSid": TASK,
}
REPLY = {
    "v": 1,
    "kind": "reply",
    "message_sid": MESSAGE,
    "conversation_sid": CONVERSATION,
    "index": 3,
    "participant_sid": PARTICIPANT,
    "written_at": "2026-11-22T06:00:00.123000+00:00",
    "source": None,
}
"""The payload of the first of these."""


def cloud_event(kind: str, data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": kind,
        "source": ACCOUNT,
        "id": "EV" + 32 * "9",
        "dataschema": "https://events-schemas.twilio.com/any/1",
        "datacontenttype": "application/json",
        "time": "2026-11-22T06:00:00.500Z",
        "data": data,
    }


MESSAGE_ADDED = cloud_event(
    "com.twilio.conversations.message.added",
    {
        "AccountSid": ACCOUNT,
        "Author": AUTHOR,
        "ParticipantSid": PARTICIPANT,
        "ConversationSid": CONVERSATION,
        "MessageSid": MESSAGE,
        "Index": 3,
        "MessageBody": TEXT,
        "DateCreated": "2026-11-22T06:00:00.123Z",
        "Media": None,
    },
)
TASK_WRAPUP = cloud_event(
    "com.twilio.taskrouter.task.wrapup",
    {
        "name": "task.wrapup",
        "payload_type": "application/json",
        "payload": {
            "eventtype": "task.wrapup",
            "timestamp": "2026-11-22T06:00:01.000Z",
            "task_sid": TASK,
            "task_assignment_status": "wrapping",
            "task_attributes": (
                f'{{"conversationSid": "{CONVERSATION}", "flexInteractionSid": "{INTERACTION}", '
                f'"customerAddress": "{AUTHOR}", "customerName": "Ada"}}'
            ),
        },
    },
)
