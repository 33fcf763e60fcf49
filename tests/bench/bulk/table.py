"""What was measured beside what it should be: for the terminal, and for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rich.table import Table

from tests.bench.bulk import AT_ONCE, LIMIT

Figures = dict[str, Any]
WAYS = {
    "operator": "BulkOutreachOperator",
    "operator on reply": 'BulkOutreachOperator, `agent="on_reply"`',
    "twilio loop": "(a) a loop over `twilio`",
    "twilio async": f"(b) `twilio`'s asynchronous client, {AT_ONCE} at once",
}
LINEAR, FLAT, FAIR = 1.2, 20.0, 0.7
"""Times the least, MB above the least, and share of the fastest one's, that still count as these."""


class Row(NamedTuple):
    """A line of the table.

    :param what: what was measured; without anything else, a heading.
    :param measured: the figure.
    :param goal: what it should be.
    :param met: whether it is.
    """

    what: str
    measured: str = ""
    goal: str = ""
    met: bool | None = None


def rows(figures: Figures) -> Iterator[Row]:
    """Write all lines; a part that could not be measured says why."""
    measured = {part: found for part, found in figures.items() if "not measured" not in found}
    for part, section in SECTIONS.items():
        if part in measured:
            yield from section(measured)
    failed = {part: figures[part]["not measured"] for part in figures if part not in measured}
    if failed:
        yield Row("not measured")
    for part, why in failed.items():
        yield Row(part, why, "", met=False)


def table(figures: Figures) -> Table:
    """Write the table for a terminal."""
    shown = Table(title="BulkOutreachOperator beside what people do today")
    shown.add_column("what")
    for column in ("measured", "goal", "met"):
        shown.add_column(column, justify="right")
    for row in rows(figures):
        met = "" if row.met is None else "yes" if row.met else "[bold red]NO"
        what = row.what.replace("`", "")
        if row.measured:
            shown.add_row(f"  {what}", row.measured, row.goal, met)
        else:
            shown.add_section()
            shown.add_row(f"[bold]{what}")
    return shown


def markdown(figures: Figures) -> str:
    """Write the table for a page."""
    lines = ["| | measured | goal |", "|---|--:|--:|"]
    for row in rows(figures):
        what = row.what if row.measured else f"**{row.what}**"
        lines.append(f"| {what} | {row.measured} | {row.goal} |")
    return "\n".join(lines)


def _latency(measured: Figures) -> Iterator[Row]:
    found = measured["latency"]
    yield Row(f"each answer takes 100 ms, {AT_ONCE} contacts at once: outreaches per second")
    for way, name in WAYS.items():
        speed = found[way]["outreaches/s"]
        goal = ("at least 115", speed >= 115) if way == "operator on reply" else ("", None)
        yield Row(f"{name}, {found[way]['contacts']:,} contacts", f"{speed:.1f}", *goal)
    if tasks := measured.get("mapped tasks"):
        name = f"(c) mapped tasks in a running Airflow, 8 at once, {tasks['contacts']} contacts"
        yield Row(name, f"{tasks['outreaches/s']:.1f}")
    times, share = found["times the loop"], found["share of ideal"]
    yield Row("operator, times the loop (a)", f"{times:.1f}", "at least 15", times >= 15)
    requests = f"{found['operator']['requests/s']:.0f} of {found['ideal requests/s']:.0f}"
    what = "operator, requests per second, of the ideal"
    yield Row(what, f"{requests}, {share:.1%}", "at least 90%", share >= 0.9)


def _limit(measured: Figures) -> Iterator[Row]:
    found = measured["limit"]
    yield Row(
        f"Twilio's published limits, {LIMIT:.0f} conversations per second; {found['contacts']:,} contacts in "
        "one task, half of them in its second try"
    )
    for what, key in (("first try", ""), ("second try", ", second try")):
        share = found[f"share of the limit{key}"]
        yield Row(f"made use of the limit, {what}", f"{share:.1%}", "at least 95%", share >= 0.95)
    yield from _nobody_hurt(found)


def _workers(measured: Figures) -> Iterator[Row]:
    found = measured["workers"]
    shares = found["shares"]
    yield Row(
        f"the same limit for {len(shares)} processes, {found['contacts']:,} contacts; one begins 15 s later"
    )
    share, fair = found["share of the limit"], found["slowest of fastest"]
    yield Row("made use of the limit, together", f"{share:.1%}", "at least 95%", share >= 0.95)
    named = ", ".join(f"{one:.0%}" for one in sorted(shares))
    yield Row(f"share of each, from 15 s after the last began, over {found['seconds watched']:.0f} s", named)
    yield Row("slowest process, of the fastest", f"{fair:.0%}", f"at least {FAIR:.0%}", fair >= FAIR)
    yield from _nobody_hurt(found)


def _nobody_hurt(found: Figures) -> Iterator[Row]:
    failed, twice, count = found["failed"], found["twice"], found["contacts"]
    yield Row("contacts that saw a 429", f"{failed} (of {found['refused']:,} 429s)", "0", failed == 0)
    yield Row("contacts sent to twice", f"{twice}", "0", twice == 0)
    yield Row("contacts reached once", f"{found['once']:,}", f"{count:,}", found["once"] >= count)


def _cpu(measured: Figures) -> Iterator[Row]:
    found = measured["cpu"]
    yield Row("client CPU for an outreach, ms, best of three")
    for way, milliseconds in found["ms"].items():
        yield Row(WAYS[way], f"{milliseconds:.2f}")
    if tasks := measured.get("mapped tasks"):
        yield Row("(c) mapped tasks, with what Airflow itself spends on them", f"{tasks['cpu, ms']:,.0f}")
    times = found["times the loop"]
    yield Row("operator, times the loop (a)", f"{times:.2f}", "at most 1.5", times <= 1.5)


def _many(measured: Figures) -> Iterator[Row]:
    found = measured["many"]
    yield Row("contacts from a file, no latency: ms for each, peak MB above the bare task")
    each = {int(count): took for count, took in found["by contacts"].items()}
    for count, took in each.items():
        memory = took["memory"]
        figures = f"{took['ms each']:.2f} ms, {memory:.0f} MB"
        yield Row(f"{count:,}", figures, "under 300 MB", memory < 300)
    few, most = each[min(each)], each[max(each)]
    times = most["ms each"] / min(took["ms each"] for took in each.values())
    yield Row(
        "ms for each of the most, times the least", f"{times:.2f}", f"1, linear (≤ {LINEAR})", times <= LINEAR
    )
    more = most["memory"] - few["memory"]
    yield Row(
        "MB of the most above those of the fewest", f"{more:.1f}", f"0, flat (≤ {FLAT:.0f})", more <= FLAT
    )


def _again(measured: Figures) -> Iterator[Row]:
    found = measured["again"]
    share = found["share"]
    yield Row(f"a retry of a campaign of {found['contacts']:,} that was 99% done")
    yield Row(
        "requests, of the first try's",
        f"{found['second']:,} of {found['first']:,}, {share:.1%}",
        "under 5%",
        share < 0.05,
    )
    yield Row("contacts sent to twice", f"{found['twice']}", "0", found["twice"] == 0)


SECTIONS: dict[str, Callable[[Figures], Iterator[Row]]] = {
    "latency": _latency,
    "limit": _limit,
    "workers": _workers,
    "cpu": _cpu,
    "many": _many,
    "again": _again,
}
