"""Who is free: what a worker is doing, unless their script takes them away."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.rules.taskrouter.workers import activity_of, is_available
from airflow_provider_flexout.sandbox.state.seed import ACTIVITIES


def test_a_worker_who_is_scripted_to_be_away_is_offline(sandbox):
    store, ana = sandbox._store, sandbox._store.workspace.worker_named("ana")
    assert activity_of(store, ana).name == "Available"
    ana.activity_sid = ACTIVITIES["Break"]
    assert (activity_of(store, ana).name, is_available(store, ana)) == ("Break", False)
    sandbox.agent("ana").away()
    assert activity_of(store, ana).name == "Offline"
    sandbox.agent("ana").goes("Available")
    assert is_available(store, ana)
