"""What the agent promised that outlasts the call, in the agent's words, with its deadline where one was said.

A promise is said outright ("i'll mail you the form"), as what will happen ("a letter will go out tomorrow"), as what
the house does in a stated time ("we turn those around in ten days"), as an offer that the caller accepts ("i can mail
one" / "yes please"), or as what the caller will have ("you'll get a call by friday"). What is done before the call is
over is no promise any more.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from assist.documentation.deadlines import Deadline, deadlines
from assist.documentation.heard import Heard

# How a promise begins; its verb follows.
_OPENERS: tuple[tuple[str, ...], ...] = (
    ("i'll",),
    ("we'll",),
    ("i", "will"),
    ("we", "will"),
    ("then", "i"),
    ("i'm", "going", "to"),
    ("and", "i"),
)
_OPENERS += (("i'm", "gonna"), ("we're", "going", "to"), ("let", "me", "go", "ahead", "and"))
_OFFERS: tuple[tuple[str, ...], ...] = (
    ("i", "can"),
    ("we", "can"),
    ("i", "could"),
    ("want", "me", "to"),
    ("like", "me", "to"),
    ("should", "i"),
)
_ADVERBS = frozenset(
    (
        *("also", "just", "then", "go", "ahead", "and", "myself", "personally", "get", "make", "sure", "to", "still"),
        *("have", "both", "certainly", "definitely", "gladly", "happily", "at", "least"),
    )
)
_VERBS = frozenset(
    (
        *("mail", "send", "email", "e-mail", "call", "check", "resend", "review", "change", "switch", "note", "remail"),
        *("bill", "fix", "file", "submit", "request", "update", "drop", "order", "shoot", "fax", "ask", "print"),
        *("return", "reissue", "correct", "open", "schedule", "process", "forward", "follow", "text", "cancel", "stop"),
        *("waive", "set", "escalate", "refund", "look", "find", "write", "recalculate", "credit", "reverse", "release"),
        *("reach", "notify", "flag", "book", "watch", "post", "adjust", "remove", "overnight", "expedite", "research"),
        *("ring", "contact", "calculate", "close", "start", "pull", "get"),
    )
)
_DOING = {"mailing": "mail", "sending": "send", "emailing": "email", "stopping": "stop", "resending": "resend"}
_DOING |= {"approving": "approve", "ordering": "order", "requesting": "request", "forwarding": "forward"}
_DOING |= {"faxing": "fax", "reissuing": "reissue", "submitting": "submit", "scheduling": "schedule"}
_DONE = {"send": "sent", "mail": "mailed", "email": "emailed", "fax": "faxed", "text": "texted", "note": "noted"}
_DONE |= {"change": "changed", "update": "updated", "file": "filed", "order": "ordered", "set": "set", "fix": "fixed"}
_DONE |= {"resend": "resent", "submit": "submitted", "request": "requested", "correct": "corrected", "reset": "reset"}
_IN_THE_CALL = frozenset(
    ("transfer", "connect", "introduce", "hold", "tell", "explain", "wait", "screen", "notes", "line")
)
_ENDS = frozenset(
    (
        *("but", "so", "because", "which", "if", "unless", "okay", "alright", "now", "anything", "is"),
        *("what", "once", "i'd", "i've", "till"),
    )
)
_NOT_OURS = frozenset(("you'll", "you", "you're", "they'll"))
_TO_YOU = frozenset(("drop", "shoot", "send", "mail", "email", "call", "give", "text", "fax", "get", "ring", "reach"))
_TO_YOU |= {"have", "notify", "contact", "let", "write"}
_WEAK = frozenset(("check", "look", "find", "note", "ask", "get", "correct", "open", "change", "update"))  # need a time
_WEAK |= {"start", "pull", "watch", "close", "calculate", "remove", "print", "post", "adjust"}
_OTHERS = frozenset(("one", "somebody", "someone", "them", "him", "her", "an", "a", "the"))  # whom an agent has do it
_OTHER_CLAUSE = _IN_THE_CALL | {"i'll", "i", "you", "you'll", "then", "we'll", "it", "put"}  # after "and"
_YES = frozenset(("yes", "yeah", "please", "sure", "okay", "yep", "perfect", "ahead", "absolutely", "great", "good"))
_NO = frozenset(("no", "nope", "don't", "rather", "not", "never"))
_HAPPENS = frozenset(("start", "take", "go", "show", "come", "arrive", "be", "stop", "change", "hit"))
_GO_OUT = frozenset(("go", "goes", "going"))
_SENDS = frozenset(
    ("send", "mail", "resend", "order", "print", "reissue", "fax", "email", "remail", "text", "shoot", "e-mail")
)
_STATES = frozenset(  # "we have those in ten days": nothing that is done
    ("have", "had", "was", "were", "am", "are", "see", "show", "know", "think", "can", "could", "would", "need", "want")
)
_LEAD_ON = frozenset(
    ("and", "or", "till", "until", "that", "when", "to", "the", "a", "just", "with", "for", "as", "i'd")
)
_GO_ON = frozenset(("to", "for", "with", "in", "from", "about", "by", "on", "at", "payment", "deposit", "check", "and"))
_GO_ON |= {"morning", "statement", "of"}
AT_MOST = 18  # words of a promise
NEAR = 12  # words after a promise in which its deadline may follow


@dataclass(frozen=True, slots=True)
class Commitment:
    """`text` in the agent's words, said in words `start` to `end` of `heard`; `conditional`: once something is so."""

    text: str
    heard: Heard
    start: int
    end: int
    deadline: Deadline | None = None
    conditional: bool = False

    @property
    def verb(self) -> str:
        return self.text.partition(" ")[0]


