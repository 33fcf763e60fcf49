"""The index of the controls, for people."""

from __future__ import annotations

from airflow_provider_flexout.sandbox.server.admin_api import _CONTROLS
from airflow_provider_flexout.sandbox.server.admin_index import INDEX


def test_each_control_is_in_the_index_with_its_methods():
    told = dict(entry.split(" /sandbox/")[::-1] for entry in INDEX)
    one_of_many, stream = "conversations/{SID or unique name}", "events"
    assert (told.pop(one_of_many), told.pop(stream)) == ("GET", "GET")
    assert {name: set(methods.split(", ")) for name, methods in told.items()} == {
        name: set(how) for name, how in _CONTROLS.items() if name
    }
