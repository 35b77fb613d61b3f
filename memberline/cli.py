"""The `memberline` command. A command's module is imported only when it is asked for, so that `--help` is instant."""

from __future__ import annotations

import sys

import click

from core.errors import Problem
from memberline.lazy import LazyGroup

COMMANDS = {
    "serve": "Run Memberline against an Asterisk.",
    "demo": "Run Memberline with its own Asterisk and simulated callers.",
    "doctor": "Check what Memberline needs; one line each, with the remedy.",
    "pbx": "The Asterisk configuration that Memberline needs.",
    "replay": "Feed a recorded AMI stream to the trackers and tell the story.",
    "staff": "Who works here: hire, move, leave.",
    "pin": "Codes to set a PIN with; numbers for who acts for a member.",
    "appointments": "The times that counsellors offer, for members to book by telephone.",
    "recordings": "The recordings of calls: another master key.",
    "close": "Close a queue, or everything, with a spoken message; open it again.",
    "audit": "Is the log of who looked at what whole?",
    "ivr": "The menu that callers meet: check, play, graph, test, replay, rollback.",
    "transcribe": "Transcribe the two sides of a call.",
    "adviser": "What the adviser learns from: check it, learn from it anew.",
    "handbook": "The handbook: import it, list, search, check it.",
    "coverage": "Enough people on the telephones: forecast, staff, plan, simulate, adherence.",
    "advise": "Run the adviser over labelled dialogues.",
    "document": "Run the documenter over labelled dialogues.",
}


@click.group(cls=LazyGroup, package="memberline.commands", about=COMMANDS)
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
