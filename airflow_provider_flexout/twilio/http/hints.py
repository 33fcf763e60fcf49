"""What to do about a Twilio error code, in one sentence each.

Codes and meanings: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

_ADVICE = {
    11751: "The file is too large for the channel: 5 MB by SMS, 16 MB on WhatsApp, pictures 5.",
    20001: "Compare the named parameter with what the operator was given.",
    20003: "Check login and password of the Airflow connection, and that the key may use this product.",
    20404: "Check that the SID belongs to this account and that the resource has not been deleted.",
    20429: "Twilio asks for fewer requests at once: lower the pool or max_active_tis_per_dag of the task.",
    21211: "The address cannot receive messages; correct it where the pipeline reads it.",
    21408: "Allow messages to this country in the Console under Messaging, Geo permissions.",
    21610: "The customer has opted out (STOP); only their own START on this sender opens it again.",
    21617: "Shorten the body: SMS and WhatsApp carry at most 1,600 characters.",
    21655: "There is no such template in this account; correct content_sid.",
    21656: "The template takes other variables; correct content_variables.",
    30003: "The phone is off or out of reach; try again later or on another channel.",
    30005: "The number does not exist any more; correct it where the pipeline reads it.",
    30006: "A landline or unreachable carrier cannot take SMS; use another channel.",
    30007: "The carrier filtered the message; register the sender (A2P 10DLC) or change the text.",
    30008: "The carrier gave no reason; try again once, then use another channel.",
    45004: "Twilio found the Channel or Routing object invalid; compare it with the Interactions page.",
    45010: "Flex asks for fewer requests at once: lower the pool or max_active_tis_per_dag of the task.",
    45352: "Twilio could not set up the outbound channel this time; the next try may succeed.",
    45353: "The conversation already has an interaction; adopt it instead of opening another.",
    45354: "The conversation is closed, and a closed conversation cannot be opened again.",
    45355: "Add the customer to the conversation before routing it.",
    45366: "Twilio found a parameter of the channel invalid; compare it with the Interactions page.",
    45780: "Flex asks for fewer requests at once: lower the pool or max_active_tis_per_dag of the task.",
    50353: "Another conversation already has this unique name.",
    50377: "The conversation is closed for good; open another one, by a new run or another idempotency_key.",
    50407: "Twilio takes addresses in E.164 (+13115552368), WhatsApp ones as whatsapp:+13115552368.",
    50408: "The sender must be a number or sender of this account, written in E.164.",
    50409: "The customer's address and the sender must differ.",
    50414: "The customer's address and the sender must be of one kind, both SMS or both WhatsApp.",
    50416: "The customer already has an open conversation with this sender; see on_open_conversation.",
    63013: "The template breaks WhatsApp's policy, often an empty variable; correct content_variables.",
    63016: "More than 24 hours since the customer wrote: send an approved template (content_sid) instead.",
    63018: "WhatsApp limits this sender; send more slowly.",
    63021: "Template text and variables are invalid or together over 1,024 characters.",
    63024: "This number has no WhatsApp account; use another channel.",
    63028: "The template takes other variables; correct content_variables.",
    63032: "WhatsApp limits messages to this user at present; try again another day.",
    63040: "WhatsApp rejected the template; correct it and submit it again, as a new one.",
    63041: "WhatsApp paused the template because customers complained; take another for now.",
    63042: "WhatsApp has withdrawn the template; take another.",
    80906: "The interaction is not open any more.",
    80907: "The interaction does not exist in this account.",
}


def hint_for(code: int | None) -> str:
    """Say what to do about a Twilio error code; empty for codes that are not in the table.

    :param code: Twilio's error code, for example 63016.
    """
    return _ADVICE.get(code, "") if code is not None else ""
