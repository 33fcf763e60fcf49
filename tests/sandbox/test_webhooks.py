"""Webhooks: who hears of what, in which order, signed so that Twilio's own validator agrees."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from airflow_provider_flexout.sandbox.state.seed import INSTANCE_SID

CUSTOMER = "+15005550010"
EVENTS = (
    "onConversationAdded",
    "onConversationUpdated",
    "onConversationRemoved",
    "onConversationStateUpdated",
    "onParticipantAdded",
    "onParticipantUpdated",
    "onParticipantRemoved",
    "onMessageAdded",
    "onMessageUpdated",
    "onMessageRemoved",
    "onDeliveryUpdated",
)


class Heard(NamedTuple):
    """What a webhook was told."""

    url: str
    method: str
    params: dict[str, str]
    signature: str


class Listener:
    """A web server of a user's, who wants to know."""

    def __init__(self) -> None:
        self.heard: Queue[Heard] = Queue()
        self.status = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                url = f"http://{self.headers['Host']}{self.path}"
                params = dict(parse_qsl(body or urlsplit(self.path).query, keep_blank_values=True))
                listener.heard.put(Heard(url, self.command, params, self.headers["X-Twilio-Signature"]))
                self.send_response(listener.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST  # noqa: N815 - the name is http.server's

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/told"

    def next(self) -> Heard:
        return self.heard.get(timeout=10)

    def events(self, count: int) -> list[str]:
        return [self.next().params["EventType"] for _ in range(count)]


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def everything(twilio, listener):
    """The account's webhook hears of everything."""
    twilio.conversations.v1.configuration.webhooks().update(
        post_webhook_url=listener.url, filters=list(EVENTS), method="POST"
    )


@pytest.fixture
def talk(twilio, extra):
    """A conversation with a customer."""
    made = twilio.conversations.v1.conversations.create(friendly_name="Ada")
    made.participants.create(
        messaging_binding_address=CUSTOMER, messaging_binding_proxy_address=extra["sms_from"]
    )
    return made


def valid(sandbox, heard: Heard) -> bool:
    validator = RequestValidator(sandbox.connection()["password"])
    return validator.validate(heard.url, heard.params if heard.method == "POST" else {}, heard.signature)


def told(sandbox) -> list[str]:
    return [each.event for each in sandbox.callbacks]


@pytest.mark.usefixtures("everything")
def test_a_reply_is_told_with_a_signature_that_twilio_accepts(sandbox, talk, listener):
    sandbox.customer(CUSTOMER).says("yes, thank you — ¿cuándo?")
    heard = listener.next()
    assert valid(sandbox, heard)
    message = sandbox.conversations[0].transcript[0]
    assert heard.params == {
        "AccountSid": sandbox.connection()["extra"]["account_sid"],
        "EventType": "onMessageAdded",
        "Source": "SDK",
        "ConversationSid": talk.sid,
        "ChatServiceSid": sandbox.connection()["extra"]["chat_service_sid"],
        "MessageSid": message.sid,
        "Index": "0",
        "DateCreated": talk.messages(message.sid).fetch().date_created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "DateUpdated": talk.messages(message.sid).fetch().date_updated.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Body": "yes, thank you — ¿cuándo?",
        "Author": CUSTOMER,
        "ParticipantSid": sandbox.participants[0].sid,
        "Attributes": "{}",
    }
    changed = heard._replace(params=heard.params | {"Body": "no"})
    assert not valid(sandbox, changed)


@pytest.mark.usefixtures("everything")
def test_what_rest_makes_is_told_only_if_the_request_says_so(sandbox, twilio, talk, http):
    def delete(path: str) -> None:  # twilio's package loses the header here
        enabled = {"X-Twilio-Webhook-Enabled": "true"}
        assert http.delete(f"/v1/Conversations/{made.sid}{path}", headers=enabled).status_code == 204

    conversations = twilio.conversations.v1.conversations
    talk.messages.create(body="quiet")
    talk.messages.create(body="quiet too", x_twilio_webhook_enabled="false")
    assert told(sandbox) == []
    made = conversations.create(x_twilio_webhook_enabled="true")
    made.update(friendly_name="Bob", x_twilio_webhook_enabled="true")
    person = made.participants.create(identity="bob", x_twilio_webhook_enabled="true")
    person.update(attributes='{"a": 1}', x_twilio_webhook_enabled="true")
    message = made.messages.create(body="loud", x_twilio_webhook_enabled="true")
    message.update(body="louder", x_twilio_webhook_enabled="true")
    delete(f"/Messages/{message.sid}")
    delete(f"/Participants/{person.sid}")
    made.update(state="closed", x_twilio_webhook_enabled="true")
    delete("")
    assert told(sandbox) == [
        "onConversationAdded",
        "onConversationUpdated",
        "onParticipantAdded",
        "onParticipantUpdated",
        "onMessageAdded",
        "onMessageUpdated",
        "onMessageRemoved",
        "onParticipantRemoved",
        "onConversationStateUpdated",
        "onConversationUpdated",
        "onConversationRemoved",
    ]
    assert {each.params["Source"] for each in sandbox.callbacks} == {"API"}
    closed = next(each for each in sandbox.callbacks if "StateTo" in each.params)
    assert (closed.params["StateFrom"], closed.params["StateTo"]) == ("active", "closed")
    assert closed.params["Reason"] == "API"


@pytest.mark.usefixtures("everything")
def test_deliveries_and_timers_are_told_in_order(sandbox, twilio, talk, listener):
    sandbox.customer(CUSTOMER).receives(after="2s").replies("yes", after="10s")
    talk.update(state="active", timers_inactive="PT10M")
    talk.messages.create(body="Hello")
    sandbox.clock.advance("11m")
    heard = [listener.next() for _ in range(4)]
    assert [each.params["EventType"] for each in heard] == [
        "onDeliveryUpdated",
        "onDeliveryUpdated",
        "onMessageAdded",
        "onConversationStateUpdated",
    ]
    assert [each.params.get("Status") for each in heard[:2]] == ["sent", "delivered"]
    assert heard[1].params["ChannelMessageSid"].startswith("SM")
    assert heard[3].params["Reason"] == "TIMER"
    assert all(valid(sandbox, each) for each in heard)


def test_a_conversations_own_webhook_by_get(sandbox, talk, listener):
    url = f"{listener.url}?for=ada"
    made = talk.webhooks.create(
        target="webhook",
        configuration_url=url,
        configuration_method="get",
        configuration_filters=["onMessageAdded"],
    )
    sandbox.customer(CUSTOMER).says("hello")
    heard = listener.next()
    assert (heard.method, heard.params["Body"], heard.params["for"]) == ("GET", "hello", "ada")
    assert heard.params["WebhookSid"] == made.sid
    assert valid(sandbox, heard)


def test_a_trigger_hears_its_words_only(sandbox, talk, listener):
    talk.webhooks.create(
        target="trigger", configuration_url=listener.url, configuration_triggers=["agent", "human"]
    )
    for text in ("hello", "a HUMAN please"):
        sandbox.customer(CUSTOMER).says(text)
    assert [each.params["Body"] for each in sandbox.callbacks] == ["a HUMAN please"]


def test_what_was_said_before_can_be_replayed(sandbox, talk, http, listener):
    for text in ("zero", "one", "two"):
        sandbox.customer(CUSTOMER).says(text)
    hook = {
        "target": "webhook",
        "configuration_url": listener.url,
        "configuration_filters": ["onMessageAdded"],
        "configuration_replay_after": 1,
    }
    talk.webhooks.create(**hook)
    assert [listener.next().params["Body"] for _ in range(2)] == ["one", "two"]
    talk.webhooks.create(**hook | {"configuration_replay_after": 2})
    assert [each.params["Body"] for each in sandbox.callbacks] == ["one", "two", "two"]


@pytest.mark.parametrize("choice", ["accept", "refuse"])
def test_what_nobody_has_said_yet_cannot_be_replayed(sandbox, talk, listener, refused, choice):
    sandbox.settings.replay_ahead = choice
    sandbox.customer(CUSTOMER).says("zero")
    hook = {"target": "webhook", "configuration_url": listener.url, "configuration_filters": "onMessageAdded"}
    talk.webhooks.create(**hook, configuration_replay_after=0)
    if choice == "refuse":
        with refused(400, 20001):
            talk.webhooks.create(**hook, configuration_replay_after=1)
    else:
        talk.webhooks.create(**hook, configuration_replay_after=1)
    assert [each.params["Body"] for each in sandbox.callbacks] == ["zero"]


def test_a_conversation_has_five_webhooks_at_most(talk, refused):
    for _ in range(5):
        talk.webhooks.create(target="webhook", configuration_url="https://example.com")
    with refused(400, 20001):
        talk.webhooks.create(target="webhook", configuration_url="https://example.com")
    assert len(talk.webhooks.list()) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"configuration_url": "ftp://example.com"},
        {"configuration_url": "https://example.com", "configuration_filters": ["onMoon"]},
        {},
    ],
)
def test_a_webhook_that_could_hear_nothing_is_refused(talk, refused, wrong):
    with refused(400, 20001):
        talk.webhooks.create(target="webhook", **wrong)


