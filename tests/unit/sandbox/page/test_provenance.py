"""Which DAG run and task is behind something: only what the provider writes says so."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from airflow_provider_flexout.sandbox.page.provenance import conversation_of, source_in
from airflow_provider_flexout.sandbox.wire.request_log import LoggedRequest
from tests.unit.sandbox.conftest import interaction

SOURCE = {"dag_id": "late", "run_id": "manual__1", "task_id": "open", "map_index": -1}


def test_the_source_of_a_conversation_and_of_a_message():
    assert source_in(json.dumps({"flexout": {"source": SOURCE}})) == SOURCE
    assert source_in(json.dumps({"flexout_source": SOURCE | {"more": 1}})) == SOURCE


OTHERS = ['{"flexout": 1}', '{"flexout": {"source": 7}}', '{"flexout_source": []}', "{}", '["source"]']


@pytest.mark.parametrize("attributes", [*OTHERS, "source", None])
def test_attributes_of_others_have_no_source(attributes):
    assert source_in(attributes) is None


def test_the_conversation_of_a_request(sandbox, opened):
    def about(path, sid=None, **form):
        entry = LoggedRequest(1, datetime.now(timezone.utc), "", "POST", path, 200, None, form, None, sid)
        found = conversation_of(sandbox._store, entry)
        return found.sid if found else None

    task = sandbox.tasks[0].sid
    for path, sid in (
        (f"/v1/Conversations/{opened.sid}/Messages", None),
        ("/v1/Interactions", opened.interaction_sid),
        (f"/v1/Workspaces/WS1/Tasks/{task}", None),
        (f"/v1/ParticipantConversations?Address={opened.sid}", None),
    ):
        assert about(path, sid) == opened.sid
    assert about("/v1/Interactions", Channel=json.dumps({"media_channel_sid": opened.sid})) == opened.sid
    assert about("/v1/Conversations") is None
    assert about("/v1/Interactions", **interaction()) is None
