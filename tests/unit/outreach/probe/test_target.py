"""What a probe refuses before it has sent anything, and whom it offers tasks to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.probe.target import read_target
from tests.unit.outreach.probe.conftest import OWN


@pytest.mark.parametrize(
    "to",
    ["", "13115552368", "ada@example.com", "messenger:100005550006", "guest_42", "+1202", "whatsapp:ada"],
)
def test_what_is_no_phone_is_refused(defaults, to):
    with pytest.raises(InvalidInput, match=r"^to: ") as refused:
        read_target(to, defaults, "0a")
    assert not to or to not in str(refused.value)


def test_our_own_sender_is_refused(defaults):
    with pytest.raises(InvalidInput, match="is our own sender"):
        read_target(defaults.senders["sms_from"], defaults, "0a")
    with pytest.raises(InvalidInput, match="is our own sender"):
        read_target(defaults.senders["whatsapp_from"], defaults, "0a")


def test_a_connection_without_a_sender_or_a_workspace(defaults):
    with pytest.raises(InvalidInput, match="sms_from"):
        read_target(OWN, replace(defaults, senders={}), "0a")
    with pytest.raises(InvalidInput, match="workspace_sid"):
        read_target(OWN, replace(defaults, workspace_sid=None), "0a")


def test_the_connections_agent_gets_the_tasks_or_whoever_is_available(defaults):
    target = read_target(OWN, defaults, "0a")
    assert target.initiated_by == "agent"
    assert target.routing["properties"]["worker_sid"] == defaults.worker_sid
    anybody = read_target(OWN, replace(defaults, worker_sid=None), "0a")
    assert anybody.initiated_by == "api"
    assert "worker_sid" not in anybody.routing["properties"]


def test_its_repr_shows_no_address(defaults):
    assert OWN not in repr(read_target(OWN, defaults, "0a"))
    assert read_target(OWN, defaults, "0a").masked == "+1•••••0143"
