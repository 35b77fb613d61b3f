"""The sounds of the menus: made once and kept by content, or made for one call and gone with it.

    folder/cache/<hash>.wav, .wav16    prompts, and prompts joined, by what is said and who says it
    folder/calls/<call>/               what holds a caller's own values: ours only, removed with the call

A step of the dialog is one command of Asterisk, so its lines are joined into one file. Making takes 20 to 100 ms a
line and happens in threads; what was made before is told from memory. One running service a folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from core.errors import Problem
from core.threads import BoundedThreads
from ivr.dialog.actions import Line
from ivr.document.model import Document, Language, Prompt
from ivr.sounds import files, levels, pieces, recorded
from ivr.sounds.cache import Cache, submit
from ivr.sounds.files import Sound
from ivr.sounds.levels import Levelled
from ivr.sounds.pieces import Piece
from ivr.sounds.private import PrivateSounds
from ivr.sounds.prompts import Static, Where, statics
from ivr.sounds.voices import Voice
from ivr.speaking.values import AnyValue

Progress = Callable[[int, int], None]  # so many prompts of so many

PAUSE_S = 0.3  # between joined lines
NORMAL, SLOW = 1.0, 0.8  # paces; SLOW until a document says its own
SHORTEST_S = 0.1  # of silence, where there is nothing to say
MADE_WITHIN_S = 10.0  # for a caller who waits
AT_A_TIME = 2  # prompts of a document
WAITING = 256  # sounds that callers wait for at once


@dataclass(frozen=True)
class Measured:
    """How long one prompt lasts in one language at one pace; `where` it stands in the document."""

    where: Where
    prompt: Prompt
    language: Language
    slow: bool
    seconds: float


@dataclass(frozen=True)
class Prepared:
    """A document whose prompts are all there. `keys`: their names in the cache."""

    measured: tuple[Measured, ...]
    keys: frozenset[str]


class NotPrepared(Problem):
    """Some prompts could not be made; `problems` are all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class SoundStore:
    """Makes, keeps and forgets sounds.

    `recordings`: where relative paths of recorded files begin. `private`: another place for the calls' own sounds, such
    as a folder in memory. `private_mode`: 0o750 where Asterisk runs as another user of our group. `waiting`: how many
    sounds callers may wait for at once; `within_s`: how long for one.

    >>> async with SoundStore(folder, voices) as sounds:
    ...     await sounds.prepare(document)
    ...     sound = await sounds.sound(play.lines, play.language, play.slow, call_id)
    """

    def __init__(
        self,
        folder: Path,
        voices: Mapping[Language, Voice],
        *,
        recordings: Path | None = None,
        private: Path | None = None,
        private_mode: int = 0o700,
        waiting: int = WAITING,
        within_s: float = MADE_WITHIN_S,
    ) -> None:
        """Raises `Problem` where a folder's name cannot stand in a command of Asterisk."""
        self.folder = files.playable(folder)
        self._voices, self._recordings, self._slow = dict(voices), recordings, SLOW
        self._cache = Cache(self.folder / "cache")
        self._private = PrivateSounds(files.playable(private or folder / "calls"), private_mode)
        self._digests: dict[Path, str] = {}
        self._started, self._within_s = False, within_s
        self._for_callers = BoundedThreads("sounds", threads=2, bound=waiting)
        self._for_documents = BoundedThreads("prompts", threads=AT_A_TIME, bound=8 * AT_A_TIME)

    async def start(self) -> None:
        """For the one that serves calls: remove what calls of an earlier run left behind."""
        self._started = True
        await self._private.clear()

    async def close(self) -> None:
        """Let what is being made end, and remove what belongs to our calls."""
        for threads in (self._for_callers, self._for_documents):
            await asyncio.to_thread(threads.close)
        if self._started:
            await self._private.clear()

    async def __aenter__(self) -> SoundStore:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def prepare(self, document: Document, progress: Progress | None = None) -> Prepared:
        """Make every prompt that names no value, in every language that it is there in, at both paces, two at a time.

        Recordings are read anew. Raises `NotPrepared` with all problems; the document before stays as it was.
        """
        wanted = list(statics(document))
        room, done = asyncio.Semaphore(AT_A_TIME), 0

        async def both(static: Static) -> list[tuple[str, Measured]] | Problem:
            nonlocal done
            async with room:
                try:
                    return [await self._measured(static, slow, document.slow) for slow in (False, True)]
                except Problem as problem:
                    place = ": ".join(
                        filter(None, (f"{'.'.join(map(str, static.where))} ({static.language})", problem.place))
                    )
                    return Problem(problem.what, place=place, remedy=problem.remedy)
                finally:
                    done += 1
                    if progress is not None:
                        progress(done, len(wanted))

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(both(static)) for static in wanted]
        results = [task.result() for task in tasks]
        if problems := [result for result in results if isinstance(result, Problem)]:
            raise NotPrepared(problems)
        made = [pair for result in results if not isinstance(result, Problem) for pair in result]
        self._slow = document.slow
        return Prepared(measured=tuple(measured for _, measured in made), keys=frozenset(key for key, _ in made))

    async def sound(self, lines: Sequence[Line], language: Language, slow: bool, call_id: str) -> Sound:
        """The lines as one sound, with a pause between. No lines: a moment of silence.

        Raises `Problem` where a line cannot be said, where too much is waiting, or where it takes too long.
        """
        try:
            async with asyncio.timeout(self._within_s) as limit:
                return await self._joined(lines, language, slow, call_id)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Problem(f"a sound was not made within {self._within_s:g} s", place=f"call {call_id}") from None

    async def silence(self, seconds: float) -> Sound:
        piece = pieces.silent(seconds)
        return await self._cache.sound(piece.key, piece.make, self._for_callers)

    async def forget(self, call_id: str) -> None:
        """The call is over: remove what was made for it alone. Ask for nothing of it afterwards."""
        await self._private.forget(call_id)

    async def name(self, name: str, sound: Sound) -> None:
        """Give a sound of the cache a name of its own under the folder (`sorry`, `es/digits/5`), for the dialplan."""
        await asyncio.to_thread(files.link, Path(sound.path), self.folder / name)

    # --- inside ---------------------------------------------------------------------------------

    async def _measured(self, static: Static, slow: bool, slow_pace: float) -> tuple[str, Measured]:
        pace = slow_pace if slow else NORMAL
        piece = await self._piece(static.prompt, {}, static.language, pace, self._for_documents, fresh=not slow)
        sound = await self._cache.sound(piece.key, piece.make, self._for_documents)
        return piece.key, Measured(static.where, static.prompt, static.language, slow, sound.seconds)

    async def _joined(self, lines: Sequence[Line], language: Language, slow: bool, call_id: str) -> Sound:
        if not lines:
            return await self.silence(SHORTEST_S)
        threads, pace = self._for_callers, self._slow if slow else NORMAL
        made = [await self._piece(line.prompt, line.values, line.language or language, pace, threads) for line in lines]
        for piece in made:
            if not piece.private:
                sound = await self._cache.sound(piece.key, piece.make, threads)
                if len(made) == 1:
                    return sound
        keys = [piece.key for piece in made]
        key = pieces.key_of("joined", PAUSE_S, keys)

        def make() -> Levelled:
            parts = [piece.make() if piece.private else self._cache.levelled(piece) for piece in made]
            return levels.joined(parts, PAUSE_S)

        if any(piece.private for piece in made):
            return await self._private.sound(call_id, key, make, threads)
        return await self._cache.sound(key, make, threads)

    async def _piece(
        self,
        prompt: Prompt,
        values: Mapping[str, AnyValue],
        language: Language,
        pace: float,
        threads: BoundedThreads,
        *,
        fresh: bool = False,
    ) -> Piece:
        """`fresh`: a recording is read, whether it was known or not."""
        if language not in prompt.recorded:
            return pieces.spoken(prompt, values, language, pace, self._voices)
        path = (self._recordings or Path()) / prompt.recorded[language]
        if fresh or path not in self._digests:
            self._digests[path] = await submit(threads, lambda: recorded.digest(path))
        return pieces.played(path, self._digests[path], pace)
