"""The demo's menu: the sample plan's, but open day and night, so that it shows something whenever it is looked at."""

from __future__ import annotations

import shutil
from pathlib import Path

from ivr.document import reading
from ivr.self_service.catalogue import SPECS
from ivr.sounds.store import SoundStore
from ivr.sounds.voices import voices
from memberline.paths import MENU, PROMPTS

_NOTICE = ("steps", "consent", "say")


def written(folder: Path) -> Path:
    """Write it to `folder`; the main file."""
    shutil.copytree(MENU.parent, folder, dirs_exist_ok=True)
    (folder / "hours.yaml").write_text("hours:\n  office:\n    monday-sunday: 0:00-24:00\n")
    return folder / MENU.name


async def notice_s(menu: Path) -> float:
    """How long the notice of recording lasts in English, in seconds. Its prompts are spoken where they are not yet."""
    document = reading.load(menu, SPECS)
    store = SoundStore(PROMPTS, voices(document.languages), recordings=menu.parent)
    try:
        prepared = await store.prepare(document)
    finally:
        await store.close()
    return sum(
        each.seconds
        for each in prepared.measured
        if each.where[: len(_NOTICE)] == _NOTICE and each.language == "en" and not each.slow
    )
