"""Queues, workflows, activities and workers: who may take what."""

from __future__ import annotations

import pytest

from airflow_provider_flexout.sandbox.state.expressions import ExpressionError
from airflow_provider_flexout.sandbox.state.seed import WORKER_BY_NAME
from airflow_provider_flexout.sandbox.state.workspace import TaskRouterWorkspace, target_expression
from airflow_provider_flexout.sandbox.wire.sids import Sids

CHAT = "TC1"


@pytest.fixture
def workspace():
    return TaskRouterWorkspace()


def test_a_queue_takes_whom_its_expression_matches(workspace):
    ana = workspace.worker_named("ana")
    everybody = workspace.add_queue(Sids(1), "everybody", 0, target_workers="1 == 1")
    specialists = workspace.add_queue(Sids(2), "specialists", 0, target_workers="skills HAS 'returns'")
    assert everybody.takes(ana)
    assert not specialists.takes(ana)
    ana.attributes = '{"skills": ["returns"]}'
    assert specialists.takes(ana)
    assert target_expression("1==1") is None
    with pytest.raises(ExpressionError):
        target_expression("skills HAS")


def test_a_worker_has_room_up_to_their_capacity(workspace):
    ana = workspace.workers[WORKER_BY_NAME["ana"].sid]
    ana.capacities[CHAT] = 1
    assert ana.has_room(CHAT)
    ana.add_load(CHAT, 1)
    assert not ana.has_room(CHAT)
    ana.add_load(CHAT, -1)
    ana.closed_channels.add(CHAT)
    assert not ana.has_room(CHAT)


def test_each_workspace_begins_with_the_same(workspace):
    workspace.add_worker(Sids(1), "dora", "{}", "WA1", 0)
    assert workspace.worker_named("dora") is not None
    assert TaskRouterWorkspace().worker_named("dora") is None
