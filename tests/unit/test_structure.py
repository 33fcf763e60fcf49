"""What keeps the house in order: rooms of a size one can hold, names with one meaning, tests by path."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "airflow_provider_flexout"
MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = [file for file in MODULES if file.name == "__init__.py"]
UNIT_TESTS = [*(ROOT / "tests" / "unit").rglob("test_*.py"), *(ROOT / "tests" / "sandbox").glob("*.py")]

LARGEST_FOLDER = 15
LONGEST_FILE = 350
LONGER = {
    "airflow_provider_flexout/outreach/durable.py": "all that outlives a process stands in one place",
}
"""The files that may be longer, and why."""

RETIRED = {
    # The client
    "answer": "resource, response, reply or accept",
    "answered": "response",
    "exchange": "request_flow",
    "turn": "permit",
    "pace": "rate_limiter",
    "slots": "pacer",
    "begun": "priority, started",
    "advice": "hint",
    "came": "attach_headers",
    # The rules
    "opening": "request, interaction",
    "openings": "requests, interactions",
    "utterance": "draft, message",
    "mark": "record",
    "marks": "records",
    "claim": "lease",
    "claims": "leases",
    "claimed": "lease",
    "settle": "reconcile",
    "settled": "reconciled",
    "settling": "reconciliation",
    "unsettled": "reconciliation_pending",
    "greeting": "first_message",
    "greeted": "first_message",
    "phrased": "resolved",
    "phrasing": "content",
    "dressed": "normalize",
    "heard": "last_inbound",
    "situation": "state",
    "sweep": "orphans",
    "sweeping": "orphans",
    "abandoned": "orphaned",
    "notice": "notification",
    "watch": "waiter",
    "patience": "error_budget, deadline",
    "listening": "inbox",
    "gate": "policy",
    "gates": "policies",
    "gated": "policy",
    "words": "text, message, address",
    "wording": "message_format",
    # Campaigns and alerts
    "supply": "row_queue",
    "staff": "availability",
    "tally": "progress, counters",
    # The sandbox
    "world": "store",
    "courier": "delivery",
    "befall": "apply_fault",
    "mishap": "fault",
    "steering": "admin",
}
"""Words that were coined here and have been replaced, with what stands in their place."""


TESTED_ELSEWHERE = {
    "sandbox.api": "through its wire, by independent clients: tests/sandbox",
    "sandbox.cli": "by its command: tests/sandbox/test_serving.py",
    "sandbox.rules": "through its wire, resource by resource: tests/sandbox",
    "demo": "runs as a whole, in tests/system/airflow/test_demo.py",
}
"""Modules, or rooms, that no unit test imports by name, and where they are tested."""


def module_name(file: Path) -> str:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that the code gives to something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def parts(identifier: str) -> list[str]:
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)]


def test_no_file_is_longer_than_a_subject():
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE}.keys() == LONGER.keys()


def test_no_folder_holds_more_than_one_can_take_in():
    counts: defaultdict[str, int] = defaultdict(int)
    for file in MODULES:
        if file.name != "__init__.py":
            counts[str(file.parent.relative_to(ROOT))] += 1
    assert {folder: count for folder, count in counts.items() if count > LARGEST_FOLDER} == {}


def test_no_two_modules_of_a_folder_differ_by_a_plural():
    names = {file.parent / file.stem for file in MODULES} | {file.parent for file in MODULES}
    assert [str(name) for name in sorted(names) if name.with_name(name.name + "s") in names] == []


def test_a_class_name_stands_for_one_thing():
    places = defaultdict(list)
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(file.relative_to(PACKAGE)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


@pytest.mark.parametrize("room", sorted({file.relative_to(PACKAGE).parts[0] for file in MODULES}))
def test_retired_words_are_in_no_name(room):
    files = [file for file in MODULES if file.relative_to(PACKAGE).parts[0] == room]
    found = [
        f"{file.relative_to(ROOT)}:{line} {name}"
        for file in files
        for name, line in identifiers(ast.parse(file.read_text()))
        if not name.startswith("__") and RETIRED.keys() & set(parts(name))
    ]
    found += [str(file.relative_to(ROOT)) for file in files if RETIRED.keys() & set(parts(file.stem))]
    assert found == []


def test_every_module_is_imported_by_a_unit_test():
    """Or stands here with its reason; a room's reason holds for all of its modules."""
    imported = set()
    for file in UNIT_TESTS:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
            elif isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
    modules = {module_name(file).removeprefix("airflow_provider_flexout.") for file in MODULES}
    modules -= {module_name(file).removeprefix("airflow_provider_flexout.") for file in PACKAGES}
    missing = modules - {name.removeprefix("airflow_provider_flexout.") for name in imported} - mirrored()
    unexplained = {name for name in missing if not explained(name)}
    assert sorted(unexplained) == []
    assert [name for name in TESTED_ELSEWHERE if not any(covers(name, each) for each in missing)] == []


def mirrored() -> set[str]:
    """The modules whose path leads to a unit test: ``a.b`` has ``tests/unit/a/test_b.py``."""
    root = ROOT / "tests" / "unit"
    tests = (file.relative_to(root).with_suffix("") for file in root.rglob("test_*.py"))
    return {".".join((*test.parts[:-1], test.name.removeprefix("test_"))) for test in tests}


def explained(module: str) -> bool:
    return any(covers(name, module) for name in TESTED_ELSEWHERE)


def covers(name: str, module: str) -> bool:
    return module == name or module.startswith(f"{name}.")
