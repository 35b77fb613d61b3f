"""The files that a plan's adviser is made of. A deployment owns them all; they lie beside its directory file.

directory.yaml        who takes which calls, and the cue file it names
phrases/*.yaml        what callers mean, in their words
phrases/agent/*.yaml  what agents say that tells where a call is going
examples/*.yaml       labelled calls
alarms.yaml           what is no question but an alarm, and what the desk then shows; the sample plan's without one
adviser-model.npz     what was learnt from all of them
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from assist.advice import alarms
from assist.advice import directory as directories
from assist.advice import matters as phrase_files
from assist.advice import model as models
from assist.advice.adviser import Adviser
from assist.advice.alarms import AlarmBook
from assist.advice.directory import Directory
from assist.advice.embedding import Embedder
from assist.advice.matters import Matter
from assist.advice.reading import Embed
from assist.advice.remembering import Remembering
from assist.dialogues import Dialogue
from assist.dialogues import load as load_dialogues
from core.errors import Problem

log = logging.getLogger(__name__)

MODEL = "adviser-model.npz"


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that is learnt from, read. `fingerprint` tells whether a model was learnt from just this."""

    directory: Directory
    matters: tuple[Matter, ...]
    agent_matters: tuple[Matter, ...]
    alarms: AlarmBook
    fingerprint: str


def load(path: Path = directories.SAMPLE) -> Sources:
    """`path` is the directory file. Raises `Problem` with what is wrong in a file, each with its line."""
    directory = directories.load(path)
    topics = [topic.id for topic in directory.topics]
    places = [place.id for place in directory.destinations]
    phrases = path.parent / "phrases"
    return Sources(
        directory,
        phrase_files.load(phrases, topics=topics, destinations=places),
        phrase_files.load(phrases / "agent", topics=topics, destinations=places),
        alarms.of_plan(path, topics=topics),
        _fingerprint(path),
    )


def examples(path: Path, directory: Directory) -> tuple[Dialogue, ...]:
    """The labelled calls beside the directory file, in the order of their files. Raises `Problem`: there are none."""
    files = sorted((path.parent / "examples").glob("*.yaml"))
    if not files:
        raise Problem("has no labelled calls", place=str(path.parent / "examples"), remedy="Write some, or export some")
    return tuple(dialogue for file in files for dialogue in load_dialogues(file, directory))


def adviser(path: Path = directories.SAMPLE, embed: Embed | None = None) -> Adviser:
    """The adviser that was learnt for this directory. One that is older than its files still advises, and a log line
    says so. Raises `Problem` where there is none, or it is another plan's.
    """
    sources = load(path)
    model = models.load(path.parent / MODEL)
    if model.learnt.fingerprint != sources.fingerprint:
        log.warning("the adviser is older than its files: memberline adviser train brings it up to date")
    try:
        return Adviser(sources.directory, sources.matters, model, embed or Remembering(Embedder()), sources.alarms)
    except ValueError as error:
        remedy = "Learn it anew: memberline adviser train"
        raise Problem(str(error), place=str(path.parent / MODEL), remedy=remedy) from error


def _fingerprint(path: Path) -> str:
    """Of the names and contents of all files that are learnt from."""
    digest = hashlib.sha256()
    folder = path.parent
    files = [path, *(folder / name for name in directories.cue_files(path))]
    files += sorted([*(folder / "phrases").rglob("*.yaml"), *(folder / "examples").glob("*.yaml")])
    for file in files:
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
