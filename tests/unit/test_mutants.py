"""The mutants that no test notices are of the code as it stands, and the page gives each one's reason."""

from __future__ import annotations

import ast
import re

import pytest

from tests.mutants.page import PAGE, read_survivors, reasons
from tests.paths import ROOT


def source_of(function):
    """Return the source of a function or method, such as ``outreach.lock.Lease.left``."""
    path, names = ROOT / "airflow_provider_flexout", function.split(".")
    while not path.suffix:
        name = names.pop(0)
        path = path / name if (path / name).is_dir() else path / f"{name}.py"
    source = path.read_text()
    node = ast.parse(source)
    for name in names:
        node = next(one for one in node.body if getattr(one, "name", None) == name)
    return ast.get_source_segment(source, node)


def without_spaces(text):
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("one", sorted(read_survivors()), ids=lambda one: one.function)
def test_each_that_is_listed_is_a_line_of_its_function(one):
    assert without_spaces(one.line) in without_spaces(source_of(one.function))


def test_the_page_gives_each_reason():
    survivors = read_survivors()
    assert all(survivors.values())
    assert PAGE.read_text().endswith("".join(reasons(survivors)))
