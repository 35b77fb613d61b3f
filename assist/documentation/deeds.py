"""What was done while the caller was on the line, and what is left for the caller to do."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date

from assist.documentation.deadlines import deadlines
from assist.documentation.heard import Heard
from assist.written.reading import written
from records.contact import Noted

_DONE = frozenset(
    (
        *(
            "sent",
            "mailed",
            "emailed",
            "faxed",
            "changed",
            "updated",
            "entered",
            "keyed",
            "fixed",
            "corrected",
            "added",
        ),
        *("removed", "reset", "unlocked", "cancelled", "stopped", "switched", "noted", "marked", "took", "scheduled"),
        *(
            "booked",
            "submitted",
            "completed",
            "closed",
            "reissued",
            "ordered",
            "requested",
            "filed",
            "verified",
            "opened",
        ),
        *("released", "posted", "waived", "texted", "resent", "recorded", "saved", "flagged", "put"),
    )
)
_DOING = {"entering": "entered", "keying": "keyed", "updating": "updated", "changing": "changed", "adding": "added"}
_DOING |= {"marking": "marked", "correcting": "corrected", "fixing": "fixed", "resetting": "reset", "noting": "noted"}
_DOING |= {"removing": "removed", "unlocking": "unlocked", "cancelling": "cancelled", "stopping": "stopped"}
_DOING |= {"putting": "put", "saving": "saved", "taking": "took", "submitting": "submitted", "switching": "switched"}
_BY_US = (
    ("i",),
    ("i've",),
    ("i", "have"),
    ("we've",),
    ("we", "have"),
    ("i", "just"),
    ("i've", "just"),
    ("i've", "now"),
)
_NEEDED = (
    *(("you'll", "need", "to"), ("you", "need", "to"), ("you", "have", "to"), ("you'll", "have", "to")),
    *(("i'll", "need", "you", "to"), ("i", "need", "you", "to"), ("we'll", "need", "you", "to"), ("please",)),
    *(("be", "sure", "to"), ("make", "sure", "you"), ("go", "ahead", "and"), ("all", "you", "do", "is"), ("just",)),
    *(("then",), ("you",), ("once", "you", "get", "it"), ("and",)),
)
_SURE_NEED = 8  # of these the first say by themselves that it is for the caller to do
_TASKS = frozenset(
    ("send", "mail", "fax", "email", "bring", "sign", "fill", "return", "upload", "complete", "submit", "scan", "drop")
)
_WILL = (("i'll",), ("i", "will"), ("i'm", "going", "to"), ("i'm", "gonna"), ("let", "me"), ("i", "can"))
_CALLER_TASKS = _TASKS | {"call", "ask", "talk", "download", "print", "write", "get"}
_ENDS = frozenset(
    ("but", "so", "because", "which", "if", "unless", "okay", "alright", "anything", "i'll", "i", "you'll")
)
_ENDS |= {"what", "do", "is", "then", "when", "once", "that'll", "it'll", "we", "we'll", "they", "you"}
_LEAD_ON = frozenset(("now", "and", "the", "a", "to", "or", "that", "just"))
AT_MOST = 14  # words


def done(talk: Sequence[Heard], on: date | None = None, closed: Container[date] = ()) -> tuple[Noted, ...]:
    """What the agent said they did: "i've corrected your birth date", "i'm keying the end date now"."""
    found: dict[str, Noted] = {}
    for heard in talk:
        if heard.speaker != "agent":
            continue
        times = deadlines(heard.texts, on, closed)
        for at in range(len(heard.words)):
            verb, after = _deed(heard.texts, at)
            end = _end(heard.texts, after)
            if not verb or end - after < 2 or any(at <= time.start < end for time in times):
                continue
            text = written(" ".join((verb, *_without_now(heard.texts[after:end]))))
            found.setdefault(text.lower(), Noted(text=_sentence(text), said=heard.said(at, end)))
    return tuple(found.values())


def _deed(spoken: Sequence[str], at: int) -> tuple[str, int]:
    """The past tense of what is done from `at` on and where its other words begin; "" where nothing is."""
    for opener in sorted(_BY_US, key=len, reverse=True):
        place = at + len(opener)
        if tuple(spoken[at:place]) == opener and place < len(spoken) and spoken[place] in _DONE:
            return spoken[place], place + 1
    if spoken[at] == "i'm" and at + 1 < len(spoken) and spoken[at + 1] in _DOING:
        return _DOING[spoken[at + 1]], at + 2
    return "", at


def follow_ups(talk: Sequence[Heard]) -> tuple[Noted, ...]:
    """What the caller has to do or said they would: "you'll need to send us the card", "i'll bring it monday"."""
    found: dict[str, Noted] = {}
    for heard in talk:
        openers = _NEEDED if heard.speaker == "agent" else _WILL
        tasks = _TASKS if heard.speaker == "agent" else _CALLER_TASKS
        at = 0
        while at < len(heard.words):
            verb = _task(heard.texts, at, openers, tasks)
            end = _end(heard.texts, verb + 1) if verb else 0
            if not verb or end - verb < 2:
                at += 1
                continue
            text = written(" ".join(heard.texts[verb:end]))
            modal = "is to" if heard.speaker == "agent" else "will"
            found.setdefault(text.lower(), Noted(text=f"Caller {modal} {text}.", said=heard.said(at, end)))
            at = end
    return tuple(found.values())


def _task(spoken: Sequence[str], at: int, openers: Sequence[Sequence[str]], tasks: frozenset[str]) -> int:
    """Where the verb of the caller's task that begins at `at` stands; 0 where none begins."""
    for number, opener in enumerate(openers):
        place = at + len(opener)
        if tuple(spoken[at:place]) != tuple(opener) or place >= len(spoken) or spoken[place] not in tasks:
            continue
        if openers is _NEEDED and number >= _SURE_NEED and not _to_us(spoken[place : place + 6]):
            continue
        return place
    return 0


def _to_us(spoken: Sequence[str]) -> bool:
    """ "send me a copy", "sign it and send it back"."""
    return bool({"me", "us", "back"} & set(spoken))


def _end(spoken: Sequence[str], at: int) -> int:
    end = at
    while end < len(spoken) and end - at < AT_MOST and spoken[end] not in _ENDS:
        if spoken[end] == "and" and spoken[end + 1 : end + 2] and spoken[end + 1] in _ENDS:
            break
        end += 1
    return end


def _without_now(spoken: Sequence[str]) -> Sequence[str]:
    end = len(spoken)
    while end and spoken[end - 1] in _LEAD_ON:
        end -= 1
    return spoken[:end]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
