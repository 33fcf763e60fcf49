"""Files, and what each channel carries."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach.channels.registry import CHANNELS
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.message.media import File, upload

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
        ("sms", "image/png", 5 * MB),
        ("whatsapp", "image/png", 5 * MB),
        ("whatsapp", "video/mp4", 16 * MB),
        ("messenger", "application/x-anything", 150 * MB),
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


def test_a_file_goes_where_the_conversation_is(client, attempt, sandbox):
    opened = attempt()
    sids = {client.run(upload(file(), None, opened.conversation_sid))}
    sids.add(client.run(upload(file(), sandbox.connection()["extra"]["chat_service_sid"])))
    assert {one.sid for one in sandbox.media} == sids
