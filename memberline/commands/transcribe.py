"""`memberline transcribe CALLER.wav AGENT.wav`: the two sides of a recorded call, as a dialogue or as JSON."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from assist.desk.messages import Speaker, Utterance
from assist.speech import models, recordings
from assist.speech.recogniser import Recogniser
from assist.speech.recordings import Recording
from assist.speech.words import Heard
from assist.transcript import Transcript, dialogue

CHUNK_S = 0.1  # small enough that pauses between sentences are found where they are
SIDES: tuple[Speaker, Speaker] = ("caller", "agent")


@click.command()
@click.argument("caller", type=click.Path(path_type=Path))
@click.argument("agent", type=click.Path(path_type=Path))
@click.option("--model", default="", help="A vosk model: a folder or a published name. Default: the demo speech model.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(caller: Path, agent: Path, model: str, as_json: bool) -> None:
    """Transcribe the two sides of a call: CALLER and AGENT are WAV files that begin together.

    8 to 48 kHz, PCM, µ-law or A-law. Each file is one speaker: the channels of a stereo file are mixed to one.
    """
    sides = [recordings.read(caller), recordings.read(agent)]
    speech_model = models.load(model)
    with ThreadPoolExecutor(len(sides)) as threads:
        heard = list(threads.map(lambda side: listen(side, speech_model.recogniser(side.rate)), sides))
    transcript = Transcript()
    for speaker, results in zip(SIDES, heard, strict=True):
        for result in results:
            transcript.heard(speaker, speaker, speaker, result)
    if as_json:
        click.echo(json.dumps({"utterances": [_as_json(utterance) for utterance in transcript.utterances]}))
    else:
        click.echo(dialogue(transcript.utterances))


def listen(recording: Recording, recogniser: Recogniser) -> list[Heard]:
    """All that was said in a recording, one result for each stretch between pauses."""
    step = round(recording.rate * CHUNK_S)
    pieces = (recording.samples[at : at + step] for at in range(0, len(recording.samples), step))
    results = [recogniser.accept(piece.tobytes()) for piece in pieces]
    return [result for result in (*results, recogniser.finish()) if result is not None]


def _as_json(utterance: Utterance) -> dict[str, object]:
    return {
        "speaker": utterance.speaker,
        "start": utterance.start_s,
        "end": utterance.end_s,
        "text": utterance.text,
        "confidence": utterance.confidence,
    }
