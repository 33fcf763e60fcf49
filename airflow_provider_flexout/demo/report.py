"""What the demo shows at its end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

    from airflow_provider_flexout.demo.airflow import RealAirflow
    from airflow_provider_flexout.demo.sandbox_process import SandboxProcess
    from airflow_provider_flexout.demo.story import Outreach


def show_outreaches(console: Console, outreaches: Iterable[Outreach]) -> None:
    """Print the SIDs and the transcript of each outreach.

    :param console: where.
    :param outreaches: what became of each late delivery.
    """
    for outreach in outreaches:
        sids = outreach.sids
        lines = [
            f"\n[bold]{escape(outreach.delivery.customer_name)}[/], order {outreach.delivery.order_number}",
            f"  interaction   {sids['interaction_sid']}",
            f"  conversation  {sids['conversation_sid']}",
            f"  task          {sids['task_sid']}  [dim]{outreach.task_status}[/]",
        ]
        for message in outreach.transcript:
            lines += [
                f"  message       {message.sid}  [dim]by {escape(message.author)}[/]",
                f"                {escape(message.body)}",
            ]
        console.print("\n".join(lines), soft_wrap=True)


def show_addresses(console: Console, folder: Path, sandbox: SandboxProcess, airflow: RealAirflow) -> None:
    """Print where the programs are that were left running, and how to stop them.

    :param console: where.
    :param folder: of the demo.
    :param sandbox: left running.
    :param airflow: left running.
    """
    stop = f"{sys.executable} -m airflow_provider_flexout.cli.main demo --stop {folder}"
    console.print(
        "\n[bold]Both are still running.[/]"
        f"\n  Airflow  {airflow.url}  login {airflow.username}, password {escape(airflow.password)}"
        f"\n  sandbox  {sandbox.url}  customers, timeline and agent desk, in a browser"
        f"\n  folder   {folder}"
        f"\n  To stop them: {escape(stop)}",
        soft_wrap=True,
    )
