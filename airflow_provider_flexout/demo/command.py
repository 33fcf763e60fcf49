"""The command `flexout demo`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import Annotated

import typer


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave Airflow and the sandbox running.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(help="Work in this empty folder, and leave it there.", show_default="a temporary one"),
    ] = None,
    stop: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Only stop the demo that was kept in this folder."),
    ] = None,
) -> None:
    """Run late-delivery outreach on a real Airflow and the sandbox.

    Starts both in a folder of their own, runs the example DAG, shows the SIDs and the transcript for each
    customer, and cleans up.
    """
    # Imported here, so that the other commands don't wait for it.
    from airflow_provider_flexout.demo.run_demo import run_demo

    run_demo(keep=keep, folder=folder, stop=stop)
