"""The media service: in no document and not in Twilio's library, so a plain HTTP client drives it."""

from __future__ import annotations

import pytest

PICTURE = b"\x89PNG not really"


@pytest.fixture
def upload(http, extra):
    def uploaded(content: bytes = PICTURE, content_type: str = "image/png"):
        place = f"/v1/Services/{extra['chat_service_sid']}/Media"
        return http.post(place, content=content, headers={"Content-Type": content_type})

    return uploaded


def test_a_file_is_uploaded_and_sent(sandbox, twilio, http, extra, upload):
    answer = upload()
    assert answer.status_code == 201
    sid = answer.json()["sid"]
    fetched = http.get(f"/v1/Services/{extra['chat_service_sid']}/Media/{sid}").json()
    assert fetched == answer.json()
    assert (fetched["content_type"], fetched["size"]) == ("image/png", len(PICTURE))
    talk = twilio.conversations.v1.conversations.create()
    shown = talk.messages.create(media_sid=sid).media
    assert shown == [{"sid": sid, "size": len(PICTURE), "content_type": "image/png", "filename": None}]
    assert [each.content for each in sandbox.media] == [PICTURE]


def test_what_is_no_file_is_refused(upload, http, sandbox):
    assert upload(b"").status_code == 400
    assert upload(content_type="application/x-www-form-urlencoded").status_code == 400
    assert upload(content_type="").status_code == 400
    assert http.post(f"/v1/Services/IS{'0' * 32}/Media", content=PICTURE).status_code == 404
    assert sandbox.media == []


def test_a_large_file_does_not_arrive_by_sms(sandbox, twilio, upload):
    sid = upload(b"x" * (5 * 1024 * 1024 + 1)).json()["sid"]
    talk = twilio.conversations.v1.conversations.create()
    talk.participants.create(
        messaging_binding_address="+15005550010", messaging_binding_proxy_address="+15005550006"
    )
    message = talk.messages.create(media_sid=sid)
    sandbox.clock.advance("5s")
    assert [one.error_code for one in message.delivery_receipts.list()] == [11751]
