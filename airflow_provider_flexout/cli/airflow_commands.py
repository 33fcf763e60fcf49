"""The commands under ``airflow flexout``, for installations where only Airflow's own command can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.cli.cli_config import CLICommand

__all__ = ["airflow_commands"]


def airflow_commands() -> list[CLICommand]:
    """Describe the commands to Airflow, which finds this function in the provider's metadata."""
    from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand, lazy_load_command

    doctor = ActionCommand(
        name="doctor",
        help="Say what a connection and its Twilio account lack for outreach",
        description="Reads only: nothing is sent to anybody. Exit code 1 when something is wrong.",
        func=lazy_load_command("airflow_provider_flexout.cli.doctor.doctor_in_airflow"),
        args=(
            Arg(("--conn-id",), help="The Airflow connection", default="flexout_default"),  # type: ignore[no-untyped-call]
            Arg(("--json",), help="Write the findings as JSON", action="store_true"),  # type: ignore[no-untyped-call]
        ),
    )
    probe = ActionCommand(
        name="probe",
        help="Find out how Twilio behaves where nothing is published, in conversations with your own phone",
        description="Says what it will do and asks, sends two messages at most, and cleans up.",
        func=lazy_load_command("airflow_provider_flexout.cli.probe.probe_in_airflow"),
        args=(
            Arg(("--to",), help="Your own phone number with its country code", required=True),  # type: ignore[no-untyped-call]
            Arg(("--conn-id",), help="The Airflow connection", default="flexout_default"),  # type: ignore[no-untyped-call]
            Arg(("--file",), help="Where to write what was found", default="flexout-probe.json"),  # type: ignore[no-untyped-call]
            Arg(("--yes",), help="Do not ask before it begins", action="store_true"),  # type: ignore[no-untyped-call]
        ),
    )
    return [GroupCommand(name="flexout", help="Outreach through Twilio Flex", subcommands=(doctor, probe))]
