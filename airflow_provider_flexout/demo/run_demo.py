"""The demo from start to end: two programs and a story, and nothing left behind unless it was asked for."""

from __future__ import annotations

import shutil
import signal
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from airflow_provider_flexout.demo import report, running_demo
from airflow_provider_flexout.demo.airflow import BrokenDagError, RealAirflow
from airflow_provider_flexout.demo.component import ComponentDiedError
from airflow_provider_flexout.demo.display import display_for
from airflow_provider_flexout.demo.rest import AirflowApiError
from airflow_provider_flexout.demo.story import Outreach, RunFailedError, Story

if TYPE_CHECKING:
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAILED = 1
INTERRUPTED = 130
EXPECTED_ERRORS = (AirflowApiError, BrokenDagError, ComponentDiedError, RunFailedError, TimeoutError)
"""Errors whose message is enough; any other error is shown with its stack trace."""


def run_demo(*, keep: bool, folder: Path | None, stop: Path | None) -> None:
    """Run the demo, or stop one that was left running.

    :param keep: leave Airflow and the sandbox running.
    :param folder: the folder to work in, empty; a temporary one, if None.
    :param stop: only stop the demo that was kept in this folder.
    """
    console = Console(highlight=False)
    if stop:
        _stop(stop, console)
        return
    _require_extra()
    _interrupt_once()
    story = Story(_empty_folder(folder))
    try:
        outreaches, airflow = _run_story(story, console, keep=keep, remove=folder is None)
    except KeyboardInterrupt:
        console.print("Interrupted. Everything that was started has been stopped.")
        raise typer.Exit(INTERRUPTED) from None
    except EXPECTED_ERRORS as error:
        errors = Console(stderr=True, highlight=False)
        errors.print(f"\nThe demo failed. {error}", markup=False, soft_wrap=True)
        raise typer.Exit(FAILED) from None
    report.show_outreaches(console, outreaches)
    if keep:
        report.show_addresses(console, story.folder, story.sandbox, airflow)
    report.show_end(console, outreaches, kept=keep)


def _run_story(
    story: Story, console: Console, *, keep: bool, remove: bool
) -> tuple[list[Outreach], RealAirflow]:
    """Run the story, and stop everything unless it is to be left running."""
    left_running = False
    with display_for(console) as display:
        try:
            airflow = story.start(display)
            outreaches = story.run(display, airflow)
            if keep:
                running_demo.record(story.folder, story.components, remove=remove)
                left_running = True
        finally:
            _ignore_interrupts()
            if not left_running:
                story.stop(display)
                if remove:
                    shutil.rmtree(story.folder)
    return outreaches, airflow


def _stop(folder: Path, console: Console) -> None:
    try:
        running_demo.stop(folder)
    except FileNotFoundError:
        raise typer.BadParameter(f"No demo was left running in {folder}.", param_hint="--stop") from None
    console.print(f"Stopped the demo in {folder}.", soft_wrap=True)


def _require_extra() -> None:
    """Report a missing extra now, and not by a failed task in two minutes."""
    try:
        distribution("apache-airflow-providers-sqlite")
    except PackageNotFoundError:
        raise typer.BadParameter(
            "The demo keeps its table in SQLite. Install what it needs: "
            "pip install 'airflow-provider-flexout[demo]'"
        ) from None


def _empty_folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="flexout-demo-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise typer.BadParameter(f"{folder} is not empty; the demo needs a folder of its own.")
    return folder.resolve()


def _interrupt_once() -> None:
    """Let the first signal interrupt the demo, and no signal interrupt its cleanup."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        _ignore_interrupts()
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, interrupt)


def _ignore_interrupts() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
