"""What the demo shows at its end."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rich.console import Console

    from airflow_provider_flexout.demo.airflow import RealAirflow
    from airflow_provider_flexout.demo.sandbox_process import SandboxProcess
    from airflow_provider_flexout.demo.story import Outreach

_INDENT = " " * 16


def show_outreaches(console: Console, outreaches: Iterable[Outreach]) -> None:
    """Print the SIDs and the transcript of each outreach.

    :param console: where.
    :param outreaches: what became of each late delivery.
    """
    for outreach in outreaches:
        delivery, task = outreach.delivery, outreach.task
        days = f"{delivery.days_late} day{'s' if delivery.days_late > 1 else ''} late"
        lines = [
            f"\n[bold]{escape(delivery.customer_name)}[/], order {delivery.order_number}, {days}",
            f"  conversation  {outreach.sids['conversation_sid']}",
        ]
        if task:
            lines += [
                f"  interaction   {task.interaction_sid}",
                f"  task          {task.sid}  [dim]{task.status}, {task.agent}[/]",
            ]
        else:
            lines.append("  no agent      [dim]nobody has replied[/]")
        for message in outreach.transcript:
            lines += [
                f"  message       {message.sid}  [dim]by {escape(message.author)}[/]",
                escape(_wrapped(message.body, console.width)),
            ]
        console.print("\n".join(lines), soft_wrap=True)


def _wrapped(text: str, width: int) -> str:
    """Break a text at words, under the SID above it."""
    lines = (
        textwrap.wrap(
            line,
            max(40, width),
            initial_indent=_INDENT,
            subsequent_indent=_INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
    return "\n".join("\n".join(each) for each in lines)


def show_end(console: Console, outreaches: Sequence[Outreach], *, kept: bool) -> None:
    """Print what happened, and what to try next.

    :param console: where.
    :param outreaches: what became of each late delivery.
    :param kept: whether Airflow and the sandbox are left running.
    """
    replied = [one for one in outreaches if one.has_replied]
    at_once = [one for one in outreaches if one.task and not one.has_replied]
    silent = [one for one in outreaches if not one.task]
    console.print(
        f"\n[bold]{len(outreaches)} customers were told, nobody twice.[/]"
        f"\n  {len(at_once)} are very late and got an agent at once: {_names(at_once)}."
        f"\n  {len(replied)} replied, and an agent took over: {_names(replied)}."
        f"\n  {len(silent)} did not reply, and took no agent's time: {_names(silent)}.",
        soft_wrap=True,
    )
    trying = (
        "In the sandbox's page, be the customer or the agent; in Airflow, clear a task of the run: nobody is "
        "contacted again."
        if kept
        else "make demo KEEP=1 (flexout demo --keep) leaves both running: be the customer and the agent "
        "yourself, clear tasks, and add DAGs of your own."
    )
    console.print(f"Try next: {escape(trying)}", soft_wrap=True)


def _names(outreaches: Sequence[Outreach]) -> str:
    """Name the customers, and the agents who have them."""
    return escape(
        ", ".join(
            one.delivery.customer_name + (f" ({one.task.agent}, {one.task.status})" if one.task else "")
            for one in outreaches
        )
        or "nobody"
    )


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
        f"\n  your own DAGs go into {folder / 'dags'}, and find the sandbox as the connection flexout_default"
        f"\n  To stop them: {escape(stop)}",
        soft_wrap=True,
    )