def commitments(talk: Sequence[Heard], on: date | None = None, closed: Container[date] = ()) -> tuple[Commitment, ...]:
    """Each promise once, in order; a promise made again with more in it takes the place of the first."""
    found: list[Commitment] = []
    for place, heard in enumerate(talk):
        if heard.speaker != "agent":
            continue
        answer = talk[place + 1].texts if place + 1 < len(talk) else ()
        found = [one for one in found if one.deadline is not None or not _is_done(one, heard.texts)]
        for promise in _promises(heard, deadlines(heard.texts, on, closed), answer):
            if _again(promise, found):
                continue
            same = next((known for known, one in enumerate(found) if _same(one.text, promise.text)), None)
            if same is None:
                found.append(promise)
            elif len(promise.text) > len(found[same].text):
                found[same] = promise
    return tuple(found)


def _again(promise: Commitment, found: Sequence[Commitment]) -> bool:
    """ "it'll go out tomorrow" of what was promised to be sent."""
    unnamed = promise.heard.texts[promise.start] in ("it'll", "that'll")
    return unnamed and promise.verb == "send" and any(one.verb in _SENDS for one in found)


def _promises(heard: Heard, times: Sequence[Deadline], answer: Sequence[str]) -> list[Commitment]:
    spoken = heard.texts
    found: list[Commitment] = []
    at = 0
    while at < len(spoken):
        promise = _outright(heard, times, at) or _happening(heard, times, at) or _habit(heard, times, at)
        promise = promise or _offer(heard, times, at, answer)
        if promise is not None:
            found.append(promise)
            at = max(promise.end, at + 1)
        else:
            at += 1
    return found


def _outright(heard: Heard, times: Sequence[Deadline], at: int) -> Commitment | None:
    begin = _begin(heard.texts, at)
    if begin is None:
        return None
    verb, after = begin
    return _made(heard, times, at, verb, after)


def _made(heard: Heard, times: Sequence[Deadline], at: int, verb: str, after: int) -> Commitment | None:
    """The promise with `verb` whose other words begin at `after`; None where it is over with the call."""
    spoken = heard.texts
    end = _trimmed(spoken, after, _end(spoken, after), times)
    phrase = [verb, *(word for word in _named(spoken, at, after, end) if word != "you")]
    before = spoken[max(at - 5, 0) : at]
    deadline = _deadline(times, at, end, spoken)
    if not _outlasts(phrase, deadline is not None):
        return None
    if deadline is not None and deadline.start >= end:
        phrase += spoken[deadline.start : deadline.end]
    elif deadline is not None and deadline.end <= at:
        phrase += [word for word in spoken[deadline.start : deadline.end] if word not in phrase]
    conditional = bool({"once", "when"} & {*before, *spoken[end : end + 1], *phrase[2:]} or "if" in before)
    return Commitment(" ".join(phrase), heard, at, end, deadline, conditional)


