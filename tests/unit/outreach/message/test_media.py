"""Files, and what each channel carries."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.connection.files import file_at
from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.media import File, upload
from airflow_provider_flexout.sandbox.state.channel_types import CHANNEL_TYPES

MB = 1024 * 1024


def file(content_type="image/png", size=3):
    def measured():
        if size is None:
            raise FileNotFoundError
        return size

    return File("card.png", content_type, measured, lambda: b"x" * (size or 0))


@pytest.mark.parametrize(
    ("channel", "content_type", "size"),
    [
        ("sms", "image/png", 2 * MB),
        ("whatsapp", "image/png", 5 * MB),
        ("whatsapp", "video/mp4", 16 * MB),
        ("messenger", "application/pdf", 25 * MB),
        ("web", "text/plain", 16 * MB),
        ("email", "image/gif", 20_000_000),
        ("chat", "application/x-anything", 150 * MB),
        (None, "application/x-anything", 150 * MB),
    ],
)
def test_a_channel_carries_files_up_to_its_limit(channel, content_type, size):
    rules = CHANNELS[channel] if channel else None
    file(content_type, size).check(rules)
    with pytest.raises(InvalidInput, match=f"media: card.png has {size + 1} bytes; .* carries 1 to {size}"):
        file(content_type, size + 1).check(rules)


@pytest.mark.parametrize(
    ("size", "content_type", "problem"),
    [
        (0, "image/png", "has 0 bytes"),
        (None, "image/png", "cannot be read: FileNotFoundError"),
        (3, "image/tiff", "card.png is image/tiff; whatsapp carries image/jpeg, image/png"),
    ],
)
def test_what_no_message_carries(size, content_type, problem):
    with pytest.raises(InvalidInput, match=problem):
        file(content_type, size).check(CHANNELS["whatsapp"])


def test_where_the_channel_is_not_known_it_says_what_any_message_carries():
    with pytest.raises(InvalidInput, match="has 0 bytes; a message carries 1 to "):
        file("image/png", 0).check(None)


def test_a_file_goes_where_the_conversation_is(client, attempt, sandbox):
    opened = attempt()
    sids = {client.run(upload(file(), None, opened.conversation_sid))}
    sids.add(client.run(upload(file(), sandbox.connection()["extra"]["chat_service_sid"])))
    assert {one.sid for one in sandbox.media} == sids


FLEX = {"jpg", "jpeg", "png", "amr", "mp3", "mp4", "pdf", "heic"}


@pytest.mark.parametrize(
    ("channel", "carried"),
    [
        ("sms", FLEX),
        ("whatsapp", FLEX | {"oga"}),
        ("email", FLEX | {"txt", "gif"}),
        ("web", FLEX | {"txt", "gif"}),
        ("messenger", {"jpg", "jpeg", "png", "mp3", "mp4", "pdf"}),
    ],
)
def test_each_channel_carries_the_types_that_twilios_page_lists(channel, carried, tmp_path):
    taken = set()
    for ending in (*FLEX, "oga", "txt", "gif", "exe", "docx", "webp", "wav"):
        (tmp_path / f"a.{ending}").write_bytes(b"x")
        try:
            file_at(tmp_path / f"a.{ending}").check(CHANNELS[channel])
        except InvalidInput:
            continue
        taken.add(ending)
    assert taken == carried


def test_the_sandbox_judges_files_as_the_channels_do():
    """Both read the same page of Twilio's, each on its own."""
    for name, rules in CHANNELS.items():
        theirs = CHANNEL_TYPES[name]
        assert set(rules.media_types) == (theirs.media_types or set()), name
        for one in (*rules.media_types, "image/png", "video/mp4"):
            assert rules.media_limit(one) == theirs.largest(one), (name, one)


def test_a_wrong_service_is_named_and_not_the_conversation(client):
    for conversation_sid in (None, "CH" + "0" * 32):
        with pytest.raises(InvalidInput, match=rf"chat_service_sid: .*{'IS' + '0' * 32}.*connection's extra"):
            client.run(upload(file(), "IS" + "0" * 32, conversation_sid))
