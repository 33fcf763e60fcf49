"""Twilio's error codes: those that this provider acts upon, or can say something helpful about.

The names are ours, after the titles in Twilio's list: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import enum
from typing import Final


class ErrorCode(enum.IntEnum):
    """A code that Twilio gives with an error. It equals its number, so it compares with what a body holds.

    The page of each is at ``https://www.twilio.com/docs/api/errors/`` followed by the number. ``hint`` says
    in a sentence what a user can do about it; it is empty where nothing sensible can be said.
    """

    hint: str

    def __new__(cls, code: int, hint: str) -> ErrorCode:
        """Make a member from a number and its hint."""
        member = int.__new__(cls, code)
        member._value_, member.hint = code, hint
        return member

    MEDIA_TOO_LARGE = 11751, "Make the file smaller; docs/channels.md has each channel's largest size."
    """The media of a message are larger than its channel takes."""

    MEDIA_TYPE_INVALID = 12300, "Send a type of file that the channel carries, such as .jpg, .png or .pdf."
    """The media of a message are of a type that its channel does not take."""

    UNKNOWN_PARAMETERS = 20001, "Compare the named parameter with what the operator was given."
    """A parameter is missing, unknown or has a value that is not allowed."""

    AUTHENTICATION_FAILED = 20003, "Check login and password of the connection, and what the key may use."
    """The credentials are wrong, or may not use this resource."""

    ACCOUNT_NOT_ACTIVE = 20005, "Twilio has suspended or closed the account; see the Console, or its support."
    """The account is not active."""

    NOT_FOUND = 20404, "Check that the SID belongs to this account and has not been deleted."
    """The resource does not exist in this account, or not any more."""

    TOO_MANY_REQUESTS = 20429, "Send less at once: lower the task's pool or max_active_tis_per_dag."
    """Too many requests at once; the request was not processed."""

    INVALID_TO_NUMBER = 21211, "The address cannot receive messages; correct it where the pipeline reads it."
    """The phone number of the recipient is not valid."""

    REGION_NOT_PERMITTED = 21408, "Allow this country in the Console under Messaging, Geo permissions."
    """The account may not send messages to this country."""

    RECIPIENT_UNSUBSCRIBED = 21610, "The customer opted out (STOP); only their own START opts in again."
    """The recipient has opted out of messages from this sender."""

    SENDER_NOT_CAPABLE = 21606, "Use a number of this account that can send messages to that country."
    """The sender is not a number of this account that sends messages to the recipient's country."""

    RECIPIENT_NOT_VERIFIED = 21608, "Trial accounts send only to verified numbers; verify this, or upgrade."
    """The account is a trial account, and the recipient's number has not been verified."""

    ROUTE_UNAVAILABLE = 21612, "This sender cannot reach this number; use a sender that serves its country."
    """The message cannot be sent with this combination of recipient and sender."""

    RECIPIENT_NOT_MOBILE = 21614, "Not a mobile number; correct it, or use another channel."
    """The phone number of the recipient cannot receive SMS."""

    BODY_TOO_LONG = 21617, "Shorten the body: SMS and WhatsApp carry at most 1,600 characters."
    """The body of a message is longer than 1,600 characters."""

    RECIPIENT_LANDLINE = 21635, "A landline cannot take SMS; use another number or another channel."
    """The phone number of the recipient is a landline."""

    CONTENT_SID_INVALID = 21655, "There is no such template in this account; correct content_sid."
    """The content template does not exist in this account."""

    CONTENT_VARIABLES_INVALID = 21656, "The template takes other variables; correct content_variables."
    """The variables do not fit the content template."""

    SERVICE_WITHOUT_SENDER = 21703, "Add a sender to the Messaging Service that reaches this country."
    """No sender of the Messaging Service can send this message to this recipient."""

    ACCOUNT_SUSPENDED = 30002, "Twilio has suspended the account; see the Console, or its support."
    """The account was suspended before the message was sent."""

    HANDSET_UNREACHABLE = 30003, "The phone is off or out of reach; try again later or on another channel."
    """The recipient's phone is off or out of reach."""

    MESSAGE_BLOCKED = 30004, "The phone or its carrier takes no messages from us; use another channel."
    """The recipient's phone or carrier blocks the message."""

    HANDSET_UNKNOWN = 30005, "The number does not exist any more; correct it where the pipeline reads it."
    """The recipient's phone number is not in use."""

    CARRIER_UNREACHABLE = 30006, "A landline or unreachable carrier cannot take SMS; use another channel."
    """The number is a landline, or its carrier takes no messages."""

    MESSAGE_FILTERED = 30007, "The carrier filtered it; register the sender (A2P 10DLC) or change the text."
    """The carrier or Twilio filtered the message."""

    DELIVERY_UNKNOWN_ERROR = 30008, "The carrier gave no reason; try again once, then use another channel."
    """The carrier reported a failure without a reason."""

    CARRIER_RATE_LIMITED = 30022, "Send more slowly: the A2P 10DLC campaign allows no more per second."
    """More messages than carriers take for the sender's A2P 10DLC campaign."""

    CARRIER_DAILY_LIMIT = 30023, "Wait until tomorrow: the A2P 10DLC brand has used up this carrier's day."
    """More messages than a carrier takes in a day for the sender's A2P 10DLC brand."""

    TOLL_FREE_NOT_VERIFIED = 30032, "Verify the toll-free number in the Console, or use another sender."
    """The sender is a toll-free number that has not been verified."""

    A2P_CAMPAIGN_SUSPENDED = 30033, "Find out in the Console why the A2P 10DLC campaign is suspended."
    """The A2P 10DLC campaign of the sender is suspended."""

    SENDER_NOT_REGISTERED = 30034, "Register the sender for A2P 10DLC in the Console, or use another."
    """The sender is a US number that is not registered for A2P 10DLC."""

    SENDER_NOT_READY = 30035, "Wait until the sender's A2P 10DLC registration is complete, or use another."
    """The sender is a US number whose registration for A2P 10DLC is not complete."""

    PROVIDER_TIMEOUT = 30410, "Try again later: the carrier did not respond, and Twilio does not retry."
    """The carrier's network did not respond in time."""

    FRAUD_SUSPECTED = 30450, "Twilio suspects SMS pumping; allow the number in the Console if you know it."
    """Twilio's protection against SMS pumping blocked the message."""

    ACCOUNT_LIMIT_EXCEEDED = 30454, "Wait until tomorrow, or ask Twilio's support for a higher limit."
    """The account has sent as many messages as it may."""

    RECIPIENT_UNSUBSCRIBED_LATER = 30630, "The customer opted out (STOP); only their START opts in again."
    """The recipient has opted out, which was found after the message had been accepted."""

    FLEX_VALIDATION_FAILED = 45004, "Compare the Channel and Routing objects with the Interactions page."
    """Flex found the request of an interaction invalid."""

    FLEX_RATE_LIMITED = 45010, "Send less at once: lower the task's pool or max_active_tis_per_dag."
    """Too many requests to the Flex API; the request was not processed."""

    OUTBOUND_CHANNEL_FAILED = 45352, "Twilio could not set up the channel; the next try may succeed."
    """Flex could not create the outbound channel in Conversations."""

    CHANNEL_ALREADY_MAPPED = 45353, "The conversation already has an interaction: use it, and open no other."
    """The conversation already has an interaction channel."""

    CONVERSATION_CLOSED_FOR_CHANNEL = 45354, "A closed conversation cannot be opened again; use another."
    """The conversation of the interaction channel is closed."""

    NO_PARTICIPANTS_FOR_CHANNEL = 45355, "Add the customer to the conversation before routing it."
    """The conversation of the interaction channel has no participants."""

    CHANNEL_CONVERSATION_READ_FAILED = 45356, ""
    """Flex could not read the conversation of a channel."""

    CHANNEL_PARTICIPANTS_READ_FAILED = 45357, ""
    """Flex could not read the participants of a channel's conversation."""

    CHANNEL_CLOSE_FAILED = 45360, ""
    """Flex could not close the conversation of a channel."""

    PARTICIPANT_ADD_FAILED = 45361, ""
    """Flex could not add a participant to a channel's conversation."""

    CHANNEL_PARAMETERS_INVALID = 45366, "Compare the channel's parameters with the Interactions page."
    """A parameter of the interaction channel is invalid."""

    CHANNEL_ACTIVATION_FAILED = 45381, ""
    """Flex could not activate the interaction channel."""

    CHANNEL_CREATION_FAILED = 45770, ""
    """Flex could not create the interaction channel."""

    FLEX_CONCURRENCY_EXCEEDED = 45780, "Send less at once: lower the pool or max_active_tis_per_dag."
    """Too many Flex requests are under way; the request was not processed."""

    CONVERSATION_NAME_TAKEN = 50353, "Another conversation already has this unique name."
    """Another conversation has this unique name."""

    STUDIO_FLOW_INVALID = 50367, "No such Studio flow: correct on_reply, or the connection's studio_flow_sid."
    """The webhook of a conversation names a Studio flow that the account does not have."""

    CONVERSATION_CLOSED = 50377, "Closed for good; open another with a new run or another idempotency_key."
    """The conversation is closed, and stays closed."""

    BINDING_ADDRESS_INVALID = (
        50407,
        (
            "Write addresses in E.164: +13115552368, or whatsapp:+13115552368. A WhatsApp user's id may be "
            "refused: then contact them by their number."
        ),
    )
    """The address of a participant is not valid."""

    BINDING_PROXY_ADDRESS_INVALID = 50408, "The sender must be one of this account's, written in E.164."
    """The proxy address of a participant is not valid."""

    BINDING_ADDRESSES_EQUAL = 50409, "The customer's address and the sender must differ."
    """The address and the proxy address of a participant are the same."""

    BINDING_ADDRESS_TYPES_DIFFER = 50414, "Address and sender must both be for SMS or both for WhatsApp."
    """The address and the proxy address of a participant are of different kinds."""

    BINDING_TAKEN = 50416, "This customer and sender have an open conversation; see on_open_conversation."
    """Another open conversation has this pair of address and proxy address."""

    PARTICIPANT_EXISTS = 50433, ""
    """The participant is in the conversation already."""

    GROUP_PARTICIPANT_EXISTS = 50437, ""
    """The participant is in the group conversation already."""

    PARTICIPANT_IDENTITY_EXISTS = 50438, ""
    """A participant of this identity may be in the conversation already; Twilio's page does not say."""

    CHANNEL_RECIPIENT_NOT_FOUND = 63003, "No such address; correct it, or use another channel."
    """The channel could not find the address of the recipient."""

    CHANNEL_SENDER_NOT_FOUND = 63007, "Connect this sender to the channel in the Console, or correct it."
    """This account has no such sender on the channel."""

    TEMPLATE_POLICY_VIOLATED = 63013, "Is a variable empty? Correct content_variables or the template."
    """The message violates the policy of its channel."""

    BLOCKED_BY_USER = 63014, "The customer blocked the sender or opted out; wait until they write again."
    """The recipient has blocked the sender on its channel, or opted out."""

    NOT_IN_SANDBOX = 63015, "Twilio's WhatsApp sandbox: the customer has to join it first."
    """The sender is Twilio's own for tests, and the recipient has not joined it."""

    OUTSIDE_SESSION_WINDOW = 63016, "Over 24 hours since the customer wrote: use a template (content_sid)."
    """A message without a template outside of WhatsApp's customer service window."""

    CHANNEL_RATE_LIMITED = 63018, "WhatsApp limits this sender; send more slowly."
    """The sender has sent more messages than its channel allows."""

    INVITATION_NOT_ACCEPTED = 63020, "Accept Twilio's invitation in Meta's Business Manager."
    """The business has not allowed Twilio to send for it."""

    CHANNEL_CONTENT_INVALID = 63021, "Text and variables are invalid, or together over 1,024 characters."
    """The content of a message is invalid for its channel."""

    CHANNEL_RECIPIENT_INVALID = 63024, "This number has no WhatsApp account; use another channel."
    """The recipient has no account on the channel."""

    TEMPLATE_PARAMETERS_MISMATCH = 63028, "The template takes other variables; correct content_variables."
    """The number of variables differs from what the template takes."""

    USER_LIMITED = 63032, "WhatsApp limits messages to this user at present; try again another day."
    """WhatsApp limits the messages that this user gets."""

    MARKETING_REFUSED = 63033, "The customer wants no marketing on WhatsApp; only they can allow it again."
    """The recipient has opted out of the business's marketing messages; 63050 is the newer code."""

    DAILY_LIMIT_EXCEEDED = 63038, "Wait until tomorrow, or ask Twilio's support for a higher daily limit."
    """The account has sent as many messages as it may within 24 hours."""

    TEMPLATE_REJECTED = 63040, "WhatsApp rejected the template; correct it and submit it again, as a new one."
    """WhatsApp rejected the template."""

    TEMPLATE_PAUSED = 63041, "WhatsApp paused it because customers complained; use another for now."
    """WhatsApp paused the template."""

    TEMPLATE_DISABLED = 63042, "WhatsApp has withdrawn the template; use another."
    """WhatsApp disabled the template."""

    MARKETING_WITHHELD = 63049, "Meta limits marketing to them: wait, or send a utility template."
    """Meta chose not to deliver a marketing message."""

    MARKETING_OPTED_OUT = 63050, "The customer wants no marketing on WhatsApp; only they can allow it again."
    """The recipient has opted out of the business's marketing messages."""

    WHATSAPP_SENDER_LOCKED = (
        63051,
        "Meta locked the sender: register it again if it was not used for a month, or appeal in Meta's "
        "Business Manager.",
    )
    """Meta has locked the sender, for lack of use, or its business account, for a breach of its policy.

    https://www.twilio.com/docs/whatsapp/best-practices-and-faqs
    """

    WHATSAPP_ACCOUNT_DISABLED = 63112, "Meta disabled the WhatsApp account: appeal in its Business Manager."
    """Meta disabled the business account that the sender belongs to."""

    INTERACTION_NOT_OPEN = 80906, "The interaction is not open any more."
    """The interaction is not open."""

    INTERACTION_NOT_FOUND = 80907, "The interaction does not exist in this account."
    """The interaction does not exist in this account."""


