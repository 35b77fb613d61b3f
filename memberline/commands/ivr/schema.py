"""`memberline ivr schema`: what editors need to know of a menu document."""

from __future__ import annotations

import json

import click

from ivr.document.schema import generate


@click.command()
def command() -> None:
    """Print the JSON Schema of a menu document as its authors write it (docs/api/menu.schema.json)."""
    click.echo(json.dumps(generate(), indent=2, ensure_ascii=False))
