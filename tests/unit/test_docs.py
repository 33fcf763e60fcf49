"""What the pages promise is there: files, headings, commands, modules, arguments."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
from pathlib import Path
from typing import get_args

import pytest
import typer.main

from airflow_provider_flexout.cli.main import build_app
from airflow_provider_flexout.get_provider_info import get_provider_info
from airflow_provider_flexout.twilio.http.call import Product
from airflow_provider_flexout.twilio.http.settings import Hosts
from tests.paths import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = [*ROOT.glob("airflow_provider_flexout/**/*.py"), *ROOT.glob("dags_examples/*.py")]
OF_OURS = r"(?<![\w/.])(?:docs|dags_examples|tests(?!/test_))/[\w/.-]*\w"
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def anchors(page: Path) -> set[str]:
    """The names under which GitHub shows a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_leads_to_every_page():
    text = PAGES[0].read_text()
    assert [page.name for page in PAGES[1:] if f"](docs/{page.name})" not in text] == []


@each_page
def test_every_command_is_there(page):
    text = page.read_text()
    assert set(re.findall(r"(?:`|\$ )make\s+([a-z-]+)", text)) <= TARGETS
    commands = typer.main.get_command(build_app()).commands
    for name, rest in re.findall(r"`flexout ([a-z]+)([^`]*)`", text):
        options = {option for each in commands[name].params for option in each.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options


@pytest.mark.parametrize("paths", [PAGES, SOURCES, [ROOT / "Makefile"]], ids=["pages", "code", "make"])
def test_every_file_that_is_named_is_there(paths):
    """But for ``tests/test_….py``, which are a user's own: ours lie in folders."""
    named = {
        name: path.name
        for path in paths
        for name in re.findall(
            r"(?<![\w/.])(?:docs|dags_examples|tests(?!/test_))/[\w/.-]*\w", path.read_text()
        )
    }
    assert named
    assert {name: path for name, path in named.items() if not (ROOT / name).exists()} == {}


def test_make_helps_with_every_target():
    makefile = (ROOT / "Makefile").read_text()
    assert set(re.findall(r'@echo "make ([a-z-]+)', makefile)) == TARGETS - {"help"}


def public_classes() -> dict[str, type]:
    info = get_provider_info()
    modules = [module for key in ("operators", "sensors") for module in info[key][0]["python-modules"]]
    modules += [path.rpartition(".")[0] for path in info["notifications"]]
    found = [each for module in modules for each in vars(importlib.import_module(module)).items()]
    return {name: each for name, each in found if isinstance(each, type) and hasattr(each, "template_fields")}


def arguments_of(operator: type) -> set[str]:
    """What it takes, without what only Airflow's own base classes take."""
    return {name for each in operator.__mro__[:-1] for name in inspect.signature(each.__init__).parameters}


@each_page
def test_the_code_fits_the_package(page):
    classes = public_classes()
    for code in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("airflow_provider_flexout"):
                module = importlib.import_module(node.module)
                for name in node.names:
                    assert hasattr(module, name.name) or importlib.import_module(f"{node.module}.{name.name}")
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in classes:
                named = {keyword.arg for keyword in node.keywords}
                assert named <= arguments_of(classes[node.func.id]), node.func.id


@each_page
def test_every_module_that_is_named_is_there(page):
    for name in set(re.findall(r"`(airflow_provider_flexout(?:\.\w+)+)`", page.read_text())):
        importlib.import_module(name)


def test_a_firewall_is_told_each_host():
    """A list that lacks one stops a task in the middle, where only some connections or files need it."""
    page = (ROOT / "docs" / "running.md").read_text()
    hosts = {Hosts().base(product).removeprefix("https://") for product in get_args(Product)}
    assert set(re.findall(r"`([\w.-]+\.twilio\.com)`", page)) == hosts


@each_page
def test_no_line_of_a_paragraph_begins_as_a_list(page):
    """A number or a dash at the beginning of a line, where a text happened to be wrapped there."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    begins = re.compile(r"(?:\d+[.)]|[-+*>]|#+) ")
    lines = ["", *text.splitlines()]
    assert not [
        line
        for before, line in itertools.pairwise(lines)
        if begins.match(line) and before and not begins.match(before) and not before.startswith("  ")
    ]
    assert not re.findall(r"^ {5,}\w.*", text, re.MULTILINE)
