"""What the agent promised that outlasts the call, in the agent's words, with its deadline where one was said."""

from __future__ import annotations

from collections.abc import Sequence

from assist.conversation import Turn
from assist.cues import words
from assist.spoken import MONTHS

# How a promise begins; a promise's verb follows.
_OPENERS = (("i'll",), ("we'll",), ("i", "will"), ("we", "will"), ("then", "i"), ("i'm", "going", "to"), ("and", "i"))
_ADVERBS = frozenset(
    (
        *("also", "just", "then", "go", "ahead", "and", "myself", "personally", "get", "make", "sure", "to"),
        *("have",),
    )
)
_VERBS = frozenset(
    (
        *("mail", "send", "email", "e-mail", "call", "check", "resend", "review", "change", "switch", "note"),
        *("bill", "fix", "file", "submit", "request", "update", "drop", "order", "shoot", "fax", "ask"),
        *("return", "reissue", "correct", "open", "schedule", "process", "forward", "follow", "text"),
        *("waive", "set", "escalate", "refund", "look", "find"),
    )
)
_DOING = {"mailing": "mail", "sending": "send", "emailing": "email", "stopping": "stop", "resending": "resend"}
_DOING |= {"approving": "approve", "ordering": "order", "requesting": "request", "forwarding": "forward"}
_IN_THE_CALL = frozenset(
    ("transfer", "connect", "introduce", "hold", "tell", "explain", "wait", "screen", "notes", "line")
)
_ENDS = frozenset(
    (
        *("but", "so", "because", "which", "if", "unless", "okay", "alright", "now", "anything", "is"),
        *("what", "once"),
    )
)
_NOT_OURS = frozenset(("you'll", "you", "you're", "they'll"))
_DEADLINE = frozenset(
    (
        *("today", "tomorrow", "tonight", "afternoon", "morning", "noon", "week", "monday", "tuesday"),
        *("wednesday", "thursday", "friday", "saturday", "days", "day", "hours", "month", "by", "within"),
        *("before",),
        *MONTHS,
    )
)
_WEAK = frozenset(("check", "look", "find", "note", "ask", "get", "correct", "open", "change", "update"))  # need a time
_OTHERS = frozenset(("one", "somebody", "someone", "them", "him", "her", "an", "a", "the"))  # whom an agent has do it
_OTHER_CLAUSE = _IN_THE_CALL | {"i'll", "i", "you", "you'll", "then", "we'll", "it", "put"}  # after "and"
AT_MOST = 18  # words of a promise


def commitments(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Each promise once, in order; a promise made again with more in it takes the place of the first."""
    found: list[str] = []
    for turn in turns:
        if turn.speaker != "agent":
            continue
        for promise in _promises([word.text for word in words(turn.text)]):
            same = next((place for place, known in enumerate(found) if _same(known, promise)), None)
            if same is None:
                found.append(promise)
            elif len(promise) > len(found[same]):
                found[same] = promise
    return tuple(found)


def _promises(spoken: Sequence[str]) -> list[str]:
    promises = []
    at = 0
    while at < len(spoken):
        begin = _begin(spoken, at)
        if begin is None:
            at += 1
            continue
        verb, after = begin
        end = _end(spoken, after)
        phrase = [verb, *(word for word in spoken[after:end] if word != "you")]
        if _outlasts(phrase, spoken[max(at - 5, 0) : at]):
            promises.append(" ".join(phrase))
        at = end
    return promises


def _begin(spoken: Sequence[str], at: int) -> tuple[str, int] | None:
    """The verb of a promise that begins at `at`, and the place after it."""
    if spoken[at] == "i'm" and at + 1 < len(spoken) and spoken[at + 1] in _DOING:
        return _DOING[spoken[at + 1]], at + 2
    if tuple(spoken[at : at + 2]) in (("you'll", "have"), ("you'll", "get")) and at + 3 < len(spoken):
        letter = next((word for word in spoken[at + 2 : at + 5] if word in ("email", "text", "call", "letter")), "")
        return ("send" if letter in ("letter", "text") else letter, at + 2) if letter else None
    if spoken[at] == "will" and at + 2 < len(spoken) and tuple(spoken[at + 1 : at + 3]) == ("go", "out"):
        subject = spoken[max(at - 4, 0) : at]
        start = subject.index("a") if "a" in subject else len(subject) - 1
        return " ".join(("send", *subject[start:])), at + 3
    for opener in _OPENERS:
        if tuple(spoken[at : at + len(opener)]) != opener:
            continue
        place = at + len(opener)
        while place < len(spoken) and spoken[place] in _ADVERBS and spoken[place] not in _VERBS:
            place += 1
        if place < len(spoken) and spoken[place] in _VERBS:
            return spoken[place], place + 1
        if (others := _others_will(spoken, at + len(opener))) is not None:
            return others
        if place < len(spoken) and spoken[place] == "put" and "mail" in spoken[place : place + 9]:
            return "mail", place + 1
    return None


def _others_will(spoken: Sequence[str], at: int) -> tuple[str, int] | None:
    """ "have one of them call": what somebody else will do."""
    if at + 1 >= len(spoken) or spoken[at] not in ("have", "get") or spoken[at + 1] not in _OTHERS:
        return None
    for place in range(at + 2, min(at + 6, len(spoken))):
        if spoken[place] in _VERBS and spoken[place] != "find":
            return " ".join(("have", *spoken[at + 1 : place + 1])), place + 1
    return None


def _end(spoken: Sequence[str], at: int) -> int:
    """Where the promise ends: at the next clause that is none of it."""
    end = at
    while end < len(spoken) and end - at < AT_MOST:
        word = spoken[end]
        if word in _ENDS and not (word == "now" and end == at):
            break
        if word in _NOT_OURS and end > at + 1:
            break
        following = spoken[end + 1] if end + 1 < len(spoken) else ""
        if word == "and" and following in _OTHER_CLAUSE:
            break
        if word in ("i'll", "i'm", "we'll", "it", "it'll", "that'll") and end > at + 1:
            break
        end += 1
    return end


def _outlasts(phrase: Sequence[str], before: Sequence[str]) -> bool:
    """A promise, not a thing done while both wait: those with a weak verb need a time, said in it or just `before`."""
    if len(phrase) < 3 or _IN_THE_CALL & set(phrase[:6]) or (phrase[0] == "send" and phrase[1] in ("to", "over")):
        return False
    return phrase[0] not in _WEAK or bool(_DEADLINE & {*phrase, *before}) or bool((_VERBS - _WEAK) & set(phrase[1:]))


def _same(one: str, other: str) -> bool:
    first, second = one.split(), other.split()
    shared = set(first) & set(second)
    return first[0] == second[0] and len(shared) * 2 > min(len(set(first)), len(set(second)))
