"""``docs/stability.md`` lists the names that users may import, and the list is equal to the package."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re

import pytest

import airflow_provider_flexout
from tests.paths import EXAMPLES, ROOT

PACKAGE = airflow_provider_flexout.__name__
PRIVATE_ROOMS = {
    "bulk",
    "cli",
    "connection",
    "demo",
    "mixins",
    "outreach",
    "relay",
    "sandbox",
    "tables",
    "twilio",
    "example_dags",
}
"""Rooms of which only what the list names is public."""
PRIVATE = {
    "alerts.audience": {"Columns", "Audience", "Excluded", "PlannedContact"},
    "alerts.contact_plan": {"Plan", "Planned", "make_plan"},
    "alerts.readers.parse": {"loaded", "unknown", "whole_number"},
    "alerts.rehearsal": {"rehearse"},
    "alerts.rows": {"read_rows"},
    # Airflow and OpenLineage call them by the metadata of the provider.
    "assets.flexout": {"sanitize_uri", "create_asset", "convert_asset_to_openlineage"},
    "get_provider_info": {"get_provider_info"},  # Airflow calls it by the entry point
    "links.flex": {"task_url", "conversation_url"},
    "notifications.arguments": {"check_arguments"},
    "notifications.event": {"CallbackEvent", "event_of"},
    "pytest_plugin": {"pytest_addoption", "pytest_runtest_makereport"},  # pytest calls them
    "triggers.poll": {"PollTrigger"},  # operators defer with them
    "triggers.timer": {"TimerTrigger"},
    "triggers.burst": {"Burst"},  # of these FlexReplyTrigger is made
    "triggers.merge": {"merge"},
    "triggers.poll_timer": {"PollTimer"},
    "triggers.pushed_replies": {
        "PushedMessages",
        "PushedReplies",
        "events_of",
        "pushed_replies",
        "read_pushed",
    },
    "triggers.reply_state": {"ReplyState"},
    "version_compat": {"lineage_collector", "load_amask_secret", "load_stats"},  # what moved in Airflow
}
"""What the public rooms hold for themselves."""


def listed() -> dict[str, set[str]]:
    text = (ROOT / "docs" / "stability.md").read_text()
    table = text.split("### The public names")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (.*) \|$", table, re.MULTILINE)
    # What a row says of a name follows it: "`FlexoutError`, which every error is; its `permanent` …".
    return {
        module: set(re.findall(r"`(\w+)`", re.split(r"(?:,|;) (?:which|its)\b", names)[0]))
        for module, names in rows
    }


LISTED = listed()


def names_in(module: str) -> set[str]:
    """Give the classes and functions that a module defines, also under a second name; no type alias."""
    found = vars(importlib.import_module(f"{PACKAGE}.{module}")).items()
    return {
        name
        for name, value in found
        if not name.startswith("_") and getattr(value, "__module__", None) == f"{PACKAGE}.{module}"
        if inspect.isclass(value) or inspect.isfunction(value)
    }


def test_there_is_a_list():
    assert LISTED["operators.interaction"] == {"CreateInteractionOperator", "CloseInteractionOperator"}
    assert LISTED["notifications.flex"] == {"FlexNotifier", "send_flex_notification"}


@pytest.mark.parametrize("module", LISTED)
def test_what_is_listed_is_there_and_says_what_it_is(module):
    home = importlib.import_module(f"{PACKAGE}.{module}")
    for name in LISTED[module]:
        assert inspect.getdoc(getattr(home, name)), name


def test_every_name_of_the_public_rooms_is_listed():
    found = pkgutil.walk_packages(airflow_provider_flexout.__path__, f"{PACKAGE}.")
    modules = [one.name.removeprefix(f"{PACKAGE}.") for one in found]
    public = {one: names_in(one) for one in modules if one.split(".")[0] not in PRIVATE_ROOMS}
    public["pytest_plugin"].add("flex_sandbox")  # a fixture is neither class nor function
    for module, names in PRIVATE.items():
        assert names <= public[module], module
        public[module] -= names
    in_public_rooms = {one: names for one, names in LISTED.items() if one.split(".")[0] not in PRIVATE_ROOMS}
    assert {module: names for module, names in public.items() if names} == in_public_rooms


def imports_of(code: str) -> set[tuple[str, str]]:
    return {
        (str(node.module).removeprefix(f"{PACKAGE}."), name.name)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PACKAGE)
        for name in node.names
    }


def test_pages_and_examples_import_public_names_only():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    codes = [
        code for page in pages for code in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    codes += [path.read_text() for path in EXAMPLES.glob("*.py")]
    for module, name in set().union(*map(imports_of, codes)):
        assert module == "twilio.api" or name in LISTED[module], f"{module}.{name}"