RATE_LIMIT_CODES: Final = frozenset(
    {ErrorCode.TOO_MANY_REQUESTS, ErrorCode.FLEX_RATE_LIMITED, ErrorCode.FLEX_CONCURRENCY_EXCEEDED}
)
"""The request was not processed. Flex gives two of them with HTTP 400, so the status alone does not tell."""

DOWNSTREAM_CODES: Final = frozenset(
    {
        ErrorCode.OUTBOUND_CHANNEL_FAILED,
        ErrorCode.CHANNEL_CONVERSATION_READ_FAILED,
        ErrorCode.CHANNEL_PARTICIPANTS_READ_FAILED,
        ErrorCode.CHANNEL_CLOSE_FAILED,
        ErrorCode.PARTICIPANT_ADD_FAILED,
        ErrorCode.CHANNEL_ACTIVATION_FAILED,
        ErrorCode.CHANNEL_CREATION_FAILED,
    }
)
"""Something behind Flex failed. Twilio does not say whether the request took effect by then."""


SENDER_CODES: Final = frozenset(
    {
        ErrorCode.ACCOUNT_SUSPENDED,
        ErrorCode.TOLL_FREE_NOT_VERIFIED,
        ErrorCode.A2P_CAMPAIGN_SUSPENDED,
        ErrorCode.SENDER_NOT_REGISTERED,
        ErrorCode.SENDER_NOT_READY,
        ErrorCode.ACCOUNT_LIMIT_EXCEEDED,
        ErrorCode.CHANNEL_SENDER_NOT_FOUND,
        ErrorCode.INVITATION_NOT_ACCEPTED,
        ErrorCode.DAILY_LIMIT_EXCEEDED,
        ErrorCode.WHATSAPP_SENDER_LOCKED,
        ErrorCode.WHATSAPP_ACCOUNT_DISABLED,
    }
)
"""The reason is the sender or its account, so a message to the next customer fails as well."""

OPT_OUT_CODES: Final = frozenset(
    {
        ErrorCode.RECIPIENT_UNSUBSCRIBED,
        ErrorCode.RECIPIENT_UNSUBSCRIBED_LATER,
        ErrorCode.BLOCKED_BY_USER,
        ErrorCode.MARKETING_REFUSED,
        ErrorCode.MARKETING_OPTED_OUT,
    }
)
"""The recipient wants no messages from this sender, or no marketing messages."""


def hint_for(code: int | None) -> str:
    """Say what a user can do about an error of Twilio's.

    :param code: Twilio's error code, for example 63016; ``None`` where there is none.
    :return: a sentence; empty for a code without a hint.
    """
    try:
        return ErrorCode(code).hint  # type: ignore[call-arg,arg-type]
    except ValueError:
        return ""
