"""What is sent: the text, or the template that was given beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import SessionWindowClosed, TemplateRefused
from airflow_provider_flexout.outreach.message.content import resolve_content
from airflow_provider_flexout.outreach.message.draft import MessageDraft
from airflow_provider_flexout.outreach.message.session_window import LastInbound

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
