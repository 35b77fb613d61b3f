"""The sound files that Asterisk and the menus play: made once, kept by what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ivr.document.model import Document
from ivr.sounds import dialplan
from ivr.sounds.store import SoundStore
from ivr.sounds.voices import voices
from memberline.setup.packages import Progress

LANGUAGES = ("en", "es")


def provide(
    folder: Path,
    say: Progress,
    *,
    texts: Path = dialplan.TEXTS,
    languages: Sequence[str] = LANGUAGES,
    settings: Mapping[str, str] | None = None,
    document: Document | None = None,
    recordings: Path | None = None,
) -> int:
    """See that `folder` holds what the dialplan plays by name, and the prompts of `document`; how many sounds.

    `settings`: a voice for a language, as `ivr.sounds.voices.named` takes it. `recordings`: the folder that the
    document's recorded files are in. Sounds with a name that nothing in `texts` has are removed, those of the cache
    stay. Blocks; raises `Problem`.
    """
    every = list(dict.fromkeys([*languages, *(document.languages if document else ())]))
    store = SoundStore(folder, voices(every, settings), recordings=recordings)
    return asyncio.run(_provide(store, say, texts, every, document))


async def _provide(
    store: SoundStore, say: Progress, texts: Path, languages: Sequence[str], document: Document | None
) -> int:
    def told(what: str, done: int, of: int) -> None:
        if done % 20 == 0 or done == of:
            say(f"{what}, {done} of {of}")

    # Not started: a service may be running on this folder, and its calls' own sounds are none of ours.
    try:
        names = await dialplan.provide(
            store, languages, lambda done, of: told("sounds of the dialplan", done, of), texts
        )
        count = len(names)
        if document is not None:
            prepared = await store.prepare(document, lambda done, of: told("prompts of the menu", done, of))
            count += len(prepared.keys)
    finally:
        await store.close()
    _remove_others(store.folder, names, languages)
    return count


def _remove_others(folder: Path, names: Collection[str], languages: Sequence[str]) -> None:
    """Names that an earlier version had. The cache and the calls' folders are not looked into."""
    for inner in ("", *languages):
        for path in (folder / inner).glob("*.wav*"):
            if str(Path(inner) / path.stem) not in names:
                path.unlink()
