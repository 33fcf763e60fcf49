"""Reading what Twilio pushes, whatever it came through, and checking that it came from Twilio.

::

    for event in read_event(json.loads(body)):
        log.info("%s %s", event.kind, event.conversation_sid)

Nothing here uses a network.
"""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.events.envelope import read_each
from airflow_provider_flexout.outreach.events.event import Event

__all__ = ["Event", "check_signature", "read_event"]


def read_event(data: object) -> list[Event]:
    """Read what Twilio sent of messages, delivery receipts, tasks and interaction channels.

    ``data`` is one of these, as text, bytes or what JSON makes of it:

    * the form of a webhook of Conversations, of Flex's interactions or of TaskRouter; a value may be a list
      of one text
    * CloudEvents of Event Streams, one or a list: ``com.twilio.conversations.message.added``, and
      ``com.twilio.taskrouter`` for tasks and reservations
    * what ``flexout relay`` puts on a queue, and the payload of ``FlexReplyTrigger``, whose repetitions hold
      no event
    * any of these as a queue hands it on: a message of SQS (``Body``, also from SNS), a record of Kinesis
      (``Data``, in base64), the bytes of a Kafka message, a message of Redis' Pub/Sub (``type``, ``channel``,
      ``data``), and Airflow's ``{"status": …, "message_batch": […]}``

    https://www.twilio.com/docs/conversations/conversations-webhooks
    https://www.twilio.com/docs/events/event-types

    :param data: the above. It may hold what people wrote; what is returned does not.
    :returns: the events in their order, without those that are about something else.
    :raises InvalidInput: when it is not one of these, or a field is not what it should be. The error names
        what was expected, and shows nothing of what was found.
    """
    events = []
    for one in read_each(data):
        if isinstance(one, InvalidInput):
            raise one
        events.append(one)
    return events


def check_signature(
    token: str, url: str, params_or_body: Mapping[str, str | list[str]] | bytes, signature: str | None
) -> bool:
    """Say whether Twilio signed a request.

    Twilio signs with the account's primary Auth Token, also where API keys are used. Its signature covers the
    URL, and the fields of a form; any other body is covered by its hash, which is the URL's ``bodySHA256``.
    Twilio may or may not sign the port, so both are tried.

    https://www.twilio.com/docs/usage/security#validating-requests

    :param token: the Auth Token.
    :param url: the URL that Twilio called, with its query; the proxy's where one stands before the server.
    :param params_or_body: the fields of the form, empty for GET; or the bytes of any other body.
    :param signature: the value of ``X-Twilio-Signature``; ``None`` where there is none.
    :returns: ``True`` only for what Twilio signed: ``False`` without a token, without a signature, and for a
        body that the signature does not cover.
    """
    import hashlib
    import hmac
    from base64 import b64encode
    from urllib.parse import parse_qs, urlsplit

    if not token or not signature:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    fields = ""
    if isinstance(params_or_body, Mapping):
        for name in sorted(params_or_body):
            given = params_or_body[name]
            values = {given} if isinstance(given, str) else set(given)
            fields += "".join(name + value for value in sorted(values))
    else:
        stated = parse_qs(parts.query).get("bodySHA256", [""])[0]
        if not hmac.compare_digest(hashlib.sha256(params_or_body).hexdigest().encode(), _bytes(stated)):
            return False
    without = parts.netloc.rpartition(":")[0] if port else parts.netloc
    with_port = parts.netloc if port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
    for host in (without, with_port):
        signed = parts._replace(netloc=host).geturl() + fields
        digest = hmac.new(_bytes(token), _bytes(signed), hashlib.sha1).digest()
        if hmac.compare_digest(b64encode(digest), _bytes(signature)):
            return True
    return False


def _bytes(text: str) -> bytes:
    """Encode a text; what is not UTF-8 becomes bytes that Twilio never signed."""
    return text.encode(errors="surrogatepass")
