"""A call that was made, as a golden test: from what its contact keeps of it (`ivr.walked`), with everything of the
caller's own made up.

What came of services, queues and proofs becomes facts; what the caller did becomes the lines of the call. Both are then
walked through the version of the menu that the caller met, and what is heard there is what the test asks for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import Problem
from ivr.bench import golden_text, samples
from ivr.bench.doings import Doing, HangsUp, Presses, Says, Waits
from ivr.bench.facts import FAILED, CallBacks, Facts, Given, Person, Representative
from ivr.bench.walk import Walk
from ivr.dialog.actions import Listen, Play, Prove, QueueNow, Served
from ivr.dialog.kinds import NO, YES
from ivr.document.model import Collect, Document, Identify, Leave, Outside, Queue, Serve
from ivr.self_service.service import Spec
from ivr.walked import MASK
from records.contact import Chose, Contact, Walked
from records.phones import e164

_QUEUE = re.compile(r"(\d*),(\d*)")
_PROOFS = ("right", "wrong", "locked", "nothing", "person", "back")
_UNKNOWN_WORDS = "hm hm"  # what no menu listens for


class Did(NamedTuple):
    """One word pair of `ivr.walked`."""

    step: str
    what: str

    @property
    def result(self) -> str:
        """What came of something; "" for what the caller did."""
        return self.what[1:] if self.what.startswith("=") else ""


@dataclass(frozen=True)
class Replayed:
    """`test` as `golden_text` dumps it; `notes`: where the record tells less than the test would need."""

    test: golden_text.Plain
    notes: tuple[str, ...]
    walk: Walk


def replayed(contact: Contact, document: Document, services: Mapping[str, Spec]) -> Replayed:
    """`document` is the version that the caller met. Raises `Problem` where nothing of the visit was kept."""
    visits = [step for step in contact.course if isinstance(step, Walked)]
    if not visits:
        raise Problem("what the caller did in the menu was not kept of this call", place=contact.contact_id)
    did = [Did(*each.split(" ", 1)) for each in visits[0].did]
    path = tuple(step.option for step in contact.course if isinstance(step, Chose))
    given = _given(contact, document, services, did, path)
    walk = Walk(document, given, {name: spec.level for name, spec in services.items()})
    notes = [*_walk(walk, document, did), *_differs(walk, path, several=len(visits) > 1)]
    if len(visits) > 1:
        notes.append("the caller came back into the menu later: this is the first visit only")
    name = f"The call of {given.now:%Y-%m-%d %H:%M}"
    return Replayed(golden_text.of_walk(name, walk), tuple(notes), walk)


def _differs(walk: Walk, path: tuple[str, ...], *, several: bool) -> Iterator[str]:
    """Whether it went the recorded way; of several visits the first is the first part of it."""
    here = walk.learnt.path
    if here == (path[: len(here)] if several else path):
        return
    yield "the path is not the recorded one: something that the record does not tell was otherwise (a closure, say)"
    yield f"recorded: {', '.join(path)}"


# --- what was so ------------------------------------------------------------------------------------


def _given(
    contact: Contact, document: Document, services: Mapping[str, Spec], did: Sequence[Did], path: Sequence[str]
) -> Given:
    local = contact.started_at.astimezone(ZoneInfo(document.zone))
    return Given(
        now=datetime(local.year, local.month, local.day, local.hour, local.minute),  # noqa: DTZ001 - of the document
        calls_from=samples.CALLING if e164(contact.caller_number) else "",
        dialled=contact.dialled,
        facts=Facts(
            members=_members(contact, document, did, path),
            representatives=_representatives(did),
            services=_services(document, services, did),
            queues=_queues(document, did),
            callbacks=_callbacks(document, did),
            unanswered=tuple(
                step.number
                for each in did
                if each.result == "nobody" and isinstance(step := document.steps.get(each.step), Outside)
            ),
        ),
    )


def _members(contact: Contact, document: Document, did: Sequence[Did], path: Sequence[str]) -> dict[str, Person]:
    """One member stands for whomever the call was about. What is known of them shows in what the menu did."""
    named = any(each.result in ("member", "access") for each in did)
    recognised = contact.member_id is not None and not named
    if not named and not recognised:
        return {}
    ways = {way for step in document.steps.values() if isinstance(step, Identify) for way in step.ways}
    results = [each.result for each in did if each.result in ("right", "wrong", "locked")]
    return {
        samples.MEMBER: Person(
            telephone=samples.CALLING if recognised else "",
            pin=samples.PIN,
            ssn=samples.SSN if "knowledge" in ways else "",
            birth=samples.BIRTH if "knowledge" in ways else None,
            protected=any(word.endswith(": by a person only") for word in path),
            minor="a minor's account" in path,
            locked=results.index("locked") if "locked" in results else None,
        )
    }


def _representatives(did: Sequence[Did]) -> dict[str, Representative]:
    if not any(each.result == "access" for each in did):
        return {}
    return {samples.REPRESENTATIVE: Representative(member=samples.MEMBER, code=samples.CODE)}


def _services(document: Document, services: Mapping[str, Spec], did: Sequence[Did]) -> dict[str, tuple[Served, ...]]:
    answers: dict[str, list[Served]] = defaultdict(list)
    for each in did:
        step = document.steps.get(each.step)
        if isinstance(step, Serve) and each.result:
            outcome = "" if each.result == FAILED else each.result
            spec = services.get(step.service)
            names = spec.outcomes.get(outcome, ()) if spec else ()
            answers[step.service].append(Served(outcome=outcome, values=samples.values(names)))
    return {name: tuple(served) for name, served in answers.items()}


def _queues(document: Document, did: Sequence[Did]) -> dict[str, QueueNow]:
    """How each queue stood when it was asked about first."""
    queues: dict[str, QueueNow] = {}
    for each in did:
        step = document.steps.get(each.step)
        if not isinstance(step, Queue) or step.queue in queues:
            continue
        if each.result == "closed":
            queues[step.queue] = QueueNow(closed=True)
        elif (stood := _QUEUE.fullmatch(each.result)) and any(stood.groups()):
            wait, position = stood.groups()
            queues[step.queue] = QueueNow(
                wait_s=float(wait) if wait else None, position=int(position) if position else None
            )
    return queues


def _callbacks(document: Document, did: Sequence[Did]) -> CallBacks | None:
    """Which of the numbers that are made up is refused: they are given in the same order (see `_walk`)."""
    refused: list[str] = []
    number, entered = samples.CALLING, 0
    for each in did:
        if not isinstance(document.steps.get(each.step), Queue | Leave):
            continue
        if MASK in each.what:
            number, entered = _number(each, entered), entered + 1
        elif each.result == "refused":
            refused.append(number)
    return CallBacks(refused=tuple(dict.fromkeys(refused))) if refused else None


# --- what was done ----------------------------------------------------------------------------------


def _walk(walk: Walk, document: Document, did: Sequence[Did]) -> Iterator[str]:
    """Do what was done, as long as the menu goes the recorded way. Yields where it does not."""
    numbers = 0
    for number, each in enumerate(did):
        if walk.over is not None:
            if not each.result:
                yield f"the call is over here before it was in the record, which goes on at {each.step}"
            return
        proof = isinstance(walk.question, Prove) and walk.at == each.step and each.result in _PROOFS
        if each.result and not proof:
            continue  # it is one of the facts
        if walk.at != each.step:
            yield f"the call stands at {walk.at} where the record has {each.step}: the rest is left out"
            return
        if MASK in each.what and isinstance(document.steps[each.step], Queue | Leave):
            keys = _number(each, numbers) + ("#" if each.what.endswith("#") else "")
            doings: list[Doing] = [Presses(keys, entered=True)]
            numbers += 1
        else:
            after = next((later.result for later in did[number + 1 :] if later.result), "")
            doings = list(_doings(walk, document, each, after))
        try:
            for doing in doings:
                walk.do(doing)
        except Problem as problem:
            yield f"the rest is left out: {problem}"
            return
    if walk.over is None:
        walk.do(HangsUp())


def _doings(walk: Walk, document: Document, did: Did, after: str) -> Iterator[Doing]:
    question = walk.question
    if isinstance(question, Prove):
        yield from _proof(question, did.result, access=walk.found_by_access)
    elif did.what == "-":
        yield Waits()
    elif isinstance(question, Play):
        yield Presses(did.what)
    elif did.what[0] in "~?":
        yield _speech(question, walk, did.what[1:], clearly=did.what[0] == "~")
    elif MASK in did.what:
        yield Presses(_entered(document, did, after), entered=True)
    else:
        yield Presses(did.what, entered=len(did.what) > 1)


def _proof(question: Prove, result: str, *, access: bool) -> Iterator[Doing]:
    match result:
        case "nothing":
            yield Waits()
        case "person":
            yield Presses("0")
        case "back":
            yield Presses("*")
        case _ if question.way == "knowledge":
            yield Presses(f"{samples.WRONG_SSN if result == 'wrong' else samples.SSN}#", entered=True)
            yield Presses(f"{samples.BIRTH:%m%d%Y}#", entered=True)
        case "wrong":
            yield Presses(f"{samples.WRONG_PIN}#", entered=True)
        case _:
            yield Presses(f"{samples.CODE if access else samples.PIN}#", entered=True)


def _entered(document: Document, did: Did, after: str) -> str:
    """Keys that are as many, and of the kind that was asked for."""
    count, ended = did.what.count(MASK), did.what.endswith("#")
    step = document.steps[did.step]
    if isinstance(step, Identify):
        known = {"member": samples.MEMBER, "access": samples.REPRESENTATIVE}
        return f"{known.get(after, samples.NO_MEMBER)}#"
    kind = step.kind if isinstance(step, Collect) else "digits"
    keys = "1234567890" * 4
    if kind == "date" and count == 8:
        keys = f"{samples.BIRTH:%m%d%Y}"
    elif kind == "phone" and count >= 10:
        keys = samples.telephone(0)
    return keys[:count] + ("#" if ended else "")


def _number(did: Did, nth: int) -> str:
    """A telephone number of as many keys: one that can be called where it was long enough to be one."""
    count = did.what.count(MASK)
    if count in (10, 11):
        return "1" * (count - 10) + samples.telephone(nth)
    return ("1234567890" * 2)[:count]


def _speech(question: Listen, walk: Walk, keys: str, *, clearly: bool) -> Says:
    words = question.words
    if words is None or not keys:
        return Says(_UNKNOWN_WORDS, clearly)
    phrases = [phrase for phrase, key in words.phrases.items() if key == keys]
    if phrases:
        return Says(phrases[0], clearly)
    if words.kind == "yes_no":
        yes = "sí" if walk.learnt.language[:2] == "es" else "yes"
        return Says({YES: yes, NO: "no"}.get(keys, _UNKNOWN_WORDS), clearly)
    return Says(("1234567890" * 4)[: len(keys)], clearly)
