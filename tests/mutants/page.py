"""``docs/mutants.md``: how many mutants the tests notice, and why not the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.paths import DOCS

PAGE = DOCS / "mutants.md"
LIST = Path(__file__).with_name("survivors.json")
HEAD = """# Rules broken on purpose

Written by `make mutants`.

The command breaks the rules that the promises depend on, one line at a time: a comparison, a number, an
argument, a condition. It runs the tests that call the broken function until one of them fails, unit tests
first, then a sample of the crash grids. It does not break the texts of logs and errors, or what metrics
count.

| module | mutants | judged | noticed | not noticed |
|---|--:|--:|--:|--:|
"""
REASONS = """
## Why the others are not noticed

`tests/mutants/survivors.json` lists each of them with its reason. The command fails if one is not listed, or
if tests notice one that is listed.
"""


@dataclass
class Count:
    """Of one module: how many mutants there are, were judged, and were noticed."""

    mutants: int = 0
    judged: int = 0
    noticed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.mutants + other.mutants, self.judged + other.judged, self.noticed + other.noticed)


@dataclass(frozen=True, order=True)
class Survivor:
    """A mutant that no test notices: its function, the line as it is, and the line as it is broken."""

    function: str
    line: str
    broken: str

    def is_in(self, module: str) -> bool:
        return self.function.startswith(f"{module}.")


def read_survivors() -> dict[Survivor, str]:
    """Read the list: the reason of each."""
    return {
        Survivor(one["function"], one["line"], one["broken"]): one["reason"]
        for one in json.loads(LIST.read_text())
    }


def _row(name: str, count: Count) -> str:
    share = f" ({count.noticed / count.judged:.1%})" if count.judged else ""
    return (
        f"| {name} | {count.mutants:,} | {count.judged:,} | {count.noticed:,}{share}"
        f" | {count.judged - count.noticed:,} |\n"
    )


def reasons(survivors: Mapping[Survivor, str]) -> Iterator[str]:
    """Write the list as the page has it, a section a function."""
    for function, ones in groupby(sorted(survivors), lambda one: one.function):
        yield f"\n`{function}`\n\n"
        for one in ones:
            yield f"- `{one.line or '(nothing)'}` as `{one.broken or '(nothing)'}`: {survivors[one]}\n"


def write(counts: Mapping[str, Count], survivors: Mapping[Survivor, str]) -> None:
    """Write the page."""
    rows = [_row(f"`{module}`", count) for module, count in sorted(counts.items())]
    total = _row("all", sum(counts.values(), Count()))
    PAGE.write_text(HEAD + "".join(rows) + total + REASONS + "".join(reasons(survivors)))
