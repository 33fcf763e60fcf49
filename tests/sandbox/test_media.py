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


def test_a_file_is_uploaded_and_sent(sandbox, twilio, http, anybody, extra, upload):
    answer = upload()
    assert answer.status_code == 201
    sid = answer.json()["sid"]
    fetched = http.get(f"/v1/Services/{extra['chat_service_sid']}/Media/{sid}").json()
    assert fetched == answer.json()
    assert (fetched["content_type"], fetched["size"]) == ("image/png", len(PICTURE))
    for link in fetched["links"].values():
        content = anybody.get(link)
        assert (content.status_code, content.headers["content-type"]) == (200, "image/png")
        assert content.content == PICTURE
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


UNFIT = [
    ("", b"x" * (2 * 1024 * 1024 + 1), "image/png", 11751),
    ("", PICTURE, "application/x-msdownload", 12300),
    ("whatsapp:+", b"x" * (5 * 1024 * 1024 + 1), "image/jpeg", 11751),
    ("whatsapp:+", b"x" * (16 * 1024 * 1024 + 1), "video/mp4", 11751),
    ("messenger:", b"x" * (25 * 1024 * 1024 + 1), "video/mp4", 11751),
    ("messenger:", PICTURE, "image/gif", 12300),
]


@pytest.mark.parametrize(("prefix", "content", "content_type", "code"), UNFIT)
def test_an_unfit_file_does_not_arrive(sandbox, twilio, upload, refused, prefix, content, content_type, code):
    sid = upload(content, content_type).json()["sid"]
    talk = twilio.conversations.v1.conversations.create()
    customer = f"{prefix}15005550010" if prefix else "+15005550010"
    sender = "messenger:100005550006" if prefix == "messenger:" else f"{prefix or '+'}15005550006"
    talk.participants.create(messaging_binding_address=customer, messaging_binding_proxy_address=sender)
    talk.messages.create(author=customer, body="Hello")  # so that Messenger's window is open
    message = talk.messages.create(media_sid=sid)
    sandbox.clock.advance("5s")
    assert [one.error_code for one in message.delivery_receipts.list()] == [code]
    sandbox.settings.unfit_file = "refuse"
    with refused(400, code):
        talk.messages.create(media_sid=sid)


def test_a_file_of_6_mib_arrives_on_whatsapp_where_it_is_no_picture(sandbox, twilio, upload):
    talk = twilio.conversations.v1.conversations.create()
    customer, sender = "whatsapp:+15005550010", "whatsapp:+15005550006"
    talk.participants.create(messaging_binding_address=customer, messaging_binding_proxy_address=sender)
    talk.messages.create(author=customer, body="Hello")
    content = b"x" * (6 * 1024 * 1024)
    message = talk.messages.create(media_sid=upload(content, "video/mp4").json()["sid"])
    sandbox.clock.advance("5s")
    assert [one.status for one in message.delivery_receipts.list()] == ["delivered"]


def test_an_unfit_file_is_refused_on_web_where_no_receipt_could_tell(twilio, upload, open_one, refused):
    sid = upload(PICTURE, "application/x-msdownload").json()["sid"]
    opened = open_one(type="web", participants=[{"identity": "guest_42"}])
    messages = twilio.conversations.v1.conversations(opened["conversation"]).messages
    with refused(400, 12300):
        messages.create(media_sid=sid)
    assert messages.create(media_sid=upload().json()["sid"]).media
