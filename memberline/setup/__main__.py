"""Runs the steps in order and says what each came to."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from rich.console import Console

from assist.speech import models
from core.errors import Problem
from ivr.document import reading
from ivr.self_service.catalogue import SPECS
from memberline.paths import ASTERISK, MENU, PROMPTS, SERVERS
from memberline.setup import asterisk, prompts, servers, widget

Say = Callable[[str], None]


def steps() -> list[tuple[str, Callable[[Say], str]]]:
    """(what it is about, what does it)."""
    return [
        ("Asterisk", lambda say: asterisk.provide(ASTERISK, say)),
        ("Prompts", _prompts),
        ("Speech", lambda say: models.load().label),
        ("Desk", widget.provide),
        ("Servers for tests", lambda say: servers.provide(SERVERS, say)),
    ]


def _prompts(say: Say) -> str:
    document = reading.load(MENU, SPECS)
    return f"{prompts.provide(PROMPTS, say, document=document, recordings=MENU.parent)} sounds"


def main() -> int:
    console = Console(highlight=False)
    for number, (name, provide) in enumerate(steps(), 1):
        began = time.monotonic()
        title = f"[{number}/{len(steps())}] {name}"
        with console.status(f"{title} …") as status:

            def say(what: str, title: str = title) -> None:
                if console.is_terminal:
                    status.update(f"{title}: {what} …")
                else:
                    console.print(f"  {title}: {what}", markup=False)

            try:
                result = provide(say)
            except Problem as problem:
                console.print(f"{title}: {problem}", markup=False, style="red")
                return 1
        console.print(f"{title}: {result} ({time.monotonic() - began:.1f} s)", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
