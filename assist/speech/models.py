"""Which speech model is used: a folder, a published vosk model's name, or the small one that comes with the project."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from zipfile import BadZipFile

import vosk

from assist.speech.grammar_recogniser import GrammarRecogniser
from assist.speech.recogniser import TELEPHONE_RATE, VoskRecogniser
from core.errors import Problem

DEMO_MODEL = Path(__file__).parent / "data" / "model"
DEMO_LABEL = "demo speech model"
# vosk takes both layouts: the acoustic model in am/, or beside everything else.
ACOUSTIC_MODELS = ("am/final.mdl", "final.mdl")
REMEDY = (
    "Set speech_model to a folder with an unpacked vosk model, to a published model's name such as "
    "vosk-model-en-us-0.22-lgraph, or leave it empty for the demo speech model"
)
ELSEWHERE = "Download it where the network allows, unpack it on this machine and set speech_model to its folder"
STALLED_S = 20.0


class SpeechModel:
    """A loaded model, shared by all recognisers made from it. `label` is what the desk shows."""

    def __init__(self, model: vosk.Model, label: str) -> None:
        self._model = model
        self.label = label

    def recogniser(self, rate: int = TELEPHONE_RATE) -> VoskRecogniser:
        return VoskRecogniser(self._model, rate)

    def hearing_only(self, sentences: Sequence[str], rate: int = TELEPHONE_RATE) -> GrammarRecogniser:
        """A recogniser of these sentences alone."""
        return GrammarRecogniser(self._model, sentences, rate)

    def knows(self, word: str) -> bool:
        """Whether the word, in the model's own spelling, can be heard at all."""
        found: int = self._model.vosk_model_find_word(word)
        return found >= 0


def load(which: str = "") -> SpeechModel:
    """Load a model: "" for the demo one, else a folder's path or a published name.

    Blocks (a large model takes seconds, a download minutes): call it off the event loop. Raises `Problem`.
    """
    vosk.SetLogLevel(-2)  # errors only; as warnings it tells of every partial word that has no end yet
    if not which:
        return SpeechModel(_from_folder(DEMO_MODEL), DEMO_LABEL)
    folder = Path(which).expanduser()
    if folder.is_dir() or not _is_name(which):
        label = DEMO_LABEL if folder.resolve() == DEMO_MODEL.resolve() else folder.resolve().name
        return SpeechModel(_from_folder(folder), label)
    return SpeechModel(_published(which), which)


def _is_name(which: str) -> bool:
    return which.startswith("vosk-model-") and "/" not in which


def _from_folder(folder: Path) -> vosk.Model:
    if not folder.is_dir():
        raise Problem("there is no such folder for the speech model", place=str(folder), remedy=REMEDY)
    if not any((folder / part).is_file() for part in ACOUSTIC_MODELS):
        raise Problem(f"is no vosk model: it has no {ACOUSTIC_MODELS[0]}", place=str(folder), remedy=REMEDY)
    try:
        return _tried(vosk.Model(str(folder)))
    except Exception as error:  # vosk raises nothing narrower
        raise Problem("the speech model is damaged or incomplete", place=str(folder), remedy=REMEDY) from error


def _tried(model: vosk.Model) -> vosk.Model:
    """vosk loads a model whose graph is missing or cut off, and says so at the first recogniser: not in mid-call."""
    VoskRecogniser(model)
    return model


def _published(name: str) -> vosk.Model:
    """From vosk's folders on this machine, or downloaded into them."""
    try:
        with _nothing_printed(), _stalled_after(STALLED_S):
            folder = Path(_Published().get_model_by_name(name))
    except OSError as error:  # what requests and urllib raise is one, too
        what = f"the speech model is not on this machine and cannot be downloaded ({_cause(error)})"
        raise Problem(what, place=name, remedy=ELSEWHERE) from error
    except SystemExit as error:  # vosk's way to say that no model of this name is published
        raise Problem("no vosk model of this name is published", place=name, remedy=REMEDY) from error
    except (BadZipFile, LookupError, TypeError) as error:  # a page of the network's own in place of what was asked for
        what = "the speech model cannot be downloaded: what came is no model"
        raise Problem(what, place=name, remedy=ELSEWHERE) from error
    return _from_folder(folder)


class _Published(vosk.Model):  # type: ignore[misc]  # vosk has no types
    """vosk's finding and fetching alone; a whole `Model` that finds nothing complains once more when it is freed."""

    def __init__(self) -> None:
        pass

    def __del__(self) -> None:
        pass


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """vosk prints what it also raises."""
    with redirect_stdout(StringIO()):
        yield


@contextmanager
def _stalled_after(seconds: float) -> Iterator[None]:
    """No single wait for the network is longer. vosk sets no limit of its own for the download."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _cause(error: BaseException) -> str:
    """The first cause in a few words, such as "Name or service not known"."""
    while error.__context__ is not None:
        error = error.__context__
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
