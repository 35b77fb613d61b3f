"""What stands in for the world in a call without a telephone: members, services, queues, as somebody made them up.

All of it is invented. Numbers and secrets in here are no member's, so they may be shown and written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from core.errors import Problem
from core.events import Message
from ivr.dialog.actions import Arrival, Found, KeepPlace, Kept, MemberFacts, QueueNow, Served, birth_date
from ivr.document.model import Language, Way
from records.phones import e164

EVERYWHERE = "everywhere"  # as authors write what the model calls the queue ""
FAILED = "failed"  # the outcome of a service that could not answer
EVERY_NUMBER = "all"
DEFAULT_NOW = datetime(2026, 3, 10, 10)  # noqa: DTZ001 - a Tuesday, in the zone of whatever document is tried


class Person(Message, frozen=True, kw_only=True):
    """A member. A proof that is "" or None is one that they do not have: whatever is entered is wrong."""

    first_name: str = ""
    relation: str = ""
    language: Language = ""
    telephone: str = ""
    pin: str = ""
    ssn: str = ""  # its last four digits
    birth: date | None = None
    protected: bool = False
    minor: bool = False
    locked: int | None = None  # after so many wrong proofs; 0: from the start


class Representative(Message, frozen=True, kw_only=True):
    """Somebody who acts for a member, by a code of their own."""

    member: str  # the member's number
    code: str = ""


class CallBacks(Message, frozen=True, kw_only=True):
    """What becomes of a wish to be called back. `refused`: numbers that are not called, or `EVERY_NUMBER`."""

    reference: str = "CB7"
    refused: tuple[str, ...] = ()


class Facts(Message, frozen=True, kw_only=True):
    """Everything by its name. A service's answers are given one after the other, the last one again and again."""

    members: dict[str, Person] = msgspec.field(default_factory=dict)
    representatives: dict[str, Representative] = msgspec.field(default_factory=dict)
    services: dict[str, tuple[Served, ...]] = msgspec.field(default_factory=dict)
    queues: dict[str, QueueNow] = msgspec.field(default_factory=dict)
    announced: dict[str, dict[Language, str]] = msgspec.field(default_factory=dict)  # "": the whole centre
    callbacks: CallBacks | None = None
    unanswered: tuple[str, ...] = ()  # outside numbers


class Given(Message, frozen=True, kw_only=True):
    """How a call arrives, and what is so. `now` has no zone: it is in the document's.

    `language` is what the caller chooses where they are asked; "" leaves it to them.
    """

    now: datetime = DEFAULT_NOW
    calls_from: str = ""
    dialled: str = ""
    language: Language = ""
    facts: Facts = Facts()


class Unsaid(Problem):
    """The call asks a service of which the facts say nothing."""

    def __init__(self, service: str) -> None:
        super().__init__(
            f"the service {service!r} is asked, and the facts say nothing of it",
            remedy=f"Add what comes of it under facts, services, {service}",
        )
        self.service = service


def merged(general: Facts, special: Facts) -> Facts:
    """`special` adds to `general`, and replaces what has the same name."""
    parts: dict[str, object] = {}
    for name in Facts.__struct_fields__:
        both = getattr(general, name), getattr(special, name)
        parts[name] = {**both[0], **both[1]} if isinstance(both[0], dict) else both[1] or both[0]
    return Facts(**parts)  # type: ignore[arg-type] # each part is what it was


def arrival(given: Given) -> Arrival:
    """The caller as the call arrives: known where the calling number is exactly one member's."""
    known = e164(given.calls_from)
    matches = [
        number
        for number, person in given.facts.members.items()
        if known is not None and e164(person.telephone) == known
    ]
    member = member_facts(given.facts, matches[0]) if len(matches) == 1 else None
    return Arrival(number=known or given.calls_from, dialled=given.dialled, member=member, matches=len(matches))


def member_facts(facts: Facts, number: str) -> MemberFacts:
    """What a menu may know of a member. Here the number is the id too."""
    person = facts.members[number]
    return MemberFacts(
        member_id=number,
        first_name="" if person.protected else person.first_name,
        relation=person.relation,
        language=person.language,
        protected=person.protected,
        minor=person.minor,
    )


def find(facts: Facts, number: str) -> Found:
    if number in facts.members:
        return Found(member=member_facts(facts, number))
    acting = facts.representatives.get(number)
    if acting is None or acting.member not in facts.members:
        return Found(member=None)
    return Found(member=member_facts(facts, acting.member), authority=number)


def prove(
    facts: Facts, found: Found, way: Way, entered: tuple[str, ...], wrong: int = 0
) -> Literal["right", "wrong", "locked", "nothing"]:
    """Whether what was entered proves whom the number named, after so many `wrong` proofs in this call."""
    if found.member is None:
        return "wrong"
    person = facts.members[found.member.member_id]
    if person.locked is not None and wrong >= person.locked:
        return "locked"
    if found.authority:
        right = entered == (facts.representatives[found.authority].code,)
    elif way == "pin":
        right = entered == (person.pin,)
    else:
        last_four, birth = entered
        right = last_four == person.ssn and person.birth is not None and birth_date(birth) == person.birth
    return "right" if right else "wrong"


def serve(facts: Facts, service: str, asked: Mapping[str, int]) -> Served:
    """What comes of a service; `asked` counts how often each was asked before. Raises `Unsaid`."""
    answers = facts.services.get(service)
    if not answers:
        raise Unsaid(service)
    return answers[min(asked.get(service, 0), len(answers) - 1)]


def queue_now(facts: Facts, queue: str) -> QueueNow:
    return facts.queues.get(queue, QueueNow())


def keep(facts: Facts, wish: KeepPlace) -> Kept:
    calls = facts.callbacks or CallBacks()
    refused = EVERY_NUMBER in calls.refused or wish.number in {e164(number) or number for number in calls.refused}
    return Kept(reference="" if refused else calls.reference)


def answered(facts: Facts, number: str) -> bool:
    """Whether somebody at this outside number takes the call."""
    return same_number(number) not in {same_number(each) for each in facts.unanswered}


def same_number(number: str) -> str:
    """A telephone number so that two ways to write it are equal."""
    return e164(number) or "".join(key for key in number if key.isdigit())


def with_service(facts: Facts, service: str, served: Served) -> Facts:
    """These facts with one more answer of a service."""
    answers = (*facts.services.get(service, ()), served)
    return replace(facts, services={**facts.services, service: answers})
