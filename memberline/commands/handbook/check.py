"""`memberline handbook check`: documents read as an import would, without importing them."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from memberline.commands.handbook.files import Document, read


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(paths: tuple[Path, ...]) -> None:
    """Read PATHS, documents or folders of them, and tell all that is wrong, with file and place. Exit code 1 then."""
    documents = read(paths, Console(highlight=False))
    for document in documents:
        _tell(document)
    passages = sum(len(each.imported.passages) for each in documents)
    questions = sum(len(asked) for each in documents for asked in each.asked)
    click.echo(f"{len(documents)} documents, {passages} passages, found by {questions} questions of callers")


def _tell(document: Document) -> None:
    about = document.imported.document
    until = f" until {about.until}" if about.until else ""
    pages = f"{about.pages} pages, " if about.pages is not None else ""
    whom = "; ".join(
        f"{what} {', '.join(names)}" for what, names in (("plans", about.plans), ("tiers", about.tiers)) if names
    )
    click.echo(
        f"{about.document}: {about.title}, from {about.effective}{until}, {pages}{about.passages} passages"
        + (f", {whom}" if whom else "")
    )
    for remark in about.remarks:
        click.echo(f"  {remark}")
    asked = {passage.anchor for passage, own in zip(document.imported.passages, document.asked, strict=True) if own}
    silent = [
        each for each in dict.fromkeys(passage.anchor for passage in document.imported.passages) if each not in asked
    ]
    if asked and silent:
        click.echo(f"  no question of callers leads to: {', '.join(silent)}")
