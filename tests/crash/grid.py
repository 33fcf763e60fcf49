"""A grid of cells, each a history that has to end well, and the table that tells how they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Grid:
    """How many cells ended well, by the step that was hit and what hit it; and histories beside them."""

    def __init__(self) -> None:
        self.histories: Counter[str] = Counter()
        self._good: dict[tuple[str, str], Counter[str]] = {}
        self._all: dict[tuple[str, str], Counter[str]] = {}

    def note(self, procedure: str, step: str, fault: str, *, good: bool) -> None:
        """Write down how one cell ended."""
        row = procedure, step
        self._all.setdefault(row, Counter())[fault] += 1
        self._good.setdefault(row, Counter())[fault] += good

    @property
    def size(self) -> int:
        return sum(sum(cells.values()) for cells in self._all.values())

    @property
    def good(self) -> int:
        return sum(sum(cells.values()) for cells in self._good.values())

    def lines(self) -> Iterable[str]:
        """The table."""
        faults = list(dict.fromkeys(fault for cells in self._all.values() for fault in cells))
        width = max((len(text) for row in self._all for text in row), default=0) + 2
        shown = None
        for (procedure, step), cells in self._all.items():
            if procedure != shown:
                yield ""
                yield f"{procedure:<{width}}" + "".join(f"{fault:>13}" for fault in faults)
                shown = procedure
            good = self._good[procedure, step]
            marks = (f"{good[one]}/{cells[one]}" if cells[one] else "" for one in faults)
            yield f"  {step:<{width - 2}}" + "".join(f"{mark:>13}" for mark in marks)
        yield ""
        if self.size:
            yield f"{self.size} cells, {self.good} ended with exactly one of each and the right SIDs"
        for kind, number in self.histories.items():
            yield f"{number} random histories: {kind}"
