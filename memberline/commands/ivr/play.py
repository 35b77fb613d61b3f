"""`memberline ivr play`: a call to a menu in the terminal, without a telephone."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from core.errors import Problem
from ivr.bench import golden_file, golden_text
from ivr.bench.facts import DEFAULT_NOW, Facts, Given
from ivr.bench.golden_file import SUFFIX, WHEN_WORDS, as_when
from ivr.bench.playing import Player
from ivr.bench.telling import Told
from ivr.document.reading import load
from ivr.self_service.catalogue import SPECS

STYLES = {"menu": "bold", "caller": "green", "beside": "dim", "help": "cyan"}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--now", help="When the call arrives, in the menu's zone, as '2026-11-24 10:00'.")
@click.option("--from", "number", default="", help="The calling number.")
@click.option("--dialled", default="", help="The number that was called.")
@click.option("--language", default="", help="What the caller chooses wherever a language is asked.")
@click.option(
    "--facts", "given", type=click.Path(path_type=Path), help="A file of golden tests: its facts are so here."
)
@click.option("--tests", type=click.Path(path_type=Path), help="Where `save` writes to; the menu's folder if left out.")
def command(  # noqa: PLR0917 - one for each option
    file: Path, now: str | None, number: str, dialled: str, language: str, given: Path | None, tests: Path | None
) -> None:
    """Walk through the menu document FILE: press keys, speak, wait, set the clock. Say ? for what there is.

    Also reads its lines from a pipe.
    """
    document = load(file, SPECS)
    when = as_when(now) if now else DEFAULT_NOW
    if when is None:
        raise Problem(f"{now!r} is no time", place="--now", remedy=f"Expected {WHEN_WORDS}")
    if language and language not in document.languages:
        raise Problem(f"no language {language!r}", place="--language", remedy=f"Use {', '.join(document.languages)}")
    facts = _facts(given) if given else Facts()
    player = Player(
        document, Given(now=when, calls_from=number, dialled=dialled, language=language, facts=facts), SPECS
    )
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{document.name}, version {document.version}; {when:%A %Y-%m-%d %H:%M}. ? for help.", markup=False)
    _show(console, player.begin())
    for line in _lines(console, player):
        word, _, name = line.strip().partition(" ")
        if word == "save":
            _save(console, player, name.strip(), file, tests or file.parent)
        else:
            _show(console, player.typed(line))
        if player.done:
            break


def _facts(path: Path) -> Facts:
    """Those that hold in every test of a file."""
    suite = golden_file.read(path, SPECS, lambda _: None)
    if suite.findings:
        raise Problem("\n".join(map(str, suite.findings)))
    return suite.facts


def _lines(console: Console, player: Player) -> Iterator[str]:
    """What is typed, up to the end of the input. Lines of a pipe are shown, as a terminal would have shown them."""
    if sys.stdin.isatty():
        with suppress(ImportError):
            import readline  # noqa: F401, PLC0415 - the last lines on the arrow keys
        with suppress(EOFError, KeyboardInterrupt):
            while True:
                yield input(f"[{player.question}] > ")
        return
    for line in sys.stdin:
        console.print(f"> {line.rstrip()}", style=STYLES["caller"], markup=False)
        yield line


def _show(console: Console, told: list[Told]) -> None:
    for who, words in told:
        console.print(Text(f"({words})" if who == "beside" else words, style=STYLES[who]))


def _save(console: Console, player: Player, name: str, document: Path, folder: Path) -> None:
    try:
        if not name:
            raise Problem("no name", remedy="Say what must be so, as: save Whoever presses 1 hears the payment")
        slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60].strip("-") or "call"
        path = folder / f"{slug}{SUFFIX}"
        text = golden_text.dump([player.test(name)], document=os.path.relpath(document, folder))
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise Problem("is there already", place=str(path), remedy="Give another name") from None
        except OSError as error:
            raise Problem(f"cannot be written ({error.strerror})", place=str(path)) from None
    except Problem as problem:
        _show(console, [Told("beside", str(problem))])
        return
    _show(console, [Told("beside", f"written to {path}")])
