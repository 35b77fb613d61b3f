"""The summary of a call in two or three plain sentences, as a colleague would write them, and the caller's reason."""

from __future__ import annotations

from collections.abc import Sequence

from assist.advice.directory import Directory
from assist.conversation import CallerFacts
from assist.documentation.commitments import Commitment
from assist.documentation.heard import Heard
from assist.written.piece import Piece
from assist.written.reading import pieces, written
from records.contact import Noted, ProposedUpdate, Resolution, Said

REASON_WORDS = 28
RELATIONS = {
    "active_member": "Active member",
    "retiree": "Retiree",
    "survivor": "Survivor",
    "employer": "Employer",
    "third_party": "Third party",
}
_SALUTES = frozenset(
    (
        *("yes", "yeah", "hi", "hey", "hello", "good", "morning", "afternoon", "okay", "oh", "well", "so", "no", "and"),
        *("ma'am", "sir", "um"),
    )
)
_GREETING = 6  # words: shorter turns at the beginning say hello
_SECRET = 6  # digits
_ENDINGS = {
    "follow_up": "The matter stays open until then.",
    "unresolved": "The call ended without a result.",
    "resolved": "",
    "transferred": "",
}


def reason(talk: Sequence[Heard], directory: Directory) -> tuple[str, tuple[Said, ...]]:
    """The caller's own words: the first that say what it is about, else the first that are more than a greeting."""
    said = [heard for heard in talk if heard.speaker == "caller"]
    telling = (heard for heard in said if any(_tells(hit.label) for hit in directory.caller_cues.find(heard.words)))
    longer = (heard for heard in said if len(heard.words) > _GREETING)
    heard = next(telling, None) or next(longer, None) or (said[0] if said else None)
    if heard is None:
        return "", ()
    first, last = 0, len(heard.words)
    while last - first > _GREETING and heard.texts[first] in _SALUTES:
        first += 1
    more = " …" if last - first > REASON_WORDS else ""
    last = min(last, first + REASON_WORDS)
    text = " ".join(map(_without_secret, pieces(heard.texts[first:last])))
    return text + more, heard.said(first, last)


def _without_secret(piece: Piece) -> str:
    """Long numbers stay where they are proposed: an account, say, does not go into running text."""
    return "…" if piece.kind == "number" and len(piece.text) >= _SECRET else piece.text


def _tells(label: str) -> bool:
    return label.startswith(("topic:", "destination:"))


def summary(
    *,
    caller: CallerFacts,
    about: Sequence[str],
    reason: str,
    given: Sequence[ProposedUpdate],
    done: Sequence[Noted],
    promised: Sequence[Commitment],
    resolution: Resolution,
    handed_to: str,
) -> str:
    """`about`: the topics' names; `handed_to`: the name of where the call went on to, "" where that is not known."""
    if not reason and not given and not promised and resolution != "transferred":
        return ""
    sentences = [
        _who_called(caller, about, reason),
        _what_was_given(given) or _what_was_done(done),
        _what_comes(promised),
        _handed_on(resolution, handed_to),
    ]
    if not any(sentences[1:]):
        sentences.append(_ENDINGS[resolution])
    return " ".join(filter(None, sentences))


def _who_called(caller: CallerFacts, about: Sequence[str], reason: str) -> str:
    if not reason:
        return ""
    who = RELATIONS.get(caller.relation, "Caller") + ("" if caller.verified else ", not verified,")
    subject = listed([" ".join(map(_lower, topic.split())) for topic in about])
    return f"{who} called{f' about {subject}' if subject else ''}: “{reason}”."


def _lower(word: str) -> str:
    """A topic's word within a sentence: 1099-R stays as it is."""
    return word if any(map(str.isdigit, word)) else word.lower()


def _what_was_given(updates: Sequence[ProposedUpdate]) -> str:
    """A bank's numbers stay where they are proposed and do not go into running text."""
    gifts = [
        each.field.replace("_", " ") + ("" if each.field.startswith("bank_") else f" {each.written or each.value}")
        for each in updates
    ]
    return f"Gave {listed(gifts)}." if gifts else ""


def _what_was_done(done: Sequence[Noted]) -> str:
    deeds = [each.text[:1].lower() + each.text[1:].rstrip(".") for each in done[:2]]
    return f"Agent {listed(deeds)}." if deeds else ""


def _what_comes(promised: Sequence[Commitment]) -> str:
    return f"Agent will {listed([written(each.text) for each in promised])}." if promised else ""


def _handed_on(resolution: Resolution, handed_to: str) -> str:
    if handed_to:
        return f"Transferred to {handed_to}."
    return "Agent transferred the call." if resolution == "transferred" else ""


def listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))
