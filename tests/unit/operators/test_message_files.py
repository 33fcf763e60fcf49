"""Messages with a file."""

from __future__ import annotations

import pytest
from airflow.sdk import ObjectStoragePath
from airflow.sdk.io import attach
from fsspec.implementations.memory import MemoryFileSystem

from airflow_provider_flexout.hooks.flex import FlexHook
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.version_compat import AirflowFailException
from tests.unit.operators.conftest import TO

PICTURE = b"\x89PNG not really"


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "card.png"
    path.write_bytes(PICTURE)
    return path


@pytest.mark.parametrize("channel", ["sms", "chat", "email"])
def test_a_local_file_is_uploaded_and_sent(say, served, picture, channel):
    say(channel, body="See here", media=str(picture))
    (message,), (media,) = served.messages, served.media
    assert (message.body, message.media_sid) == ("See here", media.sid)
    assert (media.content, media.content_type) == (PICTURE, "image/png")


@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_in_object_storage_is_uploaded_and_sent(say, served, as_text):
    attach(protocol="memory", fs=MemoryFileSystem())
    path = ObjectStoragePath("memory://bucket/card.png")
    path.write_bytes(PICTURE)
    say("sms", media=str(path) if as_text else path)
    assert [one.content for one in served.media] == [PICTURE]


def test_a_retry_uploads_nothing_again_and_needs_no_file(say, talk, served, picture):
    sid = talk("sms")
    say(where=sid, media=str(picture))
    picture.unlink()
    assert say(where=sid, media=str(picture), try_number=2).xcoms["created"] is False
    assert len(served.media) == len(served.messages) == 1


def test_the_hook_uploads_a_file_for_several_messages(say, served, picture):
    sid = FlexHook().upload_media(picture)
    for channel in ("sms", "chat"):
        say(channel, media_sid=sid)
    assert [one.media_sid for one in served.messages] == [sid, sid]
    assert len(served.media) == 1


@pytest.mark.parametrize(
    ("channel", "name", "size", "problem"),
    [
        ("sms", "card.exe", 3, "card.exe is application/x-m"),
        ("sms", "card.png", 2 * 1024 * 1024 + 1, "sms carries 1 to 2097152"),
        ("email", "card.exe", 3, "card.exe is application/x-m.*email carries image/jpeg"),
        ("sms", "card.png", 0, "card.png has 0 bytes"),
        ("sms", "card", 3, "'card' has no ending"),
        ("chat", "card.png", None, "card.png cannot be read: FileNotFoundError"),
    ],
)
def test_a_file_that_the_channel_does_not_carry_is_refused(
    say, served, tmp_path, channel, name, size, problem
):
    path = tmp_path / name
    if size is not None:
        path.write_bytes(b"x" * size)
    with pytest.raises(AirflowFailException, match=problem):
        say(channel, media=str(path))
    assert served.messages == []
    assert served.media == []


@pytest.mark.parametrize(
    ("channel", "name", "size", "problem"),
    [
        ("messenger", "card.exe", 3, "card.exe is application/x-m.*messenger carries image/jpeg"),
        ("messenger", "card.mp4", 25 * 1024 * 1024 + 1, "messenger carries 1 to 26214400"),
        ("web", "card.exe", 3, "card.exe is application/x-m.*web carries image/jpeg"),
        ("web", "card.mp4", 16 * 1024 * 1024 + 1, "web carries 1 to 16777216"),
    ],
)
def test_messenger_and_web_have_limits_of_their_own(
    say, talk, served, tmp_path, channel, name, size, problem
):
    (tmp_path / name).write_bytes(b"x" * size)
    sid = talk(channel)
    served.customer(TO[channel]).says("Hello", in_conversation=sid)
    with pytest.raises(AirflowFailException, match=problem):
        say(where=sid, channel=channel, media=str(tmp_path / name))
    assert served.media == []


def test_a_wrong_service_for_files_is_named(say, talk, served, picture, use_connection):
    sid = talk("sms")
    use_connection(chat_service_sid="IS" + "0" * 32)
    problem = "chat_service_sid: Twilio knows no conversation service IS0.*connection's extra"
    with pytest.raises(AirflowFailException, match=problem):
        say(where=sid, media=str(picture))
    with pytest.raises(InvalidInput, match=problem):
        FlexHook().upload_media(picture)
    say(where=sid, body="A text needs no service.", idempotency_key="text")
    assert len(served.messages) == 1
    use_connection(chat_service_sid="")
    say(where=sid, media=str(picture))
    assert len(served.media) == 1
