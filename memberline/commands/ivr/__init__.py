"""`memberline ivr`: the menu that callers meet, checked, walked through, drawn and tested without a telephone."""

from __future__ import annotations

import click

from memberline.lazy import LazyGroup

COMMANDS = {
    "check": "Tell all that is wrong with a menu document.",
    "schema": "Print the JSON Schema of a menu document, for editors.",
    "play": "Walk through a menu in the terminal.",
    "graph": "Draw a menu.",
    "test": "Run the golden tests of a menu.",
    "replay": "Make such a test of a call that was made.",
    "rollback": "Go back to an earlier version of the menu.",
}


@click.group(cls=LazyGroup, package=__name__, about=COMMANDS)
def command() -> None:
    """The menu that callers meet: a document (docs/menus.md) that is checked before it is used."""