def test_interactions_are_told(sandbox, http, open_one, twilio, listener):
    register = f"/v1/Instances/{INSTANCE_SID}"
    events = ["onInteractionCreated", "onChannelCreated", "onChannelStatusUpdated", "onParticipantJoined"]
    form = {"WebhookUrl": listener.url, "WebhookEvents": events, "WebhookMethod": "POST"}
    assert http.post(f"{register}/InteractionWebhooks", data=form).status_code == 201
    sandbox.agent().accepts(after="1m")
    sids = open_one()
    sandbox.clock.advance("2m")
    twilio.flex_api.v1.interaction(sids["interaction"]).channels(sids["channel"]).update(status="closed")
    heard = [listener.next() for _ in range(6)]
    assert [each.params["EventType"] for each in heard] == [
        "onInteractionCreated",
        "onChannelCreated",
        "onChannelStatusUpdated",
        "onParticipantJoined",
        "onParticipantJoined",
        "onChannelStatusUpdated",
    ]
    assert {each.params["InteractionSid"] for each in heard} == {sids["interaction"]}
    assert {each.params["MediaChannelSid"] for each in heard} == {sids["conversation"]}
    assert [heard[2].params["ChannelStatus"], heard[5].params["ChannelStatus"]] == ["active", "closed"]
    assert [each.params["ParticipantType"] for each in heard[3:5]] == ["customer", "agent"]
    assert heard[4].params["TaskSid"] == sids["task"]
    assert all(valid(sandbox, each) for each in heard)


