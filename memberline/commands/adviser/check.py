"""`memberline adviser check`: everything that the adviser learns from, read and told of."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from assist.advice import directory as directories
from assist.advice import model as models
from assist.advice import sources
from assist.advice.matters import NOWHERE
from core.errors import Problem

FEW = 30  # phrases that a destination should have at least


@click.command()
@click.option("--directory", type=click.Path(path_type=Path), default=directories.SAMPLE, help="The plan's directory.")
def command(directory: Path) -> None:
    """Check the directory file, its cues, phrases, labelled calls and model. What is wrong is told with its line."""
    found = sources.load(directory)
    calls = sources.examples(directory, found.directory)
    phrases = Counter[str]()
    for matter in found.matters:
        phrases[matter.destination] += len(matter.say)
    expected = Counter(call.expected.destination for call in calls if call.expected is not None)
    width = max(len(place.id) for place in found.directory.destinations)
    click.echo(f"{'':{width}}  phrases  calls")
    for name in [*(place.id for place in found.directory.destinations), NOWHERE]:
        few = "  few phrases: it will hardly be suggested" if phrases[name] < FEW else ""
        click.echo(f"{name:{width}}  {phrases[name]:7}  {expected[name]:5}{few}")
    silent = [
        topic.id for topic in found.directory.topics if not any(topic.id in each.topics for each in found.matters)
    ]
    if silent:
        click.echo(f"no phrase raises: {', '.join(silent)}")
    model = models.load(directory.parent / sources.MODEL)
    if model.learnt.fingerprint != found.fingerprint:
        remedy = "Learn it anew: memberline adviser train"
        raise Problem("is older than the files it was learnt from", place=sources.MODEL, remedy=remedy)
    click.echo(f"{sum(phrases.values())} phrases, {len(calls)} labelled calls, and a model that was learnt from them")
