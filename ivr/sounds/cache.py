"""Sounds by content: each is made once, whoever asks and how many at once, and found again after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.errors import Problem
from core.threads import BoundedThreads, Overloaded
from ivr.sounds import files
from ivr.sounds.files import Sound
from ivr.sounds.levels import Levelled
from ivr.sounds.pieces import Piece

T = TypeVar("T")


def submit(threads: BoundedThreads, work: Callable[[], T]) -> asyncio.Future[T]:
    """`work` in one of `threads`; `Problem` at their bound. Await it shielded: others may wait for the same."""
    try:
        return asyncio.wrap_future(threads.submit(work))
    except Overloaded:
        raise Problem("too many sounds are waiting to be made already", place=threads.name) from None


class Cache:
    """`folder` holds `<key>.wav` and `<key>.wav16`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Sound] = {}
        self._making: dict[str, asyncio.Future[Sound]] = {}

    async def sound(self, key: str, make: Callable[[], Levelled], threads: BoundedThreads) -> Sound:
        """The sound of that key, made in a thread if it is not there. Raises `Problem` where it cannot be made."""
        if (known := self._known.get(key)) is not None:
            return known
        making = self._making.get(key)
        if making is None:
            making = submit(threads, lambda: self._existing_or_made(key, make))
            self._making[key] = making
            making.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(making)

    def levelled(self, piece: Piece) -> Levelled:
        """The samples of a piece, from its file if there is one. Blocks."""
        base = self._folder / piece.key
        return files.read(base) if files.existing(base) else piece.make()

    # --- inside ---------------------------------------------------------------------------------

    def _existing_or_made(self, key: str, make: Callable[[], Levelled]) -> Sound:
        base = self._folder / key
        if (there := files.existing(base)) is not None:
            return there
        with files.writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        return files.write(base, make())

    def _made(self, key: str, done: asyncio.Future[Sound]) -> None:
        del self._making[key]
        if not done.cancelled() and done.exception() is None:
            self._known[key] = done.result()
