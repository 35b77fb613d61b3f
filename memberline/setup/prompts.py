"""The menu's sound files: each text of ivr/prompts.yaml spoken once, kept by what it says."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import yaml

from core.errors import Problem
from memberline.setup.packages import Progress

TEXTS = Path(__file__).parents[2] / "ivr" / "prompts.yaml"
VOICE = ("espeak-ng", "-v", "en-us", "-s", "155", "-g", "4")


def provide(folder: Path, say: Progress, texts: Path = TEXTS) -> int:
    """See that `folder` holds `<name>.wav` (8 kHz, 16 bit, mono) for every text and nothing else; their number."""
    prompts: dict[str, str] = yaml.safe_load(texts.read_text())
    cache = folder.with_name(f"{folder.name}.spoken")
    cache.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in prompts.items():
        spoken = cache / f"{hashlib.sha256(' '.join((*VOICE, text)).encode()).hexdigest()[:24]}.wav"
        if not spoken.exists():
            say(f"speaking {name}")
            _speak(text, spoken)
        target = folder / f"{name}.wav"
        if not target.exists() or not os.path.samefile(target, spoken):
            target.unlink(missing_ok=True)
            os.link(spoken, target)
    for old in folder.glob("*.wav"):
        if old.stem not in prompts:
            old.unlink()
    return len(prompts)


def _speak(text: str, target: Path) -> None:
    """Speak to a file of Asterisk's own rate, all of it or nothing."""
    if shutil.which("sox") is None or shutil.which(VOICE[0]) is None:
        raise Problem("espeak-ng or sox is not here", remedy="Run `make setup`")
    part = target.with_suffix(".part.wav")
    with subprocess.Popen([*VOICE, "--stdout", text], stdout=subprocess.PIPE) as speaker:
        subprocess.run(
            ["sox", "-t", "wav", "-", "-r", "8000", "-c", "1", "-b", "16", str(part), "norm", "-6", "pad", "0", "0.1"],
            stdin=speaker.stdout,
            check=True,
            capture_output=True,
            timeout=60,
        )
    if speaker.returncode:
        raise Problem(f"espeak-ng failed with code {speaker.returncode}", place=str(target))
    part.rename(target)