@pytest.mark.usefixtures("everything")
def test_who_does_not_answer_well_is_written_down_and_the_next_is_told(sandbox, twilio, talk, listener):
    nobody = "http://127.0.0.1:1/told"
    talk.webhooks.create(target="webhook", configuration_url=nobody, configuration_filters=["onMessageAdded"])
    listener.status = 500
    for text in ("one", "two"):
        sandbox.customer(CUSTOMER).says(text)
    assert [listener.next().params["Body"] for _ in range(2)] == ["one", "two"]
    talk.webhooks(talk.webhooks.list()[0].sid).delete()
    sandbox.customer(CUSTOMER).says("three")
    listener.next()  # so the four before it are done with
    done = [(each.url, each.status) for each in sandbox.callbacks[:4]]
    assert done == [(listener.url, 500), (nobody, None)] * 2
    assert "refused" in sandbox.callbacks[1].error
    newest_first = [each.facts for each in sandbox._store.events.newest(50) if each.kind == "webhook"]
    assert [each["code"] for each in newest_first[-4:]] == [11200] * 4  # the fifth may still be under way


def test_a_reset_forgets_webhooks(sandbox, everything, http):
    sandbox.reset()
    assert http.get("/v1/Configuration/Webhooks").json()["post_webhook_url"] is None
    assert http.get("/sandbox/callbacks").json() == {"callbacks": []}
