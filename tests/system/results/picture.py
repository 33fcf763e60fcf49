"""``python -m tests.system.results.picture``: the answers of the five queries of docs/results.md, drawn.

Needs the dependency group ``bench``. The outreaches are those of the tests, in the sandbox.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

from tests.paths import ROOT
from tests.system.results import tables
from tests.system.results.databases import connected, sqlite
from tests.system.results.questions import queries
from tests.system.results.story import told

PICTURE = ROOT / "docs" / "images" / "results.png"
COUNT = 900
BLUE, RED = "#4c72b0", "#c44e52"
ADDED = {"Reply rate by campaign": "share of those contacted", "What the agents had to do": "hours"}


def main() -> None:
    """Let it happen, write the table, ask, and draw."""
    with (
        tempfile.TemporaryDirectory() as folder,
        connected(sqlite(Path(folder) / "warehouse.db")) as database,
        told(COUNT),
    ):
        tables.to_sql()
        found = {question: database.rows(sql) for question, sql in queries(database.dialect).items()}
    draw(found, PICTURE)


def draw(found: dict[str, list[dict[str, Any]]], file: Path) -> None:
    """Draw a panel for each question.

    :param found: the rows of each answer: what it is about, and at the end the figure.
    :param file: the picture.
    """
    import matplotlib as mpl

    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # it tells of its fonts
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(3, 2, figsize=(9, 8), layout="constrained")
    *drawn, spare = panels.flat
    spare.set_axis_off()
    spare.text(0, 0.5, f"{COUNT} outreaches of three weeks,\nin the sandbox", color="gray", va="center")
    for axes, (question, rows) in zip(drawn, found.items(), strict=True):
        axes.set_title(question, loc="left", fontsize="medium")
        axes.spines[["top", "right"]].set_visible(False)
        values = [list(row.values()) for row in rows]
        if len(values) == 1 and len(values[0]) == 1:
            axes.set_axis_off()
            axes.text(0, 0.5, f"{values[0][0]:.0f} s", fontsize=36, color=BLUE, va="center")
            continue
        names = ["none" if one[0] is None else str(one[0]) for one in values]
        bars = axes.barh(names, [one[-1] for one in values], color=RED if "not" in question else BLUE)
        axes.bar_label(bars, [_figure(one[-1]) for one in values], padding=3)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.set_xlabel(ADDED.get(question, "outreaches"))
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _figure(value: float) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
