"""What the demo shows while it works: moving lines on a terminal, plain ones elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType
    from rich.progress import Task, TaskID

QUIET = 10.0
"""Seconds after which a plain line is printed even if there is nothing new."""


class Stage(Protocol):
    """One part of the demo, while it is going on."""

    def show(self, detail: str) -> None:
        """Show what is happening; may be called often.

        :param detail: a few words.
        """

    def count(self, done: Mapping[str, int], total: int) -> None:
        """Show how much is done; may be called often.

        :param done: how many of each thing are.
        :param total: how many of each there will be.
        """


class Display(Protocol):
    """Shows one stage after the other."""

    def stage(self, title: str) -> AbstractContextManager[Stage]:
        """Show a stage for as long as the context lasts.

        :param title: a few words.
        """


@contextmanager
def display_for(console: Console) -> Iterator[Display]:
    """Choose the display that suits an output.

    :param console: where to show.
    """
    if not console.is_terminal:
        yield PlainDisplay(console)
        return
    progress = Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        _BarOfCounts(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[detail]}"),
        console=console,
    )
    with progress:
        yield LiveDisplay(progress)


class LiveDisplay:
    """Lines that move, with a bar for what can be counted.

    :param progress: running.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        """Show a line with a spinner, and a tick once the stage has gone well.

        :param title: a few words.
        """
        line = self._progress.add_task(title, total=None, detail="", bar=False)
        try:
            yield _LiveStage(self._progress, line)
        except BaseException:
            self._progress.update(line, detail="[red]failed[/]")
            self._progress.stop_task(line)
            raise
        self._progress.update(line, total=1, completed=1, detail="")


class _LiveStage:
    def __init__(self, progress: Progress, line: TaskID) -> None:
        self._progress = progress
        self._line = line
        self._counts: dict[str, TaskID] = {}

    def show(self, detail: str) -> None:
        self._progress.update(self._line, detail=detail)

    def count(self, done: Mapping[str, int], total: int) -> None:
        for name, number in done.items():
            if name not in self._counts:
                self._counts[name] = self._progress.add_task(f"  {name}", start=False, detail="", bar=True)
            if number:
                self._progress.start_task(self._counts[name])  # no clock runs before there is something
            detail = f"{number} of {total}"
            self._progress.update(self._counts[name], completed=number, total=total, detail=detail)


class _BarOfCounts(ProgressColumn):
    """A bar for lines that count something, nothing for the others."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = BarColumn(bar_width=24)

    def render(self, task: Task) -> RenderableType:
        return self._bar.render(task) if task.fields["bar"] else ""


class PlainDisplay:
    """One line for each thing that is new, and at least one every ten seconds.

    :param console: where to print.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        """Print a line as the stage begins, and one when it has gone well.

        :param title: a few words.
        """
        began = time.monotonic()
        self.line(title)
        yield _PlainStage(self, title)
        self.line(f"{title}: done in {time.monotonic() - began:.1f} s")

    def line(self, text: str) -> None:
        """Print a line with the time since the start.

        :param text: the line.
        """
        elapsed = time.monotonic() - self._began
        self._console.print(f"{elapsed:6.1f} s  {text}", soft_wrap=True, markup=False, highlight=False)


class _PlainStage:
    def __init__(self, display: PlainDisplay, title: str) -> None:
        self._display = display
        self._title = title
        self._printed = ""
        self._printed_at = time.monotonic()

    def show(self, detail: str) -> None:
        now = time.monotonic()
        if detail != self._printed or now - self._printed_at > QUIET:
            self._display.line(f"{self._title}: {detail}")
            self._printed, self._printed_at = detail, now

    def count(self, done: Mapping[str, int], total: int) -> None:
        self.show(", ".join(f"{name} {number}/{total}" for name, number in done.items()))