def _named(spoken: Sequence[str], at: int, after: int, end: int) -> Sequence[str]:
    """The words of a promise; "it" by what that was called just before, as in "print a duplicate and mail it"."""
    said = spoken[after:end]
    if said[:1] not in (("it",), ("that",), ("one",)):
        return said
    lead = spoken[max(after - 9, 0) : after - 1]
    start = next(
        (place for place in range(len(lead) - 1, -1, -1) if lead[place] in ("a", "the", "your", "another")), None
    )
    if start is None:
        return said
    noun = list(takewhile(lambda word: word not in _ENDS and word not in ("and", "or", "to", "that"), lead[start:]))
    return (*noun, *said[1:]) if 1 < len(noun) <= 5 else said


def _deadline(times: Sequence[Deadline], start: int, end: int, spoken: Sequence[str]) -> Deadline | None:
    """The one in the promise, else just before it, else soon after it and before the next that is promised."""
    within = [each for each in times if start <= each.start < end]
    if within:
        return within[-1]
    before = [each for each in times if each.end in range(start - 3, start + 1)]
    if before:
        return before[-1]
    after = next((each for each in times if end <= each.start < end + NEAR), None)
    if after is None:
        return None
    between = spoken[end : after.start]
    return after if {"reach", "it", "it'll", "should", "that", "that'll"} & set(between[:4]) or not between else None


def _begin(spoken: Sequence[str], at: int) -> tuple[str, int] | None:
    """The verb of a promise that begins at `at`, and the place after it."""
    if spoken[at] == "i'm" and at + 1 < len(spoken) and spoken[at + 1] in _DOING:
        return _DOING[spoken[at + 1]], at + 2
    if tuple(spoken[at : at + 2]) in (("you'll", "have"), ("you'll", "get")) and at + 3 < len(spoken):
        letter = next((word for word in spoken[at + 2 : at + 5] if word in ("email", "text", "call", "letter")), "")
        return ("send" if letter in ("letter", "text") else letter, at + 2) if letter else None
    for opener in _OPENERS:
        if tuple(spoken[at : at + len(opener)]) != opener:
            continue
        place = _past_adverbs(spoken, at + len(opener))
        if place < len(spoken) and spoken[place] in _VERBS:
            return spoken[place], place + 1
        if (others := _others_will(spoken, at + len(opener))) is not None:
            return others
        if place < len(spoken) and spoken[place] == "put" and "mail" in spoken[place : place + 9]:
            return "mail", place + 1
        if (
            place < len(spoken)
            and spoken[place] == "put"
            and {"note", "request", "order"} & set(spoken[place : place + 5])
        ):
            return "put", place + 1
    return None


def _past_adverbs(spoken: Sequence[str], place: int) -> int:
    while place < len(spoken) and spoken[place] in _ADVERBS and spoken[place] not in _VERBS - {"get"}:
        place += 1
    return place


def _others_will(spoken: Sequence[str], at: int) -> tuple[str, int] | None:
    """ "have one of them call": what somebody else will do."""
    if at + 1 >= len(spoken) or spoken[at] not in ("have", "get") or spoken[at + 1] not in _OTHERS:
        return None
    for place in range(at + 2, min(at + 6, len(spoken))):
        if spoken[place] in _VERBS and spoken[place] not in ("find", "get"):
            return " ".join(("have", *spoken[at + 1 : place + 1])), place + 1
    return None


def _happening(heard: Heard, times: Sequence[Deadline], at: int) -> Commitment | None:
    """ "a letter will go out tomorrow", "it'll start with the march deposit", "the july payment goes to"."""
    spoken = heard.texts
    following = spoken[at + 1 : at + 3]
    if spoken[at] in ("will", "it'll", "that'll") and following[:1] and following[0] in _HAPPENS:
        out = tuple(following) in (("go", "out"), ("go", "in"))
        verb, after = ("send", at + 3) if out else (following[0], at + 2)
    elif spoken[at] in _GO_OUT and following[:1] and following[0] in ("out", "to", "into"):
        verb, after = "send", at + 1 + (following[0] == "out")
    else:
        return None
    end = _trimmed(spoken, after, _end(spoken, after), times)
    near = [each for each in times if at - 8 <= each.start < end]
    if not near or (verb == "be" and not {"mailed", "sent", "there"} & set(spoken[after : after + 2])):
        return None
    subject = _subject(spoken, at)
    if set(subject) & {"you", "i", "they", "we"} or spoken[max(at - 1, 0)] in ("if", "when"):
        return None
    phrase = [verb, *subject, *spoken[after:end]]
    return Commitment(" ".join(phrase), heard, at - len(subject), end, near[-1])


