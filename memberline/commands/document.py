"""`memberline document DIALOGUES.yaml`: what the documenter makes of calls, and how good that is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from assist.advice import directory as directories
from assist.dialogues import Dialogue, load
from assist.documentation.documenter import Documenter
from assist.scoring import score_documents
from core.events import encode
from records.contact import ContactDraft


@click.command()
@click.argument("dialogues", type=click.Path(path_type=Path))
@click.option("--directory", type=click.Path(path_type=Path), default=directories.SAMPLE, help="The plan's directory.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object for each dialogue.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the calls, for when promises are due.")
@click.option("--score", is_flag=True, help="Say how it compares with what the dialogues are labelled with.")
def command(dialogues: Path, directory: Path, as_json: bool, on: datetime | None, score: bool) -> None:
    """Document the calls in DIALOGUES from their words."""
    plan = directories.load(directory)
    documenter = Documenter(plan)
    day = None if on is None else on.date()
    pairs = [(one, documenter.document(one.turns, one.caller, on=day)) for one in load(dialogues, plan)]
    if as_json:
        click.echo(encode([_plain(one, draft) for one, draft in pairs]))
    elif score:
        _score(pairs)
    else:
        for one, draft in pairs:
            _show(one.dialogue_id, draft)


def _plain(one: Dialogue, draft: ContactDraft) -> dict[str, Any]:
    """The draft as dialogues are labelled: `updates` by field and value, all that is known of them as `proposed`."""
    updates = [{"field": update.field, "value": update.value} for update in draft.updates]
    fields = msgspec.structs.asdict(draft)
    return {"id": one.dialogue_id, **fields, "updates": updates, "proposed": draft.updates}


def _show(name: str, draft: ContactDraft) -> None:
    console = Console(highlight=False, markup=False)
    console.print(f"{name}  {draft.resolution}  {', '.join(draft.topics)}")
    console.print(f"  {draft.summary}")
    for update in draft.updates:
        console.print(f"  {update.field}: {update.value}")
    for done in draft.done:
        console.print(f"  done: {done.text}")
    for promise in draft.promises:
        console.print(f"  promised: {promise.text}{f' (due {promise.due})' if promise.due else ''}")
    for remaining in draft.follow_ups:
        console.print(f"  remains: {remaining.text}")
    console.print()


def _score(pairs: list[tuple[Dialogue, ContactDraft]]) -> None:
    score = score_documents(pairs)
    for note in score.notes:
        click.echo(note)
    click.echo(f"dialogues    {score.dialogues}")
    click.echo(f"updates      F1 {score.updates.f1:.2f}")
    click.echo(f"commitments  F1 {score.commitments.f1:.2f}")
    click.echo(f"topics       F1 {score.topics.f1:.2f}")
    click.echo(f"resolution   {score.resolution_right} of {score.dialogues} right")
