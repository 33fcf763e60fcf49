"""The command ``flexout``; each of its commands lies beside what it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

__all__ = ["build_app", "main"]


def build_app() -> typer.Typer:
    """Put the commands together."""
    import typer

    from airflow_provider_flexout import __version__
    from airflow_provider_flexout.cli.doctor import doctor
    from airflow_provider_flexout.cli.history import history
    from airflow_provider_flexout.cli.orphans import orphans
    from airflow_provider_flexout.cli.probe import probe
    from airflow_provider_flexout.cli.relay import relay
    from airflow_provider_flexout.demo.command import demo
    from airflow_provider_flexout.sandbox.cli import sandbox

    app = typer.Typer(
        name="flexout",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    def print_version(wanted: bool) -> None:
        if wanted:
            typer.echo(f"airflow-provider-flexout {__version__}")
            raise typer.Exit

    @app.callback()
    def describe(
        version: bool = typer.Option(
            False, "--version", help="Print the version.", is_eager=True, callback=print_version
        ),
    ) -> None:
        """Outreach through Twilio Flex from Airflow."""

    app.command()(sandbox)
    app.command()(demo)
    app.command()(doctor)
    app.command()(probe)
    app.command()(orphans)
    app.command()(history)
    app.command()(relay)
    return app


def main() -> None:
    """Run the command line."""
    build_app()()


if __name__ == "__main__":
    main()
