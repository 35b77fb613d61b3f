"""`memberline handbook`: the plan's handbook, imported, looked at, searched and checked."""

from __future__ import annotations

from importlib import import_module

import click

from memberline.lazy import LazyGroup

COMMANDS = {
    "import": "Import documents: Markdown, HTML, Word, PDF. What is there already stays as it is.",
    "list": "What was imported, by whom and when, and from when to when it applies.",
    "search": "Search it as representatives do.",
    "check": "Tell all that is wrong with documents, without importing them.",
    "learn": "Learn from the questions beside the documents which questions are alike.",
}


class _Group(LazyGroup):
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "import":  # which cannot be a module's name
            command: click.Command = import_module(f"{__name__}.import_").command
            return command
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Group, package=__name__, about=COMMANDS)
def command() -> None:
    """The handbook that representatives find passages in while they talk (docs/handbook.md)."""
