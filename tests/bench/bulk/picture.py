"""The rate over time, as a picture."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path


def draw(moments: list[str], limit: float, file: Path) -> None:
    """Draw how many conversations were opened in each second.

    :param moments: when each was, in ISO 8601.
    :param limit: how many Twilio takes in a second.
    :param file: the picture.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    times = sorted(datetime.fromisoformat(one).timestamp() for one in moments)
    seconds = Counter(int(one - times[0]) for one in times)
    rates = [seconds[second] for second in range(max(seconds) + 1)]
    figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
    axes.bar(range(len(rates)), rates, width=1.0, color="#4c72b0")
    axes.axhline(limit, color="#c44e52", linewidth=1, label=f"limit of {limit:g}/s")
    axes.set(xlabel="seconds", ylabel="conversations opened in a second")
    axes.legend(loc="upper right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)
