"""`memberline adviser`: the plan's own adviser, checked and taught from the plan's own files."""

from __future__ import annotations

import click

from memberline.lazy import LazyGroup

COMMANDS = {
    "check": "Tell all that is wrong with the directory, its phrases and its labelled calls.",
    "train": "Learn from them anew, and say how good that is.",
}


@click.group(cls=LazyGroup, package=__name__, about=COMMANDS)
def command() -> None:
    """Who should take which call: what the adviser knows is the plan's own (docs/adviser.md)."""
