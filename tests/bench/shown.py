"""Tables, for the terminal and for the pages; ``python -m tests.bench.page`` puts them there."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

OUTPUT = Path("build/bench")
"""Where everything is kept, until the next run."""


def show(name: str, table: Table, width: int | None = None) -> None:
    """Print a table, and keep it as Markdown.

    :param name: of its file.
    :param table: the table.
    :param width: columns of the terminal, where it knows better.
    """
    Console(width=width).print(table)
    keep(name, f"{table.title}:\n\n{markdown(table)}")


def keep(name: str, text: str) -> None:
    """Keep a piece of Markdown for a page."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / f"{name}.md").write_text(text + "\n")


def markdown(table: Table) -> str:
    """Write a table as Markdown."""
    heads = [str(column.header) for column in table.columns]
    rules = ["--:" if column.justify == "right" else "---" for column in table.columns]
    cells = [[_plain(cast("str", cell)) for cell in column.cells] for column in table.columns]
    lines = [heads, rules, *(list(row) for row in zip(*cells, strict=True))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(cell: str) -> str:
    return Text.from_markup(cell).plain.strip()
