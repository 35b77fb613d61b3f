"""`memberline adviser train`: learn from the plan's files, and say how good that is on calls that were kept apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from assist.advice import directory as directories
from assist.advice import model as models
from assist.advice import sources
from assist.advice.adviser import Adviser
from assist.advice.embedding import Embedder
from assist.advice.matters import NOWHERE
from assist.advice.remembering import Remembering
from assist.advice.training import FOLDS, train
from assist.dialogues import Dialogue
from assist.rehearsal import Advised, rehearse
from assist.scoring import score_advice

WORST = 10
PHRASES = 50_000  # kept while it learns: each is read once


@dataclass(frozen=True, slots=True)
class _Tried:
    """A labelled call, and what an adviser made of it that had not seen it."""

    call: Dialogue
    advised: Advised

    @property
    def wanted(self) -> str:
        return self.call.expected.destination if self.call.expected else NOWHERE

    @property
    def given(self) -> str:
        return self.advised.suggestions[-1].destination if self.advised.suggestions else NOWHERE


@click.command()
@click.option("--directory", type=click.Path(path_type=Path), default=directories.SAMPLE, help="The plan's directory.")
@click.option("--no-scores", is_flag=True, help="Only learn: five times as quick.")
def command(directory: Path, no_scores: bool) -> None:
    """Learn from the phrases and labelled calls beside the directory file; the model is written there, too.

    The scores are of calls that each time were kept apart: a fifth of them, five times.
    """
    console = Console(highlight=False)
    found = sources.load(directory)
    calls = sources.examples(directory, found.directory)
    embed = Remembering(Embedder(), kept=PHRASES)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("learning", total=1.0)
        parts = 1 if no_scores else 1 + FOLDS

        def learn(some: Sequence[Dialogue], part: int) -> models.AdviserModel:
            def shown(what: str, share: float) -> None:
                progress.update(task, completed=(part + share) / parts, description=what)

            return train(
                found.directory,
                found.matters,
                found.agent_matters,
                some,
                embed,
                fingerprint=found.fingerprint,
                progress=shown,
            )

        models.save(learn(calls, 0), directory.parent / sources.MODEL)
        tried: list[_Tried] = []
        for part in range(0 if no_scores else FOLDS):
            model = learn([call for place, call in enumerate(calls) if place % FOLDS != part], part + 1)
            adviser = Adviser(found.directory, found.matters, model, embed)
            tried += [_Tried(call, rehearse(adviser, call)) for call in calls[part::FOLDS]]
    if tried:
        _report(console, tried)
    console.print(
        f"Learnt from {sum(len(each.say) for each in found.matters)} phrases and {len(calls)} labelled calls."
    )


def _report(console: Console, tried: Sequence[_Tried]) -> None:
    score = score_advice((each.call, each.advised) for each in tried)
    found = score.transfers
    console.print(
        f"Of {score.dialogues} calls kept apart: precision {found.precision:.2f}, recall {found.recall:.2f} (on time), "
        f"{score.early} early, {100 * found.wrong / score.dialogues:.1f} false alarms in 100 calls; topics F1 "
        f"{score.topics.f1:.2f}; irate {score.irate_right / score.dialogues:.2f}."
    )
    console.print(_confusion(tried))
    wrong = [each for each in tried if each.given not in _good(each)]
    wrong.sort(key=lambda each: -each.advised.suggestions[-1].confidence if each.advised.suggestions else 0.0)
    for each in wrong[:WORST]:
        said = f" ({each.advised.suggestions[-1].evidence!r})" if each.advised.suggestions else ""
        console.print(f"{each.call.dialogue_id}: {each.given}, expected {each.wanted}{said}", markup=False)


def _good(tried: _Tried) -> set[str]:
    return {tried.wanted, *(tried.call.expected.acceptable if tried.call.expected else ())}


def _confusion(tried: Sequence[_Tried]) -> Table:
    """Rows: what was expected. Columns: what stood at the end of the call."""
    counts = Counter((each.wanted, each.given) for each in tried)
    names = sorted({name for pair in counts for name in pair}, key=lambda name: (name == NOWHERE, name))
    table = Table(title="expected, and what stood at the end", title_justify="left")
    table.add_column("")
    for name in names:
        table.add_column("".join(word[0] for word in name.split("_")), justify="right")
    for wanted in names:
        table.add_row(wanted, *(str(counts[wanted, given] or "·") for given in names))
    return table
