"""The `memberline` command. A command's module is imported only when it is asked for, so that `--help` is instant."""

from __future__ import annotations

import importlib
import sys

import click

from core.errors import Problem

COMMANDS = {
    "serve": "Run Memberline against an Asterisk.",
    "demo": "Run Memberline with its own Asterisk and simulated callers.",
    "doctor": "Check what Memberline needs; one line each, with the remedy.",
    "pbx": "The Asterisk configuration that Memberline needs.",
    "replay": "Feed a recorded AMI stream to the trackers and tell the story.",
    "staff": "Who works here: hire, move, leave.",
    "audit": "Is the log of who looked at what whole?",
    "transcribe": "Transcribe the two sides of a call.",
    "advise": "Run the adviser over labelled dialogues.",
    "document": "Run the documenter over labelled dialogues.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"memberline.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Lazy)
@click.version_option(package_name="memberline")
def cli() -> None:
    """A telephone service for a pension plan's member services, on Asterisk."""


def main() -> None:
    """Run the command line; a `Problem` becomes one line on standard error and exit code 1."""
    try:
        cli(standalone_mode=True)
    except Problem as problem:
        click.echo(f"memberline: {problem}", err=True)
        sys.exit(1)
