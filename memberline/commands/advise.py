"""`memberline advise DIALOGUES.yaml`: what the adviser makes of calls, turn by turn, and how good that is."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from assist.advice import directory as directories
from assist.advice import sources
from assist.dialogues import Dialogue, load
from assist.rehearsal import Advised, rehearse
from assist.scoring import score_advice
from core.events import encode


@click.command()
@click.argument("dialogues", type=click.Path(path_type=Path))
@click.option("--directory", type=click.Path(path_type=Path), default=directories.SAMPLE, help="The plan's directory.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object for each dialogue.")
@click.option("--score", is_flag=True, help="Say how it compares with what the dialogues are labelled with.")
def command(dialogues: Path, directory: Path, as_json: bool, score: bool) -> None:
    """Run the adviser over DIALOGUES, each turn heard only after those before it."""
    adviser = sources.adviser(directory)
    pairs = [(dialogue, rehearse(adviser, dialogue)) for dialogue in load(dialogues, adviser.directory)]
    if as_json:
        click.echo(encode([advised for _, advised in pairs]))
    elif score:
        _score(pairs)
    else:
        for dialogue, advised in pairs:
            _show(dialogue, advised)


def _show(dialogue: Dialogue, advised: Advised) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]{advised.id}[/bold]  {', '.join(advised.topics)}{'  IRATE' if advised.irate else ''}")
    if advised.alarms:
        console.print(f"     ! {', '.join(advised.alarms)}")
    for number, turn in enumerate(dialogue.turns, start=1):
        console.print(f"{number:>4} {turn.speaker:<6} {turn.text}", markup=False)
        for made in advised.suggestions:
            if made.turn == number:
                console.print(f"     → {made.destination} ({made.confidence:.0%}): {made.reason} “{made.evidence}”")
            if made.withdrawn_turn == number:
                console.print(f"     × {made.destination} no longer")
    console.print()


def _score(pairs: list[tuple[Dialogue, Advised]]) -> None:
    score = score_advice(pairs)
    for note in score.notes:
        click.echo(note)
    click.echo(f"dialogues   {score.dialogues}")
    found = score.transfers
    click.echo(f"transfers   precision {found.precision:.2f}, recall {found.recall:.2f}, {score.early} early")
    click.echo(f"topics      F1 {score.topics.f1:.2f}")
    expected = [set(call.expected.alarms) if call.expected else set() for call, _ in pairs]
    raised = [set(advised.alarms) for _, advised in pairs]
    right, wanted = sum(len(a & b) for a, b in zip(expected, raised, strict=True)), sum(map(len, expected))
    click.echo(f"alarms      {right} of {wanted} raised, {sum(map(len, raised)) - right} false")
    click.echo(f"irate       {score.irate_right} of {score.dialogues} right")
