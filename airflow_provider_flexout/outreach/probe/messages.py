"""What can be seen of two messages to the address: a text, and a file that does not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_flexout.outreach.probe.observations import described
from airflow_provider_flexout.twilio.api.messages import create_media, create_message, list_receipts
from airflow_provider_flexout.twilio.http.call import Sleep
from airflow_provider_flexout.twilio.http.codes import ErrorCode
from airflow_provider_flexout.twilio.http.errors import RequestRejected

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.probe.observations import Observations
    from airflow_provider_flexout.twilio.api.conversations import Conversation
    from airflow_provider_flexout.twilio.api.messages import Receipt
    from airflow_provider_flexout.twilio.http.call import Procedure

__all__ = ["MESSAGES", "probe_text", "probe_unfit_file"]

MESSAGES = 2
"""How many messages go to the address at most."""

TEXT = "This is a test of Twilio Flex by flexout probe. You need not reply."
_EMPTY_ARCHIVE = b"PK\x05\x06" + bytes(18)
_UNFIT_TYPE = "application/zip"
_UNFIT = (ErrorCode.MEDIA_TOO_LARGE, ErrorCode.MEDIA_TYPE_INVALID)
_POLL = 2.0
_LOOKS = 15
_FAILED = ("failed", "undelivered")
_ARRIVED = ("delivered", "read")


def probe_text(made: Conversation) -> Procedure[str]:
    """Send the text, and say in a few words what became of it.

    :param made: a conversation with the address.
    """
    sent = yield create_message(made.sid, body=TEXT)
    return _fate((yield from _receipt_of(made.sid, sent.sid)))


def _receipt_of(conversation_sid: str, message_sid: str) -> Procedure[Receipt | None]:
    """Wait for the receipt that says most; ``None`` where none has come."""
    newest: Receipt | None = None
    for _ in range(_LOOKS):
        page = yield list_receipts(conversation_sid, message_sid)
        newest = page.items[0] if page.items else None
        if newest and newest.status in (*_FAILED, *_ARRIVED):
            break
        yield Sleep(_POLL)
    return newest


def probe_unfit_file(made: Conversation, seen: Observations) -> Procedure[None]:
    """Send a file of a type that no phone takes: an empty archive of 22 bytes.

    :param made: a conversation with the address.
    :param seen: takes what is seen.
    """
    uploaded = yield create_media(str(made.chat_service_sid), _EMPTY_ARCHIVE, _UNFIT_TYPE)
    try:
        sent = yield create_message(made.sid, media_sid=uploaded.sid)
    except RequestRejected as error:
        if error.code in _UNFIT:
            seen.add("unfit_file", "refuse")
        else:
            seen.doubt("unfit_file", described(error))
        return
    receipt = yield from _receipt_of(made.sid, sent.sid)
    if receipt and receipt.status in _FAILED and receipt.error_code in _UNFIT:
        seen.add("unfit_file", "fail")
    else:
        seen.doubt("unfit_file", f"the message {_fate(receipt)}")


def _fate(receipt: Receipt | None) -> str:
    if receipt is None:
        return "has no receipt yet"
    code = f", code {receipt.error_code}" if receipt.error_code else ""
    return f"has the status {receipt.status}{code}"
