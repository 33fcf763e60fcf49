"""What is sent: the text while the channel takes it, or the template that was given beside it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.durable import derive_key
from airflow_provider_flexout.outreach.errors import InvalidInput, SessionWindowClosed, TemplateRefused
from airflow_provider_flexout.outreach.message.content import (
    LastInbound,
    channel_in,
    last_inbound_of,
    resolve_content,
)
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.media import File
from airflow_provider_flexout.twilio.api.conversations import create_conversation, create_participant
from airflow_provider_flexout.twilio.api.messages import Message

WINDOW = timedelta(hours=24)


@pytest.fixture
def resolved(client, sandbox):
    """Resolve a text on a channel, with a template beside it, when the customer wrote so long ago."""

    def run(channel, silent_for=None, template="order_late", *, known=True, **given):
        now = sandbox.clock.now()
        at = now - silent_for if silent_for is not None else None
        last_inbound = LastInbound(CHANNELS[channel] if at else None, at, now)
        draft = MessageDraft(
            key="k",
            conversation_sid="CH" + "0" * 32,
            channel=channel if known else None,
            **{
                "body": "Hello",
                "content_sid": next(one.sid for one in sandbox.templates if one.name == template),
                "content_variables": {"1": "Ada", "2": "x"},
                "on_closed_window": "template",
            }
            | given,
        )
        return client.run(resolve_content(draft, last_inbound))

    return run


@pytest.mark.parametrize("name", CHANNELS)
def test_text_is_sent_where_the_channel_takes_it(resolved, sandbox, name):
    for silent_for in (timedelta(), WINDOW - timedelta(seconds=1)):
        draft = resolved(name, silent_for)
        assert (draft.body, draft.content_sid) == ("Hello", None)
    assert not list(sandbox.requests)


@pytest.mark.parametrize("name", [name for name, one in CHANNELS.items() if one.session_window])
@pytest.mark.parametrize("silent_for", [WINDOW, None])
def test_after_the_session_window_the_template_is_sent_where_there_are_any(resolved, name, silent_for):
    if CHANNELS[name].template_approval:
        draft = resolved(name, silent_for)
        assert draft.body is None
        assert draft.content_sid
    else:
        with pytest.raises(SessionWindowClosed, match=f"no template reopens {name}"):
            resolved(name, silent_for)


def test_the_customers_message_tells_the_channel(resolved, sandbox):
    assert resolved("whatsapp", timedelta(), known=False).body == "Hello"
    assert resolved("whatsapp", WINDOW, known=False).body is None
    assert sandbox.requests.count("ListConversationParticipant") == 0


def test_without_a_template_it_is_refused(resolved):
    with pytest.raises(SessionWindowClosed, match='beside the text with on_closed_window="template"'):
        resolved("whatsapp", WINDOW, on_closed_window="fail")


def test_approval_counts_where_the_channel_needs_it(resolved):
    given = {"body": None, "content_variables": {"1": "Ada"}}
    assert resolved("sms", template="win_back", **given).content_sid
    with pytest.raises(TemplateRefused, match="pending"):
        resolved("whatsapp", template="win_back", **given)


def test_the_template_that_takes_the_place_of_text_must_be_approved(resolved):
    with pytest.raises(TemplateRefused, match="pending"):
        resolved("whatsapp", WINDOW, template="win_back", content_variables={"1": "Ada"})


@pytest.fixture
def said(client, sandbox, attempt):
    """Resolve a message in a conversation with a customer of a channel, who has said nothing."""

    def run(channel="sms", **given):
        whom = {"to": f"guest_of_{channel}", "initiated_by": "api"} if channel in ("chat", "web") else {}
        sid = attempt(channel=channel, key=derive_key(channel), **whom).conversation_sid
        return client.run(resolve_content(MessageDraft("k", sid, **given), LastInbound()))

    return run


PICTURE = File("card.png", "image/png", lambda: 3, lambda: b"PNG")


@pytest.mark.parametrize("service", ["given", None])
def test_a_file_is_uploaded_to_the_service_of_the_conversation(said, sandbox, service):
    own = sandbox.connection()["extra"]["chat_service_sid"]
    draft = said(body="See", media=PICTURE, chat_service_sid=own if service else None)
    (media,) = sandbox.media
    assert (draft.body, draft.media, draft.media_sid) == ("See", None, media.sid)
    assert sandbox.requests.count("FetchConversation") == (0 if service else 1)


def test_which_channel_an_identity_is_of_is_told_by_the_record(said, client, sandbox):
    """Twilio names no channel for a participant without an address, so the conversation itself is fetched."""
    assert said("web", body="See", media=PICTURE).media_sid
    assert sandbox.requests.count("FetchConversation") == 1, "it names the service of the file as well"
    page = File("page.tiff", "image/tiff", lambda: 3, lambda: b"II*")
    assert said("chat", body="See", media=page).media_sid
    with pytest.raises(InvalidInput, match=r"page\.tiff is image/tiff; web carries"):
        said("web", body="See", media=page)
    bare = client.send(create_conversation()).sid
    assert client.run(resolve_content(MessageDraft("k", bare, media=page), LastInbound())).media_sid


def test_without_asking_a_file_is_held_to_the_limits_of_every_channel(client, sandbox):
    service = sandbox.connection()["extra"]["chat_service_sid"]
    sid = client.send(create_conversation()).sid
    asked = len(sandbox.requests)
    draft = MessageDraft("k", sid, media=PICTURE, chat_service_sid=service)
    assert client.run(resolve_content(draft, LastInbound(), may_ask=False)).media_sid
    assert len(sandbox.requests) == asked + 1


def test_a_file_may_be_all_of_a_message(said, sandbox):
    assert said(media=PICTURE).media_sid == sandbox.media[0].sid
    assert said(media_sid="ME" + "1" * 32).media_sid == "ME" + "1" * 32


def test_what_the_channel_of_the_conversation_does_not_carry_is_refused(said, sandbox):
    page = File("page.tiff", "image/tiff", lambda: 3, lambda: b"II*")
    with pytest.raises(InvalidInput, match=r"page\.tiff is image/tiff; sms carries"):
        said(body="See", media=page)
    assert not sandbox.media


@pytest.mark.parametrize("given", [{"media_sid": "ME" + "1" * 32}, {"media": PICTURE}])
def test_the_template_takes_the_place_of_the_file_as_well(resolved, sandbox, given):
    draft = resolved("whatsapp", WINDOW, known=False, **given)
    assert (draft.body, draft.media_sid, draft.media) == (None, None, None)
    assert draft.channel == "whatsapp"
    assert not sandbox.media


def test_what_belongs_to_the_template_is_not_sent_with_the_text(resolved):
    assert resolved("whatsapp", timedelta()).content_variables is None


def test_twilio_is_asked_for_the_channel_unless_it_may_not_be(client, attempt, sandbox):
    sid = attempt(channel="whatsapp").conversation_sid
    draft = MessageDraft("k", sid, body="Hello")
    assert client.run(resolve_content(draft, LastInbound(), may_ask=False)) == draft
    assert sandbox.requests.count("ListConversationParticipant") == 0
    with pytest.raises(SessionWindowClosed, match=sid):
        client.run(resolve_content(draft, LastInbound()))
    assert sandbox.requests.count("ListConversationParticipant") == 1


def test_an_approved_template_needs_nobody_asked_for_the_channel(said, sandbox):
    approved = template(sandbox, "approved")
    assert said("whatsapp", content_sid=approved.sid, content_variables=approved.variables).content_sid
    assert sandbox.requests.count("ListConversationParticipant") == 0


def template(sandbox, status):
    return next(one for one in sandbox.templates if one.status == status)


def test_a_template_that_was_never_submitted_is_a_reply_within_the_window_only(resolved, sandbox):
    name = template(sandbox, "unsubmitted").name
    given = {"template": name, "body": None, "content_variables": template(sandbox, "unsubmitted").variables}
    assert resolved("whatsapp", timedelta(), **given).content_sid
    assert resolved("whatsapp", timedelta(), known=False, **given).content_sid
    for silent_for in (WINDOW, None):
        with pytest.raises(TemplateRefused, match="unsubmitted"):
            resolved("whatsapp", silent_for, **given)


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_whether_a_template_must_be_approved_the_conversation_tells(said, sandbox, channel):
    pending = template(sandbox, "pending")
    given = {"content_sid": pending.sid, "content_variables": pending.variables}
    if channel == "sms":
        assert said(channel, **given).content_sid == pending.sid
    else:
        with pytest.raises(TemplateRefused, match="pending"):
            said(channel, **given)
    assert sandbox.requests.count("ListConversationParticipant") == 1


NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
PAIRS = {
    "sms": ("+12025550117", "+15005550006"),
    "whatsapp": ("whatsapp:+12025550117", "whatsapp:+15005550006"),
    "messenger": ("messenger:24381250", "messenger:100005550006"),
    "email": ("ada@example.com", "shop@example.com"),
}


@pytest.mark.parametrize(
    ("at", "is_open"),
    [(NOW, True), (NOW - DAY + SECOND, True), (NOW - DAY, False), (NOW - DAY - SECOND, False), (None, False)],
)
def test_a_window_is_open_for_its_length(at, is_open):
    last_inbound = LastInbound(CHANNELS["whatsapp"], at, NOW)
    assert last_inbound.is_within(DAY) is is_open
    assert last_inbound.is_within(None)


def test_where_twilio_does_not_tell_the_time_the_computers_clock_counts():
    for ago, is_open in ((timedelta(hours=1), True), (2 * DAY, False)):
        assert LastInbound(CHANNELS["whatsapp"], datetime.now(timezone.utc) - ago).is_within(DAY) is is_open


def test_a_customer_is_known_by_their_address():
    def read(author):
        return last_inbound_of(Message(sid="IM1", author=author, date_created=NOW), NOW + SECOND)

    assert read("whatsapp:+12025550117") == LastInbound(CHANNELS["whatsapp"], NOW, NOW + SECOND)
    assert read("ana") is None
    assert read(None) is None


@pytest.mark.parametrize(
    ("channels", "narrowest"),
    [
        (["sms"], "sms"),
        (["sms", "whatsapp"], "whatsapp"),
        (["messenger", "sms"], "messenger"),
        (["messenger", "whatsapp"], "whatsapp"),
        (["email", "sms"], "sms"),
        ([], None),
    ],
)
def test_the_channel_with_the_narrowest_rules_counts(client, channels, narrowest):
    sid = client.send(create_conversation()).sid
    client.send(create_participant(sid, identity="ana"))
    for name in channels:
        address, proxy_address = PAIRS[name]
        client.send(create_participant(sid, address=address, proxy_address=proxy_address))
    channel = client.run(channel_in(sid))
    assert (channel and channel.name) == narrowest
