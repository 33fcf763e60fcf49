"""The command ``flexout history``."""

from __future__ import annotations

import json
from datetime import timezone
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from airflow_provider_flexout.outreach.results.history import PastMessage, PastOutreach

__all__ = ["history"]

_NO_TIME = " " * len("2026-11-22 10:00:00")


def history(
    address: Annotated[
        str, typer.Argument(help="A phone number with its country code, a mail address, or a chat identity.")
    ],
    channel: Annotated[
        str | None, typer.Option(help="The channel of the address, where its form does not tell it.")
    ] = None,
    conn_id: Annotated[str, typer.Option(help="The Airflow connection.")] = "flexout_default",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every outreach to a person, on all channels.

    It says when each was made, by which DAG, and what came of it. Addresses are masked, and no text is shown.
    Conversations that were deleted at Twilio are not found.
    """
    from airflow_provider_flexout.cli.hook import hook_of
    from airflow_provider_flexout.outreach.inbox.conversations import addresses_of
    from airflow_provider_flexout.twilio.http.errors import FlexoutError
    from airflow_provider_flexout.twilio.http.redaction import mask_address
    from airflow_provider_flexout.version_compat import AirflowException

    console = Console(highlight=False, soft_wrap=True, markup=False)
    try:
        with hook_of(conn_id) as hook:
            found = hook.history(address, channel=channel)
        asked = ", ".join(dict.fromkeys(map(mask_address, addresses_of("address", address, channel))))
    except (FlexoutError, AirflowException) as error:  # the latter: there is no such connection
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps([one.as_dict() for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        console.print(f"No outreach was found. Looked for: {asked}.")
        return
    count = "1 outreach" if len(found) == 1 else f"{len(found)} outreaches, the oldest first"
    console.print(f"{count}. Looked for: {asked}. Times are UTC.")
    for outreach in found:
        console.print()
        title, *lines = _lines(outreach)
        console.print(title, style="bold")
        for line in lines:
            console.print(line)


def _lines(outreach: PastOutreach) -> Iterator[str]:
    yield (
        f"{_time(outreach.opened_at)}  {outreach.channel} to {outreach.to}, "
        f"{outreach.conversation_sid}, {outreach.conversation_state}"
    )
    if outreach.dag_id:
        yield f"{_NO_TIME}  opened by task {outreach.task_id} of {outreach.dag_id}, run {outreach.run_id}"
    elif not outreach.outreach_key:
        yield f"{_NO_TIME}  not opened by an outreach"
    if outreach.campaign or outreach.contact_id:
        campaign = f"campaign {outreach.campaign}" if outreach.campaign else ""
        contact = f"contact {outreach.contact_id}" if outreach.contact_id else ""
        yield f"{_NO_TIME}  {', '.join(filter(None, (campaign, contact)))}"
    for message in outreach.messages:
        yield f"{_time(message.sent_at)}    {_described(message, outreach)}"
    if outreach.opted_out_at:
        yield f"{_time(outreach.opted_out_at)}    opted out"


def _described(message: PastMessage, outreach: PastOutreach) -> str:
    if message.direction == "inbound":
        return "reply"
    code = f" ({message.error_code})" if message.error_code else ""
    status = f", {message.status}{code}" if message.status else ""
    by = {"pipeline": "message", "agent": "message of an agent", "system": "message of the system"}
    task = ""
    if message.task_id:
        task = f", task {message.task_id}"
        if message.dag_id != outreach.dag_id:
            task += f" of {message.dag_id}"
        if message.run_id != outreach.run_id:
            task += f", run {message.run_id}"
        if message.campaign and message.campaign != outreach.campaign:
            task += f", campaign {message.campaign}"
    return f"{by[message.author_kind]}{status}{task}"


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}" if moment else _NO_TIME
