"""The rate over time, as a picture: one task under a limit, and several processes under the same."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any

from tests.bench.bulk import LIMIT

COLOURS = ("#4c72b0", "#8fb0da", "#55a868", "#dd8452")
MEAN_OF = 10


def draw(figures: dict[str, Any], file: Path) -> None:
    """Draw how many conversations were opened in each second.

    :param figures: the raw numbers.
    :param file: the picture.
    """
    import matplotlib as mpl

    logging.getLogger("matplotlib").setLevel(logging.WARNING)  # it tells of its fonts
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (alone, together) = plt.subplots(2, figsize=(8, 6), layout="constrained", sharex=True)
    _bars(alone, [figures["limit"]["moments"]], ["one task"])
    _bars(together, figures["workers"]["moments"], ["first process", "second", "third", "fourth, later"])
    together.set_xlabel("seconds")
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _bars(axes: Any, moments: list[list[float]], names: list[str]) -> None:
    last = int(max(each[-1] for each in moments))
    below = [0] * (last + 1)
    for each, name, colour in zip(moments, names, COLOURS, strict=False):
        seconds = Counter(map(int, each))
        rates = [seconds[second] for second in range(last + 1)]
        axes.bar(range(last + 1), rates, width=1.0, align="edge", bottom=below, color=colour, label=name)
        below = [one + more for one, more in zip(below, rates, strict=True)]
    mean = [sum(below[end - MEAN_OF : end]) / MEAN_OF for end in range(MEAN_OF, last + 1)]
    middle = [end - MEAN_OF / 2 for end in range(MEAN_OF, last + 1)]
    axes.plot(middle, mean, color="black", linewidth=1, label=f"mean of {MEAN_OF} s")
    axes.axhline(LIMIT, color="#c44e52", linewidth=1, label=f"limit of {LIMIT:g}/s")
    axes.set(ylabel="conversations opened\nin a second", ylim=(0, 2 * LIMIT))
    axes.legend(loc="upper center", frameon=False, ncols=len(names) + 2, fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)
