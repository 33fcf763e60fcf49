"""Where an attempt from plain Python stands: in a task that is running, or outside of any."""

from __future__ import annotations

import pytest
from airflow.sdk.execution_time.context import set_current_context

from airflow_provider_flexout.connection.contact_procedures import Attempt, attempt_at
from airflow_provider_flexout.connection.running_task import key_of
from airflow_provider_flexout.outreach import durable
from airflow_provider_flexout.outreach.errors import InvalidInput
from airflow_provider_flexout.outreach.values.plain import user_key
from tests.unit.conftest import TaskInstance

KIND = durable.KeyKind.INTERACTION


def test_in_a_task_it_is_the_tasks():
    ti = TaskInstance(map_index=3, try_number=3)
    context = {"ti": ti}
    with set_current_context(context):
        attempt = attempt_at(KIND, None)
    source = {"dag_id": "orders", "run_id": "manual__2026-11-22", "task_id": "task", "map_index": 3}
    expected = Attempt(
        key_of(context, KIND, None),
        False,
        retried=True,
        last_try=True,
        source=source,
        try_id=ti.id,
    )
    assert attempt == expected


def test_a_key_of_the_users_is_shared_with_others():
    with set_current_context({"ti": TaskInstance()}):
        inside = attempt_at(KIND, "order-17")
    outside = attempt_at(KIND, "order-17")
    assert inside.key == outside.key == user_key(KIND, "order-17")
    assert inside.shared_key
    assert outside == Attempt(outside.key, shared_key=True)


@pytest.mark.parametrize("key", [None, "", " ", "x" * 257, 1.5])
def test_outside_of_a_task_a_key_is_needed(key):
    with pytest.raises(InvalidInput, match=r"^idempotency_key: "):
        attempt_at(KIND, key)
