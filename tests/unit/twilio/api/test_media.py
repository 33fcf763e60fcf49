"""A file is sent as it is, to the media service."""

from __future__ import annotations

import httpx

from airflow_provider_flexout.twilio.api import media


def test_a_file_is_sent_as_it_is(client, network):
    network.will(httpx.Response(201, json={"sid": "ME1", "size": 3}))
    made = client.send(media.create_media("IS1", b"\x89PN", "image/png"))
    (request,) = network.requests
    assert str(request.url) == "https://mcs.us1.twilio.com/v1/Services/IS1/Media"
    assert (request.method, request.read()) == ("POST", b"\x89PN")
    assert request.headers["Content-Type"] == "image/png"
    assert (made.sid, made.size) == ("ME1", 3)
