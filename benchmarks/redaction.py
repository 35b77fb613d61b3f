"""Whether secrets are taken out of calls and everything else is left in, and what that costs.

Labelled calls (tests/assist/redaction/calls) are fed word by word, as they are spoken. Everything is counted in words
("double" of "double five" is one): `recall` is the share of the words of secrets that are masked at the end,
`precision` the share of the masked words that are of a secret. Both are of the half with odd call numbers, which nobody
tunes to; the other half stands beside it as `tuned_*`. `recall_<kind>` is of all calls. `recall_meanwhile` counts a
word as shown that showed in any partial result or before later words told what it was.

`misheard_*`: the same half when a share `error` of the words is dropped, or taken for others, digits for what sounds
like them. `spanish_*`: the calls in Spanish. Costs are of a long call: milliseconds for an utterance that is not final,
of ten words and of a hundred, and for a final one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assist.redaction.labelled import Call, Turn, load, score, spoken
from assist.redaction.redactor import Redactor
from assist.speech.words import Word
from benchmarks.harness import Goal, Result, percentile

CALLS = Path(__file__).parent.parent / "tests" / "assist" / "redaction" / "calls"
SPANISH = "es.yaml"

# What digits are taken for, and other words: of the latter any that callers say.
SOUND_ALIKE = {
    "one": ("won", "nine"),
    "two": ("to", "too"),
    "three": ("tree", "free"),
    "four": ("for", "fore"),
    "five": ("nine", "fife"),
    "six": ("sex", "sick"),
    "seven": ("eleven", "heaven"),
    "eight": ("ate", "eighty"),
    "nine": ("five", "ninety"),
    "oh": ("owe", "zero"),
}


def calls(spanish: bool = False) -> list[Call]:
    """The labelled calls of one language."""
    return [call for path in sorted(CALLS.glob("*.yaml")) if (path.name == SPANISH) is spanish for call in load(path)]


def run(error: float = 0.1, rounds: int = 5) -> Result:
    english = calls()
    held_out = [call for call in english if call.held_out]
    ours = score(held_out, partials=True)
    tuned = score([call for call in english if not call.held_out], partials=True)
    spanish = score(calls(spanish=True), "es", partials=True)
    misheard = score(
        _misheard(call, error, random.Random(f"{seed} {call.call_id}")) for seed in range(rounds) for call in held_out
    )
    figures = {
        "recall": ours.recall,
        "precision": ours.precision,
        "recall_meanwhile": 1 - ours.shown_meanwhile / ours.secret,
        "tuned_recall": tuned.recall,
        "tuned_precision": tuned.precision,
        "misheard_recall": misheard.recall,
        "misheard_precision": misheard.precision,
        "spanish_recall": spanish.recall,
        "spanish_precision": spanish.precision,
        "kind_right": ours.right_kind / ours.secret,
        "calls": float(len(english)),
        "held_out_secret_words": float(ours.secret),
    }
    every = score(english)
    figures |= {f"recall_{kind}": masked / said for kind, (masked, said) in sorted(every.by_kind.items())}
    return Result(figures | _costs(), (Goal("recall", ">=", 0.99), Goal("precision", ">=", 0.95)))


def _misheard(call: Call, error: float, draw: random.Random) -> Call:
    return replace(call, turns=tuple(_misheard_turn(turn, error, draw) for turn in call.turns))


def _misheard_turn(turn: Turn, error: float, draw: random.Random) -> Turn:
    """A word that is dropped is neither secret nor shown; one taken for another is what it was."""
    words: list[Word] = []
    secrets = {}
    for place, word in enumerate(turn.words):
        heard = word
        if draw.random() < error:
            if draw.random() < 0.5:
                continue
            alike = SOUND_ALIKE.get(word.text) or ("uh", "the", "so", "what", "fee", "at")
            heard = replace(word, text=draw.choice(alike))
        if place in turn.secrets:
            secrets[len(words)] = turn.secrets[place]
        words.append(heard)
    return replace(turn, words=tuple(words), secrets=secrets)


def _costs(utterances: int = 400) -> dict[str, float]:
    texts = [[word.text for word in turn.words] for call in calls() for turn in call.turns]
    redactor, final_ms = Redactor("en"), []
    for at in range(utterances):
        words = spoken(texts[at % len(texts)], at * 10.0)
        final_ms.append(_ms(redactor, f"u{at}", words, final=True))
    ten, hundred = (
        spoken((["my", "number", "is", "four", "oh", "one", "and", "the", "check", "came"] * 10)[:n], 1e5)
        for n in (10, 100)
    )
    return {
        "partial_10_words_ms": percentile([_ms(redactor, "p", ten, final=False) for _ in range(100)], 0.5),
        "partial_100_words_ms": percentile([_ms(redactor, "p", hundred, final=False) for _ in range(100)], 0.5),
        "final_p50_ms": percentile(final_ms, 0.5),
        "final_p99_ms": percentile(final_ms, 0.99),
    }


def _ms(redactor: Redactor, utterance_id: str, words: Sequence[Word], *, final: bool) -> float:
    begin = time.perf_counter()
    redactor.hear(utterance_id, "caller", words, final)
    return (time.perf_counter() - begin) * 1000
