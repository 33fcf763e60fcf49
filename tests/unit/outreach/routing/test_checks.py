"""What a routing may hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.routing.build import build_target
from airflow_provider_flexout.outreach.values.defaults import ConnectionDefaults
from airflow_provider_flexout.sandbox.state.seed import QUEUES, TASK_CHANNELS, WORKSPACE

(OUTREACH,) = (row.sid for row in QUEUES.values() if row.name == "Outreach")
(CHAT,) = (row.sid for row in TASK_CHANNELS.values() if row.unique_name == "chat")


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("given", [timedelta(minutes=30), 1800, "30m", "PT30M"])
def test_a_timeout_is_written_like_every_length_of_time(given, validate):
    routing = {"queue": "Outreach", "workspace_sid": WORKSPACE.sid, "timeout": given}
    built = build_target(routing, attributes={}, defaults=ConnectionDefaults("flexout"), validate=validate)
    assert built["properties"]["timeout"] == 1800


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"queue": "Outreach", "queue_sid": OUTREACH}, "routing.queue"),
        ({"task_channel": "chat", "task_channel_unique_name": "chat"}, "routing.task_channel"),
        ({"task_channel_sid": CHAT, "task_channel_unique_name": "chat"}, "routing.task_channel_sid"),
        ({"queue": 5}, "routing.queue"),
        ({"quue": "Outreach"}, "did you mean 'queue'"),
        ({"worker_sid": OUTREACH}, "routing.worker_sid"),
        ({"priority": -1}, "routing.priority"),
        ({"priority": "high"}, "routing.priority"),
        ({"priority": "\u00b2"}, "routing.priority"),
        ({"priority": "9" * 5000}, "routing.priority"),
        ({"timeout": "\u00b2"}, "routing.timeout"),
        ({"timeout": "\uff11\uff12"}, "routing.timeout"),
        ({"priority": True}, "routing.priority"),
        ({"timeout": 0}, "routing.timeout"),
        ({"timeout": "soon"}, "routing.timeout"),
        ({"timeout": "3w"}, "routing.timeout"),
        ({"timeout": 1_209_601}, "routing.timeout"),
        ({"attributes": {"customerName": 7}}, "attributes.customerName"),
        ({"attributes": {"customers": "Ada"}}, "attributes.customers"),
        ({"attributes": {"x": float("inf")}}, "attributes"),
        ({"attributes": {"x": "y" * 4096}}, "attributes"),
    ],
)
def test_wrong_routings_never_leave(attempt, sandbox, wrong, where):
    with pytest.raises(InvalidInput, match=where):
        attempt(routing=wrong)
    assert not list(sandbox.requests)