def _subject(spoken: Sequence[str], at: int) -> Sequence[str]:
    """The few words before a verb that say what goes or starts: "a confirmation letter"."""
    if spoken[at] in ("it'll", "that'll"):
        return ()
    for start in range(at - 1, max(at - 7, -1), -1):
        if spoken[start] in ("a", "the", "your", "an"):
            return spoken[start:at]
        if spoken[start] in _ENDS or spoken[start] in ("and", "it", "that"):
            return spoken[start + 1 : at]
    return spoken[max(at - 1, 0) : at]


def _habit(heard: Heard, times: Sequence[Deadline], at: int) -> Commitment | None:
    """ "i turn those around in fifteen business days": what the house does in a stated time."""
    spoken = heard.texts
    if spoken[at] not in ("i", "we") or at + 1 >= len(spoken) or spoken[at + 1] in _STATES:
        return None
    time = next((each for each in times if at + 2 < each.start < at + 9), None)
    if time is None or not {"in", "within", "inside"} & set(spoken[time.start : time.end]):
        return None
    if {"you", "you'll", "but", "i", "i'll", "and", "not", "didn't"} & set(spoken[at + 1 : time.start]):
        return None
    return Commitment(" ".join(spoken[at + 1 : time.end]), heard, at, time.end, time, conditional=True)


def _offer(heard: Heard, times: Sequence[Deadline], at: int, answer: Sequence[str]) -> Commitment | None:
    """ "i can mail you one" that the caller accepts in the next breath."""
    spoken = heard.texts
    opener = next((each for each in _OFFERS if tuple(spoken[at : at + len(each)]) == each), None)
    if opener is None:
        return None
    begin = _past_adverbs(spoken, at + len(opener))
    place = next((each for each in range(begin, min(begin + 6, len(spoken))) if spoken[each] in _VERBS - _WEAK), None)
    if place is None or {"not", "if", "you"} & set(spoken[begin:place]):
        return None
    first = set(answer[:6])
    if not (first & _YES or spoken[place] in first) or (answer[:1] and answer[0] in _NO):
        return None
    others = _others_will(spoken, begin)
    verb, after = others if others is not None else (spoken[place], place + 1)
    return _made(heard, times, at, verb, after)


def _end(spoken: Sequence[str], at: int) -> int:
    """Where the promise ends: at the next clause that is none of it."""
    end = at
    while end < len(spoken) and end - at < AT_MOST:
        word = spoken[end]
        if word in _ENDS and not (word == "now" and end == at):
            break
        if word in _NOT_OURS and end > at + 1 and not (word == "you" and spoken[end - 1] in _TO_YOU):
            break
        following = spoken[end + 1] if end + 1 < len(spoken) else ""
        if word == "and" and following in _OTHER_CLAUSE:
            break
        if word in ("i'll", "i'm", "we'll", "it", "it'll", "that'll") and end > at + 1:
            break
        end += 1
    return end


def _trimmed(spoken: Sequence[str], at: int, end: int, times: Sequence[Deadline]) -> int:
    """The end without words that only lead on, and right after a deadline unless it goes on to say what for."""
    for time in times:
        if at <= time.start and time.end < end and spoken[time.end] not in _GO_ON:
            end = time.end
    while end > at + 1 and spoken[end - 1] in _LEAD_ON:
        end -= 1
    return end


def _outlasts(phrase: Sequence[str], timed: bool) -> bool:
    """A promise, not a thing done while both wait: those with a weak verb need a time."""
    if len(phrase) < 3 or _IN_THE_CALL & set(phrase[:6]) or (phrase[0] == "send" and phrase[1] in ("to", "over")):
        return False
    return phrase[0] not in _WEAK or timed or bool((_VERBS - _WEAK) & set(phrase[1:]))


def _is_done(promise: Commitment, spoken: Sequence[str]) -> bool:
    """Does the agent say later that it is done: "sent it just now"?"""
    done = {_DONE.get(promise.verb), "sent" if promise.verb in _SENDS else None} - {None}
    at = next((place for place, word in enumerate(spoken) if word in done), None)
    if at is None:
        return False
    before, after = spoken[max(at - 2, 0) : at], spoken[at + 1 : at + 2]
    own = not before or bool({"i", "i've", "just", "it's", "that's"} & set(before))
    return own and bool({"it", "that", "just", "you", "the"} & set(after) or not after)


def _same(one: str, other: str) -> bool:
    first, second = one.split(), other.split()
    shared = set(first) & set(second)
    return first[0] == second[0] and len(shared) * 2 > min(len(set(first)), len(set(second)))
