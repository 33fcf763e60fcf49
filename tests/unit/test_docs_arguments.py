"""Every argument of what users call from a DAG stands on the page of its family, in code."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from tests.paths import DOCS
from tests.unit.test_public_names import LISTED, PACKAGE

PAGES = {
    "operators.interaction": "interactions.md",
    "operators.message": "messages.md",
    "operators.conversation": "agent-on-reply.md",
    "operators.follow_up": "follow-ups.md",
    "operators.dag_run": "follow-ups.md",
    "operators.bulk": "bulk.md",
    "operators.agents": "agents.md",
    "transfers.outreach": "results.md",
    "sensors.reply": "waiting.md",
    "triggers.reply": "alerts.md",
    "notifications.flex": "alerts.md",
    "retry_policies.flex": "once.md",
    "alerts.plan": "alerts.md",
    "alerts.rows": "alerts.md",
    "alerts.alert": "alerts.md",
    "alerts.assets": "alerts.md",
    "alerts.callbacks": "alerts.md",
    "alerts.readers.dbt": "alerts.md",
    "alerts.readers.great_expectations": "alerts.md",
    "alerts.readers.soda": "alerts.md",
    "alerts.readers.sql_checks": "alerts.md",
    "bulk.sources.split": "bulk.md",
    "hooks.flex": "hook.md",
    "links.flex": "hook.md",
    "events": "push.md",
    "triggers.asset_events": "push.md",
    "outreach.events.event": "push.md",
    "outreach.diagnosis.finding": "doctor.md",
    "outreach.policies.contact_window": "contact-hours.md",
    "pytest_plugin": "testing.md",
    "twilio.http.errors": "requests.md",
    "twilio.api": "hook.md",
}
EVERYWHERE = {"flexout_conn_id", "context"}
"""The one is on the page of all operators; the other is what Airflow hands to a notifier."""
FIXTURES = {"_served_sandbox", "monkeypatch"}
"""What pytest hands to a fixture."""


def arguments(owner: object) -> set[str]:
    """Give the names of all arguments, those of a class from its own constructors up to Airflow's."""
    if inspect.isclass(owner):
        constructors = [
            inspect.unwrap(vars(one)["__init__"])
            for one in owner.__mro__
            if one.__module__.startswith(PACKAGE) and "__init__" in vars(one)
        ]
    else:
        constructors = [owner]
    kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {
        each.name
        for one in constructors
        for each in inspect.signature(one).parameters.values()
        if each.kind in kinds and each.name != "self" and not each.name.startswith("_airflow")
    }


def code_of(page: str) -> str:
    return "\n".join(re.findall(r"```.*?```|`[^`]+`", (DOCS / page).read_text("utf-8"), re.DOTALL))


CALLED = [(module, name) for module, names in LISTED.items() for name in sorted(names)]


def test_every_public_module_has_its_page():
    assert set(PAGES) == set(LISTED)


@pytest.mark.parametrize(("module", "name"), CALLED, ids=[name for _, name in CALLED])
def test_the_page_has_every_argument(module, name):
    owner, code = getattr(importlib.import_module(f"{PACKAGE}.{module}"), name), code_of(PAGES[module])
    assert re.search(rf"\b{name}\b", code)
    if not (inspect.isclass(owner) and issubclass(owner, Exception)):
        wanted = arguments(owner) - EVERYWHERE - FIXTURES
        assert not {one for one in wanted if not re.search(rf"\b{one}\b", code)}


def test_the_import_path_of_every_public_name_is_in_the_docs():
    text = "\n".join(code_of(page.name) for page in DOCS.glob("*.md"))
    by_pytest = {"pytest_plugin"}  # which finds it by itself
    assert {module for module in LISTED if f"{PACKAGE}.{module}" not in text} == by_pytest
