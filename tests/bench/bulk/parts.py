"""What is measured of one task, each part beside what people do today where there is such a thing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.bench.bulk import AT_ONCE, LATENCY, LIMIT
from tests.bench.bulk.stand import once, stand
from tests.bench.bulk.ways import WARM_UP, Work

Figures = dict[str, Any]
WITH_LATENCY = (
    ("operator", 1500),
    ("operator on reply", 1500),
    ("twilio async", 1500),
    ("twilio loop", 40),
)
"""Each way that is measured with a latency, and its contacts."""


def with_latency(share: float) -> Figures:
    """Reach contacts where each answer takes 100 ms."""
    found = {}
    for way, count in WITH_LATENCY:
        with stand() as sandbox:
            sandbox.fault("delay", operation="*", seconds=LATENCY, times=None)
            before, count = sandbox.requests(), max(10, int(count * share))
            took = sandbox.run(Work(way, count))
            each = (sandbox.requests() - before) / (count + WARM_UP)
            rate = count / took["seconds"]
            found[way] = {"contacts": count, "outreaches/s": rate, "requests/s": rate * each}
    ideal = AT_ONCE / LATENCY
    return found | {
        "ideal requests/s": ideal,
        "share of ideal": found["operator"]["requests/s"] / ideal,
        "times the loop": found["operator"]["outreaches/s"] / found["twilio loop"]["outreaches/s"],
    }


def under_a_limit(share: float) -> Figures:
    """Reach contacts under Twilio's published limits, and as many others in a second try."""
    count = int(1800 * share)
    with stand(limits=True) as sandbox:
        first = sandbox.run(Work("operator", count))
        refused, reached = sandbox.refused(), sandbox.reached()[WARM_UP:]
        second = sandbox.run(Work("operator", 2 * count, try_number=2, warm_up=False))
        everybody = sandbox.reached()[WARM_UP:]
        refused_again = sandbox.refused()
    # What came at once in the beginning is not sustained.
    rates = [(count - LIMIT) / took["seconds"] for took in (first, second)]
    return {
        **once(everybody),
        "contacts": 2 * count,
        "failed": first["summary"]["failed"] + second["summary"]["failed"],
        "refused": max(refused, refused_again),
        "adopted by the second": second["summary"]["adopted"],
        "conversations/s": rates,
        "share of the limit": rates[0] / LIMIT,
        "share of the limit, second try": rates[1] / LIMIT,
        "moments": [round(one.at - reached[0].at, 3) for one in reached],
    }


def cpu(share: float) -> Figures:
    """Count the client's CPU for one outreach: all five requests of ours, the two plain ones of the loop."""
    found: dict[str, list[float]] = {"operator": [], "twilio loop": [], "twilio async": []}
    count = int(1000 * share)
    for _ in range(3):
        for way, figures in found.items():
            with stand() as sandbox:
                figures.append(sandbox.run(Work(way, count))["cpu"] / count * 1000)
    best = {way: min(figures) for way, figures in found.items()}
    return {"ms": best, "rounds": found, "times the loop": best["operator"] / best["twilio loop"]}


def many(share: float) -> Figures:
    """Reach ever more contacts from a file: the time should be linear, the memory flat."""
    found = {}
    for thousands in (1, 5, 10):
        count = int(thousands * 1000 * share)
        with stand() as sandbox, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "contacts.csv"
            file.write_text("to\n" + "".join(f"+1202{3_000_000 + one:07d}\n" for one in range(count)))
            work = Work("operator", count, contacts=str(file), results=f"{folder}/results.jsonl")
            took = sandbox.run(work)
            found[count] = took | {"ms each": took["seconds"] / count * 1000}
    return {"by contacts": found}


def again(share: float) -> Figures:
    """Try a campaign again of which 99% was done."""
    count = int(5000 * share)
    with stand() as sandbox:
        before = sandbox.requests()
        sandbox.run(Work("operator", count * 99 // 100, warm_up=False))
        first = sandbox.requests() - before
        sandbox.run(Work("operator", count, try_number=2, warm_up=False))
        second = sandbox.requests() - before - first
        return {
            "contacts": count,
            "first": first,
            "second": second,
            "share": second / first,
            **once(sandbox.reached()),
        }
