"""Event Streams: which sink is told of what, signed, and until it has taken it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any, NamedTuple

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

CUSTOMER = "+15005550010"
MESSAGE = "com.twilio.conversations.message.added"
CREATED, ACCEPTED = "com.twilio.taskrouter.task.created", "com.twilio.taskrouter.reservation.accepted"
STREAM = {
    "arn": "arn:aws:kinesis:eu-central-1:1:stream/x",
    "role_arn": "arn:aws:iam::1:role/x",
    "external_id": "x",
}


class Delivered(NamedTuple):
    url: str
    body: str
    signature: str
    content_type: str


class Server:
    """A web server that Event Streams call; it answers with what it is told to, and then with 204."""

    def __init__(self) -> None:
        self.delivered: Queue[Delivered] = Queue()
        self.answers: list[int] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                url = f"http://{self.headers['Host']}{self.path}"
                signed = (self.headers["X-Twilio-Signature"], self.headers["Content-Type"])
                server.delivered.put(Delivered(url, body, *signed))
                self.send_response(server.answers.pop(0) if server.answers else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/events?from=twilio"

    def next(self) -> Delivered:
        return self.delivered.get(timeout=30)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


def subscribe(twilio, *types, url=None):
    """A sink with a subscription to some types of events."""
    configuration = {"destination": url, "method": "POST"} if url else STREAM
    kind = "webhook" if url else "kinesis"
    sink = twilio.events.v1.sinks.create(description="x", sink_configuration=configuration, sink_type=kind)
    listed = [{"type": each, "schema_version": 2} for each in types]
    return twilio.events.v1.subscriptions.create(description="x", sink_sid=sink.sid, types=listed)


@pytest.fixture
def talk(twilio, extra):
    """A conversation with a customer."""
    made = twilio.conversations.v1.conversations.create(friendly_name="Ada")
    made.participants.create(
        messaging_binding_address=CUSTOMER, messaging_binding_proxy_address=extra["sms_from"]
    )
    return made


def streamed(sandbox) -> list[Any]:
    """The queue of a test: what the sinks were told of, whether they are called or not."""
    return [json.loads(one.body)[0] for one in sandbox.callbacks if one.body]


def test_a_message_is_delivered_signed_as_twilios_validator_checks_it(sandbox, twilio, talk, server):
    subscribe(twilio, MESSAGE, url=server.url)
    sandbox.customer(CUSTOMER).says("yes, ¿cuándo?")
    delivered = server.next()
    validator = RequestValidator(sandbox.connection()["password"])
    assert validator.validate(delivered.url, delivered.body, delivered.signature)
    assert not validator.validate(delivered.url, delivered.body + " ", delivered.signature)
    assert delivered.content_type == "application/json"
    (event,) = json.loads(delivered.body)
    message = sandbox.conversations[0].transcript[0]
    assert (event["type"], event["specversion"]) == (MESSAGE, "1.0")
    assert event["dataschema"].endswith("Conversations.MessageAdded/2")
    data = event["data"]
    assert (data["MessageSid"], data["ConversationSid"], data["Index"]) == (message.sid, talk.sid, 0)
    assert (data["Author"], data["MessageBody"]) == (CUSTOMER, "yes, ¿cuándo?")
    assert data["ParticipantSid"] == talk.participants.list()[0].sid


def test_what_a_sink_does_not_take_is_sent_again(sandbox, twilio, talk, server):
    server.answers = [503, 500]
    subscribe(twilio, MESSAGE, url=server.url)
    sandbox.customer(CUSTOMER).says("one")
    first, again, taken = server.next(), server.next(), server.next()
    assert first.body == again.body == taken.body
    sandbox.customer(CUSTOMER).says("two")
    assert server.next().body != taken.body
    assert server.delivered.empty()


def test_what_is_made_through_rest_is_told_of_where_webhooks_are(sandbox, twilio, talk):
    subscribe(twilio, MESSAGE)
    talk.messages.create(body="Hello")
    assert streamed(sandbox) == []
    talk.messages.create(body="Hello again", x_twilio_webhook_enabled="true")
    (event,) = streamed(sandbox)
    assert (event["data"]["Author"], "ParticipantSid" in event["data"]) == ("system", False)


def test_what_happens_to_a_task(sandbox, twilio, extra):
    subscribe(twilio, CREATED, ACCEPTED)
    sandbox.agent().accepts(after=0)
    properties = {name: extra[name] for name in ("workspace_sid", "workflow_sid", "queue_sid", "worker_sid")}
    person = {"address": CUSTOMER, "proxy_address": extra["sms_from"]}
    made = twilio.flex_api.v1.interaction.create(
        channel={"type": "sms", "initiated_by": "agent", "participants": [person]},
        routing={"properties": properties},
    )
    sandbox.clock.advance("1m")
    created, accepted = streamed(sandbox)
    assert (created["type"], accepted["type"]) == (CREATED, ACCEPTED)
    payload = accepted["data"]["payload"]
    assert (payload["task_sid"], payload["task_assignment_status"]) == (sandbox.tasks[0].sid, "assigned")
    assert json.loads(payload["task_attributes"])["flexInteractionSid"] == made.sid
    assert created["id"] != accepted["id"]


def test_a_subscription_is_changed_and_taken_away(sandbox, twilio, talk):
    subscription = subscribe(twilio, MESSAGE)
    events = twilio.events.v1.subscriptions(subscription.sid).subscribed_events
    assert [(one.type, one.schema_version) for one in events.list()] == [(MESSAGE, 2)]
    assert events.create(type=CREATED).schema_version == 1
    assert twilio.events.v1.subscriptions(subscription.sid).subscribed_events(MESSAGE).delete()
    sandbox.customer(CUSTOMER).says("yes")
    assert streamed(sandbox) == []
    sinks = twilio.events.v1.sinks
    (sink,) = sinks.list()
    assert (sinks(sink.sid).fetch().sink_type, sink.sink_configuration) == ("kinesis", STREAM)
    assert [one.sid for one in twilio.events.v1.subscriptions.list(sink_sid=sink.sid)] == [subscription.sid]
    with pytest.raises(TwilioRestException, match="has subscriptions"):
        sinks(sink.sid).delete()
    assert twilio.events.v1.subscriptions(subscription.sid).fetch().sink_sid == sink.sid
    assert twilio.events.v1.subscriptions(subscription.sid).delete()
    assert sinks(sink.sid).delete()
    assert sinks.list() == twilio.events.v1.subscriptions.list() == []


@pytest.mark.parametrize(
    ("configuration", "kind", "problem"),
    [
        ({"destination": "https://x.example"}, "webhook", "needs a text method"),
        ({"destination": "x.example", "method": "POST"}, "webhook", "not an absolute URL"),
        ({"destination": "https://x.example", "method": "GET"}, "webhook", "POST only"),
        ({"arn": "arn:x"}, "kinesis", "needs a text role_arn"),
        (STREAM, "segment", "SinkType"),
    ],
)
def test_a_sink_that_cannot_be_is_refused(twilio, configuration, kind, problem):
    with pytest.raises(TwilioRestException, match=problem):
        twilio.events.v1.sinks.create(description="x", sink_configuration=configuration, sink_type=kind)


@pytest.mark.parametrize(
    "types", [[{"type": "com.twilio.voice.status-callback"}], [{}], [{"type": MESSAGE, "schema_version": 0}]]
)
def test_a_subscription_that_cannot_be_is_refused(twilio, types):
    sink = twilio.events.v1.sinks.create(description="x", sink_configuration=STREAM, sink_type="kinesis")
    with pytest.raises(TwilioRestException, match="Types"):
        twilio.events.v1.subscriptions.create(description="x", sink_sid=sink.sid, types=types)
    with pytest.raises(TwilioRestException, match="no such sink"):
        twilio.events.v1.subscriptions.create(
            description="x", sink_sid="DG" + 32 * "0", types=[{"type": MESSAGE}]
        )
