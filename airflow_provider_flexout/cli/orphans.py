"""The command ``flexout sweep``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.interaction.orphans import Abandoned

__all__ = ["sweep"]


def sweep(
    conn_id: Annotated[str, typer.Option(help="The Airflow connection.")] = "flexout_default",
    minutes: Annotated[
        int, typer.Option("--older-than", help="Minutes for which nothing has changed in them.", min=10)
    ] = 60,
    remove: Annotated[bool, typer.Option("--remove", help="Delete them. Otherwise only list.")] = False,
) -> None:
    """Find conversations that a lost machine left open without an agent, and remove them.

    They hold the customer's pair of addresses, so that a reply would land where nobody looks. Each is checked
    for half a minute before it is deleted; one in which somebody was reached stays. Clearing the task that
    was lost does the same, and contacts the customer.
    """
    from airflow_provider_flexout.hooks.flex import FlexHook
    from airflow_provider_flexout.twilio.http.errors import FlexoutError
    from airflow_provider_flexout.version_compat import AirflowException

    console = Console(highlight=False, soft_wrap=True)
    hook = FlexHook(conn_id)
    try:
        abandoned = hook.find_abandoned(timedelta(minutes=minutes))
        if not abandoned:
            console.print("Nothing was left behind.")
            return
        console.print(_table(abandoned))
        if not remove:
            console.print("Nothing was removed. To delete them: flexout sweep --remove")
            return
        for one in abandoned:
            gone = hook.clear_away(one)
            console.print(f"{one.conversation_sid} {'deleted' if gone else 'stays: somebody was reached'}")
    except (FlexoutError, AirflowException) as error:  # the latter: there is no such connection
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _table(abandoned: list[Abandoned]) -> Table:
    table = Table("conversation", "channel", "customer", "last changed", box=None)
    for one in abandoned:
        table.add_row(one.conversation_sid, one.channel, one.to, f"{one.since:%Y-%m-%d %H:%M} UTC")
    return table
