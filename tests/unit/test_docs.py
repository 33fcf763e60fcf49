"""What the pages promise is there: files, headings, commands, modules, arguments."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
import typer.main

from airflow_provider_flexout.cli.main import build_app
from airflow_provider_flexout.get_provider_info import get_provider_info
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


def texts_of(path: Path) -> set[str]:
    """The texts of a module, with … for what is filled in later, and the names of its classes."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.JoinedStr):
            parts = (each.value if isinstance(each, ast.Constant) else "…" for each in node.values)
            found.add("".join(map(str, parts)))
    return found


def test_troubleshooting_has_the_words_of_the_errors():
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    quoted = re.findall(r"`([^`]+)`", "\n".join(re.findall(r"^### (.*)$", page, re.MULTILINE)))
    assert len(quoted) > 20
    said = {text for path in SOURCES if "sandbox" not in path.parts for text in texts_of(path)}
    assert [each for each in quoted if not any(each in text for text in said)] == []
