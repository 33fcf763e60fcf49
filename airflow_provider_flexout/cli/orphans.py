"""The command ``flexout orphans``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from airflow_provider_flexout.outreach.orphans import OrphanedConversation

__all__ = ["orphans"]


def orphans(
    conn_id: Annotated[str, typer.Option(help="The Airflow connection.")] = "flexout_default",
    minutes: Annotated[
        int, typer.Option("--older-than", help="Minutes for which nothing has changed in them.", min=10)
    ] = 60,
    delete: Annotated[bool, typer.Option("--delete", help="Delete them. Otherwise only list.")] = False,
) -> None:
    """Find conversations that a lost machine left without an agent.

    They hold the customer's pair of addresses, so a reply would land where nobody looks. Each is checked for
    half a minute before it is deleted; one in which somebody was contacted stays. Clearing the task that was
    lost finishes its outreach instead, and contacts the customer.
    """
    from airflow_provider_flexout.cli.hook import hook_of
    from airflow_provider_flexout.twilio.http.errors import FlexoutError
    from airflow_provider_flexout.version_compat import AirflowException

    console = Console(highlight=False, soft_wrap=True)
    try:
        with hook_of(conn_id) as hook:
            found = hook.find_orphans(60 * minutes)
            if not found:
                console.print("Nothing was left behind.")
                return
            console.print(_table(found))
            if not delete:
                console.print("Nothing was deleted. To delete them: flexout orphans --delete")
                return
            for one in found:
                gone = hook.delete_orphan(one)
                console.print(
                    f"{one.conversation_sid} {'deleted' if gone else 'stays: somebody was reached'}"
                )
    except (FlexoutError, AirflowException) as error:  # the latter: there is no such connection
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _table(found: list[OrphanedConversation]) -> Table:
    table = Table("conversation", "channel", "customer", "last changed", box=None)
    for one in found:
        table.add_row(one.conversation_sid, one.channel, one.to, f"{one.since:%Y-%m-%d %H:%M} UTC")
    return table
