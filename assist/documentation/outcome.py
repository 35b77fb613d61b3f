"""How a call came out: its resolution, what kind of contact it was, and what has to be sent. Each with its ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assist.advice.directory import Directory
from assist.documentation.commitments import Commitment
from assist.documentation.heard import Heard
from records.contact import Correspondence, Disposition, Medium, Noted, ProposedUpdate, Resolution, Said

# Promises that leave the matter open until they are kept; a letter that confirms what was done leaves nothing open.
_OPEN = frozenset(
    (
        *("call", "check", "review", "file", "request", "ask", "have", "escalate", "research", "follow", "look"),
        *("find", "recalculate", "submit", "notify", "reach", "contact", "ring", "watch", "calculate", "forward"),
    )
)
_REQUESTS = frozenset(("request", "ticket", "order", "trace", "research", "review", "inquiry"))  # that are "put in"
_HANDING = frozenset(("transfer", "connect", "introduce", "patch"))
_HANDED = frozenset(("transferring", "connecting", "introducing", "patching"))
_MOVES = frozenset(("put", "send", "get", "pass", "hand", "walk", "bring", "sending", "putting", "getting", "passing"))
_MOVED = frozenset(("you", "them", "him", "her", "this", "your", "it"))
_FETCHES = frozenset(("get", "bring", "grab", "find", "getting", "bringing", "raise", "reach"))
_COLLEAGUES = frozenset(
    (
        *(
            "specialist",
            "analyst",
            "supervisor",
            "manager",
            "counselor",
            "representative",
            "unit",
            "team",
            "department",
        ),
        *("somebody", "someone", "them", "colleague", "senior", "lead", "counsellor", "expert"),
    )
)
_LATER = frozenset(("call", "calls", "email", "write", "mail", "back", "contact", "reach", "tomorrow", "hear"))
_CONFIRMING = (  # said by an agent who hands over
    *("hold for my", "hold for the", "hold for a", "hang tight", "stay on the line", "hold on for me", "hold the line"),
    *("while i get them", "while i find", "while i bring", "i transfer", "here's the transfer", "one of them on"),
    *("somebody over there", "someone over there", "is on the line", "are on the line", "picking up now"),
)
_ASKING = ("want me to", "would you like", "do you want", "i can", "i could", "should i")
_REFUSALS = (
    "don't transfer",
    "no need",
    "don't need to",
    "i'd rather",
    "i'll call back",
    "not right now",
    "don't want to",
)
# Said by a caller who leaves without what they came for; by an agent who may not or cannot give it.
_LEFT = (
    *(
        "never mind",
        "forget it",
        "i'll call back",
        "i'll have to call",
        "let me call you back",
        "call you back",
        "hanging up",
    ),
    *(
        "think about it",
        "talk to my",
        "talk it over",
        "waste of time",
        "get nowhere",
        "no help",
        "don't have it with me",
    ),
)
_WITHHELD = (
    *(
        "can't release",
        "can't discuss",
        "can't give",
        "can't share",
        "not able to discuss",
        "not allowed to",
        "can't talk",
    ),
    *("call us back", "call back when", "without the", "without that"),
)
_LAST = 5  # turns at the end in which a handing over stands
_MEDIUM: dict[str, Medium] = {"mail": "mail", "send": "mail", "remail": "mail", "overnight": "mail", "email": "email"}
_MEDIUM |= {"e-mail": "email", "text": "text", "fax": "fax", "resend": "mail", "shoot": "email", "drop": "email"}
_MEDIUM |= {"reissue": "mail", "print": "mail", "order": "mail", "forward": "email", "write": "mail"}
_REPORTS = frozenset(("death_report", "complaint"))


@dataclass(frozen=True, slots=True)
class Outcome:
    resolution: Resolution
    said: tuple[Said, ...]


def outcome(
    talk: Sequence[Heard],
    directory: Directory,
    promised: Sequence[Commitment],
    done: Sequence[Noted],
    given: Sequence[ProposedUpdate],
    *,
    transfer: str | None,
) -> Outcome:
    """How it ended; `transfer` is where the call went on to when the telephone system says so."""
    handed = _handed_over(talk, directory)
    if transfer is not None or handed:
        return Outcome("transferred", handed)
    still_open = [each for each in promised if _stays_open(each)]
    if still_open:
        last = still_open[-1]
        return Outcome("follow_up", last.heard.said(last.start, last.end))
    did = bool(promised or done or given)
    if not did and (left := _left(talk)):
        return Outcome("unresolved", left)
    settled = _cued(talk, directory, "agent", ("settles",), len(talk))
    content = _cued(talk, directory, "caller", ("calm", "declines"), 3)
    if did or settled or content:
        ground = settled or content or (done[-1].said if done else ()) or (given[-1].said if given else ())
        return Outcome("resolved", ground)
    return Outcome("unresolved", ())


def _stays_open(promise: Commitment) -> bool:
    if promise.verb == "put":
        return bool(_REQUESTS & set(promise.text.split()))
    return promise.conditional or promise.verb in _OPEN


def _left(talk: Sequence[Heard]) -> tuple[Said, ...]:
    """Where the caller leaves with nothing, or the agent may give them nothing, near the end."""
    for heard in reversed(talk[-_LAST:]):
        text = " ".join(heard.texts)
        if any(phrase in text for phrase in (_LEFT if heard.speaker == "caller" else _WITHHELD)):
            return heard.all_said()
    return ()


def _handed_over(talk: Sequence[Heard], directory: Directory) -> tuple[Said, ...]:
    """Where the agent hands the call on near its end, and the caller does not refuse."""
    places = _place_names(directory)
    for place in range(len(talk) - 1, max(len(talk) - 1 - _LAST, -1), -1):
        heard = talk[place]
        if heard.speaker != "agent":
            continue
        found = _hands_over(heard.texts, places) or _cued(
            talk[place : place + 1], directory, "agent", ("hands_over",), 1
        )
        if found and not (place + 1 < len(talk) and _refuses(heard.texts, talk[place + 1].texts)):
            return heard.all_said()
    return ()


def _place_names(directory: Directory) -> frozenset[tuple[str, str]]:
    """Two words in a row of a destination within the plan: "legal orders", "survivor services"."""
    names = [place.name.lower().split() for place in directory.destinations if place.kind == "internal"]
    return frozenset(pair for name in names for pair in pairwise(name) if "and" not in pair)


def _refuses(offer: Sequence[str], answer: Sequence[str]) -> bool:
    text = " ".join(answer)
    if any(refusal in text for refusal in _REFUSALS):
        return True
    asked = any(words in " ".join(offer) for words in _ASKING)
    return asked and answer[:1] in (("no",), ("nope",), ("nah",)) and answer[1:2] != ("problem",)


def _hands_over(spoken: Sequence[str], places: frozenset[tuple[str, str]]) -> bool:
    """ "let me transfer you", "i'll put you through", "let me get an analyst"; not "i'll have an analyst call you"."""
    text = " ".join(spoken)
    if any(phrase in text for phrase in _CONFIRMING) or _HANDED & set(spoken):
        return True
    for at, word in enumerate(spoken):
        following = spoken[at + 1 : at + 8]
        if not following or _LATER & set(following):
            continue
        whom = bool(_COLLEAGUES & set(following[:5]) or places & set(pairwise(following)))
        if word in _HANDING and (following[0] in _MOVED or whom):
            return True
        moves = word in _MOVES and len(following) > 1 and following[0] in _MOVED
        if moves and (following[1] in ("through", "over") or (following[1] in ("to", "with") and whom)):
            return True
        if word in _FETCHES and whom and following[0] != "you":
            return True
    return False


def _cued(
    talk: Sequence[Heard], directory: Directory, speaker: str, labels: Sequence[str], last: int
) -> tuple[Said, ...]:
    """Where one of the cues `labels` was said by `speaker` in the `last` turns."""
    book = directory.agent_cues if speaker == "agent" else directory.caller_cues
    for heard in reversed(talk[-last:] if last else ()):
        if heard.speaker == speaker:
            for hit in book.find(heard.words):
                if hit.label in labels:
                    return heard.said(hit.start, hit.end)
    return ()


def disposition(
    topics: Sequence[str], promised: Sequence[Commitment], given: Sequence[ProposedUpdate], resolution: Resolution
) -> Disposition:
    """What kind of contact it was: the first of these that is so."""
    if resolution == "transferred":
        return "referral"
    if _REPORTS & set(topics):
        return "report"
    if given:
        return "change"
    if any("call" in each.text.split() for each in promised):
        return "callback"
    if promised:
        return "request"
    return "information" if topics else ""


def correspondence(promised: Sequence[Commitment]) -> tuple[Correspondence, ...]:
    """The letters, e-mails, texts and faxes that were promised."""
    found = []
    for each in promised:
        words = each.text.split()
        medium = next((_MEDIUM[word] for word in words[1:] if word in ("email", "text", "fax")), _MEDIUM.get(words[0]))
        if medium is None or (words[0] == "send" and {"payment", "check", "money"} & set(words)):
            continue
        written = next((place for place, word in enumerate(words) if word in ("email", "text", "fax")), 0)
        first = 1 if words[0] in _MEDIUM else written  # "check it and drop an email": the e-mail
        due = each.deadline.due.isoformat() if each.deadline and each.deadline.due else ""
        found.append(
            Correspondence(
                what=" ".join(words[first:]), medium=medium, due=due, said=each.heard.said(each.start, each.end)
            )
        )
    return tuple(found)
