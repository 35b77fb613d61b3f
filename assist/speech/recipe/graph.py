"""The decoding graph: words as sounds (HCLr.fst) and sentences as words (Gr.fst), which vosk joins as it listens.

Needs OpenFst's tools and its look-ahead library (Debian: libfst-tools).
"""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
from pathlib import Path

from assist.speech.recipe import phones
from assist.speech.recipe.language_model import Acceptor
from assist.speech.recipe.lexicon import Pronunciation
from core.errors import Problem

UNKNOWN = "[unk]"
REMEDY = "apt-get install libfst-tools"
PAUSE = 0.2  # the probability of silence between two words


def write(folder: Path, pronunciations: dict[str, list[Pronunciation]], sentences: Acceptor) -> None:
    """Write the `graph` part of a vosk model; `pronunciations` gives the words it knows."""
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    known = {**pronunciations, UNKNOWN: [Pronunciation([phones.GARBAGE], 0.0)]}
    first_ids = {word: number for number, word in enumerate(sorted(known), 1)}
    sounds, renumbered = _with_look_ahead(_Words(known, first_ids).lines)
    # The look-ahead gives the words new numbers; everything else must use them.
    ids = {word: renumbered[number] for word, number in first_ids.items()}
    (folder / "HCLr.fst").write_bytes(sounds)
    (folder / "Gr.fst").write_bytes(_sentences(sentences, ids))
    listed = sorted((number, word) for word, number in ids.items())
    (folder / "words.txt").write_text("<eps> 0\n" + "".join(f"{word} {number}\n" for number, word in listed))
    (folder / "phones" / "word_boundary.int").write_text(phones.word_boundaries())
    # The tree below needs no disambiguation symbols; the file wants one, so it names an id that nothing has.
    (folder / "disambig_tid.int").write_text(f"{2 * len(phones.NAMES) + 1}\n")


class _Words:
    """A tree of phones whose leaves are words, in OpenFst's text form.

    A node has one phone leading to it, so that the phone's further frames loop on the node, after its first frame:
    vosk finds the words' times only in that order.
    """

    BETWEEN, START, PAUSED = 0, 1, 2  # after a word, where words begin, in a pause

    def __init__(self, known: dict[str, list[Pronunciation]], ids: dict[str, int]) -> None:
        self.lines: list[str] = []
        self._nodes: dict[tuple[str, ...], int] = {(): self.START}
        self._arc(self.BETWEEN, self.START, cost=-math.log(1 - PAUSE))
        self._arc(self.BETWEEN, self.PAUSED, phones.enter(phones.SILENCE), cost=-math.log(PAUSE))
        self._arc(self.PAUSED, self.PAUSED, phones.stay(phones.SILENCE))
        self._arc(self.PAUSED, self.START)
        for word in sorted(known):
            for pronunciation in known[word]:
                leaf = self._leaf(tuple(phones.in_word(pronunciation.sounds)))
                self._arc(leaf, self.BETWEEN, word=ids[word], cost=pronunciation.cost)
        self.lines += [f"{self.BETWEEN} 0", f"{self.PAUSED} 0"]

    def _leaf(self, path: tuple[str, ...]) -> int:
        if path not in self._nodes:
            before = self._leaf(path[:-1])
            node = self._nodes[path] = len(self._nodes) + 2
            self._arc(before, node, phones.enter(path[-1]))
            self._arc(node, node, phones.stay(path[-1]))
        return self._nodes[path]

    def _arc(self, source: int, target: int, transition: int = 0, word: int = 0, cost: float = 0.0) -> None:
        self.lines.append(f"{source} {target} {transition} {word} {cost:.5f}")


def _with_look_ahead(lines: list[str]) -> tuple[bytes, dict[int, int]]:
    """The compiled graph of words, and the new number of each word."""
    with tempfile.NamedTemporaryFile() as pairs:
        compiled = _tool("fstarcsort", "--sort_type=olabel", feed=_compiled(lines))
        options = ("--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs.name}")
        graph = _tool("fstconvert", *options, feed=compiled, preload=_look_ahead_library())
        numbers = [(int(old), int(new)) for old, new in map(str.split, Path(pairs.name).read_text().splitlines())]
    return graph, dict(numbers)


def _sentences(acceptor: Acceptor, ids: dict[str, int]) -> bytes:
    lines = []
    for arc in acceptor.arcs:
        label = 0 if arc.word is None else ids[arc.word]
        lines.append(f"{arc.source} {arc.target} {label} {label} {arc.cost:.5f}")
    lines += [f"{state} {cost:.5f}" for state, cost in acceptor.ends.items()]
    return _tool(
        "fstconvert", "--fst_type=const", feed=_tool("fstarcsort", "--sort_type=ilabel", feed=_compiled(lines))
    )


def _compiled(lines: list[str]) -> bytes:
    return _tool("fstcompile", feed="\n".join([*lines, ""]).encode())


def _tool(*command: str, feed: bytes, preload: str = "") -> bytes:
    environment = {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}
    try:
        return subprocess.run(command, input=feed, env=environment, check=True, capture_output=True).stdout
    except FileNotFoundError as error:
        raise Problem("is not installed", place=command[0], remedy=REMEDY) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise Problem(f"failed: {said}", place=" ".join(command)) from error


def _look_ahead_library() -> str:
    found = sorted(Path("/usr/lib").glob("*/libfstlookahead.so*"))
    if not found:
        raise Problem("OpenFst's look-ahead library is missing", remedy=REMEDY)
    return str(found[0])
