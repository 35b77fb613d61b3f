"""`memberline coverage`: enough people on the telephones, from the calls of the past to who kept to the schedule."""

from __future__ import annotations

import click

from memberline.lazy import LazyGroup

COMMANDS = {
    "history": "Bring the past of the queues together, from files or our own.",
    "forecast": "Forecast the calls of each queue.",
    "staff": "Agents needed for what is forecast.",
    "plan": "Make the week's telephone schedule.",
    "simulate": "Play a day or a week through: what would callers meet?",
    "intraday": "The rest of the day, and whom to move for it.",
    "adherence": "Planned against real: who kept to the schedule.",
}


@click.group(cls=LazyGroup, package=__name__, about=COMMANDS)
def command() -> None:
    """Enough people on the telephones at every quarter of an hour, and not too many.

    The commands follow each other: what history prints is what forecast reads, and so on to the schedule. The guide is
    docs/coverage.md.
    """
