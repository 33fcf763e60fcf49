"""Every kind of event that is scheduled has its handler."""

from __future__ import annotations

import ast

from tests.paths import ROOT

SANDBOX = ROOT / "airflow_provider_flexout" / "sandbox"


def test_every_scheduled_event_has_a_handler(sandbox):
    scheduled = set()
    for file in SANDBOX.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("clock.schedule"):
                kind = node.args[1]
                if isinstance(kind, ast.Constant):
                    scheduled.add(kind.value)
    from airflow_provider_flexout.sandbox.rules.taskrouter.reservations import OFFER_EVENTS
    from airflow_provider_flexout.sandbox.simulation.event_handlers import install

    install(sandbox._store)
    assert len(scheduled) > 10
    assert scheduled | set(OFFER_EVENTS.values()) == sandbox.clock.handlers.keys()
