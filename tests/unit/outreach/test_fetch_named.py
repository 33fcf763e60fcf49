"""A name that is taken and does not show yet is looked for once more."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.outreach import timing
from airflow_provider_flexout.outreach.fetch_named import fetch_named
from airflow_provider_flexout.twilio.api.conversations import create_conversation
from airflow_provider_flexout.twilio.http.errors import NotFound


@pytest.mark.parametrize("lag", [0.0, 1.0, timing.NAME_SHOWS_WAIT])
def test_it_is_found(client, sandbox, lag):
    sandbox.settings.update({"name_lag": lag})
    made = client.send(create_conversation(unique_name="somewhere"))
    began = sandbox.clock.time()
    assert client.run(fetch_named("somewhere")).sid == made.sid
    assert sandbox.clock.time() - began == (timing.NAME_SHOWS_WAIT if lag else 0.0)


def test_what_is_gone_is_not(client, sandbox):
    began = sandbox.clock.time()
    with pytest.raises(NotFound):
        client.run(fetch_named("somewhere"))
    assert sandbox.clock.time() - began == timing.NAME_SHOWS_WAIT
