"""Sounds that hold a caller's own values: in a folder of that call's own, and gone with the call.

File names are random and messages name the call only: what is said is a matter between the plan and its member.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from core.errors import Problem
from core.threads import BoundedThreads
from ivr.sounds import files
from ivr.sounds.cache import submit
from ivr.sounds.files import Sound
from ivr.sounds.levels import Levelled

log = logging.getLogger(__name__)

ENDS_WITHIN_S = 60.0
_CALL = re.compile(r"[\w-]{1,64}", re.ASCII)


class PrivateSounds:
    """`mode` is that of the folders: 0o700, or 0o750 where Asterisk runs as another user of our group."""

    def __init__(self, folder: Path, mode: int) -> None:
        self._folder, self._mode = folder, mode
        # By call, then by what is said: a question that is repeated is not made again.
        self._calls: dict[str, dict[str, asyncio.Future[Sound]]] = {}

    async def sound(self, call_id: str, key: str, make: Callable[[], Levelled], threads: BoundedThreads) -> Sound:
        """Raises `Problem` where it cannot be made."""
        if not _CALL.fullmatch(call_id):
            raise Problem("a call's id cannot be the name of a folder", remedy="Expected letters, digits, _ and -")
        call = self._calls.setdefault(call_id, {})
        making = call.get(key)
        if making is None or (making.done() and (making.cancelled() or making.exception())):
            making = call[key] = submit(threads, lambda: self._write(call_id, make))
        return await asyncio.shield(making)

    async def forget(self, call_id: str) -> None:
        """Remove everything of this call, also what is still being made. Ask for nothing of this call afterwards."""
        call = self._calls.pop(call_id, None)
        if not call:
            return
        _, pending = await asyncio.wait(call.values(), timeout=ENDS_WITHIN_S)
        if pending:
            log.error("call %s: %d sounds are still being made; they go when we start again", call_id, len(pending))
        await asyncio.to_thread(_remove, self._folder / call_id)

    async def clear(self) -> None:
        """Remove what calls of an earlier run left behind."""
        self._calls.clear()
        await asyncio.to_thread(_remove, self._folder)
        await asyncio.to_thread(self._make_folder, self._folder)

    def _write(self, call_id: str, make: Callable[[], Levelled]) -> Sound:
        folder = self._folder / call_id
        self._make_folder(self._folder)
        self._make_folder(folder)
        return files.write(folder / secrets.token_hex(8), make())

    def _make_folder(self, folder: Path) -> None:
        with files.writing(folder):
            folder.mkdir(mode=self._mode, parents=True, exist_ok=True)
            folder.chmod(self._mode)  # whatever the umask says


def _remove(folder: Path) -> None:
    with files.writing(folder):
        if folder.exists():
            shutil.rmtree(folder)
