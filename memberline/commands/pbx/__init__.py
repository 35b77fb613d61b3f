"""`memberline pbx`: the Asterisk configuration that Memberline needs."""

from __future__ import annotations

import click

from memberline.lazy import LazyGroup

COMMANDS = {
    "config": "Queues, transfers, manager users: what an existing Asterisk or FreePBX includes.",
    "softphones": "What it includes beside them, so that agents' pages can be telephones.",
}


@click.group(cls=LazyGroup, package=__name__, about=COMMANDS)
def command() -> None:
    """The Asterisk configuration that Memberline needs."""
