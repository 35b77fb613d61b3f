"""Callers who do anything: answers to each action by chance, and what must hold whatever they do."""

from __future__ import annotations

from datetime import date
from random import Random

from calls import CHILD, HIDDEN, MOBILE, NIGHT, NOON, PAUL, ROSE
from documents import LEVELS

from ivr.dialog import advance, begin
from ivr.dialog.actions import (
    ENDS,
    Action,
    Arrival,
    Ask,
    AskQueue,
    Dial,
    Find,
    Found,
    Heard,
    KeepPlace,
    Kept,
    Keys,
    Listen,
    Nothing,
    Play,
    Prove,
    Proved,
    QueueNow,
    Said,
    Served,
    Spoken,
    State,
    World,
)
from ivr.document.model import Document
from ivr.speaking.values import AnyValue, Clock, Day, Digits, Money

MEMBERS = (ROSE, PAUL, HIDDEN, CHILD)
WORLDS = tuple(
    World(now=now, announced=announced, levels=LEVELS)
    for now in (NOON, NIGHT)
    for announced in ({}, {}, {"": {"en": "Closed.", "es": "Cerrado."}}, {"survivors": {"en": "Busy."}})
)
OUTCOMES = ("", "known", "none", "asked", "yes", "no", "told", "unverified", "something else")
VALUES: dict[str, AnyValue] = {
    "amount": Money(cents=120050),
    "date": Day(day=date(2026, 12, 1)),
    "reference": Digits(digits="R77"),
    "opens": Clock(time=NOON.time()),
}
MOST_STEPS = 400  # far beyond any call that ends


def anything(chance: Random) -> Heard:
    """What any action may be answered with, fitting or not."""
    return chance.choice(
        (
            Keys(digits="".join(chance.choices("0123456789*", k=chance.randint(0, 12))), ended=chance.random() < 0.3),
            Keys(digits=chance.choice("0123456789*")),
            Said(keys=chance.choice(("", "0", "1", "2", "3", "1234")), text="words", sure=chance.random() < 0.5),
            Nothing(),
            Found(member=chance.choice((None, *MEMBERS)), authority=chance.choice(("", "", "a7"))),
            Proved(result=chance.choice(("right", "wrong", "locked", "nothing", "person", "back"))),
            Served(outcome=chance.choice(OUTCOMES), values=VALUES if chance.random() < 0.7 else {}),
            QueueNow(
                wait_s=chance.choice((None, 30.0, 900.0)),
                position=chance.choice((None, 3)),
                closed=chance.random() < 0.2,
            ),
            Kept(reference=chance.choice(("", "CB7"))),
        )
    )


def fitting(chance: Random, action: Action) -> Heard:
    """An answer of the kind that this action asks for."""
    wanted: tuple[type, ...]
    match action:
        case Play() | Dial():
            return Keys(digits=chance.choice(("", "", action.stop_keys if isinstance(action, Play) else "")))
        case Find():
            wanted = (Found,)
        case Prove():
            wanted = (Proved,)
        case Ask():
            wanted = (Served,)
        case AskQueue():
            wanted = (QueueNow,)
        case KeepPlace():
            wanted = (Kept,)
        case Listen() if chance.random() < 0.6:
            length = 1 if action.most == 1 else min(action.most, chance.choice((4, 8, 10)))
            return Keys(digits="".join(chance.choices("123456", k=length)), ended=length > 1)
        case _:
            wanted = (Keys, Said, Nothing)
    while not isinstance(heard := anything(chance), wanted):
        pass
    return heard


def silent(action: Action) -> Heard:
    """A caller who does nothing more, on a day on which nothing works."""
    match action:
        case Listen():
            return Nothing()
        case Find():
            return Found(member=None)
        case Prove():
            return Proved(result="nothing")
        case Ask():
            return Served(outcome="")
        case AskQueue():
            return QueueNow()
        case KeepPlace():
            return Kept(reference="")
        case _:
            return Keys(digits="")


class Walk:
    """One caller through a document: by chance for a while, then silent, to the end. Checks every step on the way."""

    def __init__(self, document: Document, chance: Random, *, steps: int, odd: float = 0.1) -> None:
        self.document, self.chance = document, chance
        self.world = chance.choice(WORLDS)
        self.proved: str = ""  # the member for whom the last right proof was
        self.entered: list[str] = []
        member = chance.choice((None, None, *MEMBERS))
        arrival = Arrival(number=chance.choice((MOBILE, "", "anonymous")), member=member, matches=1 if member else 0)
        self.before: Action | None = None
        self.state, self.action = begin(document, arrival, self.world)
        self.visited = {self.state.at}
        self.check()
        self.taken = 0
        while not isinstance(self.action, ENDS):
            assert self.taken < MOST_STEPS, f"no end in sight: {self.state}"
            lively = self.taken < steps
            heard = anything(chance) if lively and chance.random() < odd else None
            self.hear(heard or (fitting(chance, self.action) if lively else silent(self.action)))
            self.taken += 1

    def hear(self, heard: Heard) -> None:
        self.before = self.action
        if isinstance(self.action, Prove) and heard == Proved(result="right") and self.state.learnt.member:
            self.proved = self.state.learnt.member.member_id
        if isinstance(heard, Keys | Said):
            self.entered.append(heard.digits if isinstance(heard, Keys) else heard.keys)
        self.state, self.action = advance(self.document, self.state, heard, self.world)
        self.visited.add(self.state.at)
        self.check()

    def check(self) -> None:
        self.check_sound()
        self.check_consent()
        self.check_member(self.state)
        path = " ".join(self.state.learnt.path)
        assert not [keys for keys in self.entered if len(keys) > 2 and keys in path]

    def check_sound(self) -> None:
        """Nobody waits in silence: an action that the caller waits in says something, or its question was just said."""
        if isinstance(self.action, Play | Listen | Prove | Dial):
            assert self.action.lines or isinstance(self.before, Play), self.action

    def check_consent(self) -> None:
        if isinstance(self.action, Listen) and self.state.learnt.consent != "given":
            assert self.action.words is None

    def check_member(self, state: State) -> None:
        member, learnt = state.learnt.member, state.learnt
        if learnt.verification in ("knowledge", "pin"):
            assert member is not None
            assert member.member_id == self.proved
        if learnt.authority:
            assert learnt.verification == "pin"
        if isinstance(self.action, Ask) and self.world.levels.get(self.action.service) != "none":
            assert member is not None
            assert not member.protected
            assert not member.minor
        if isinstance(self.action, Spoken):
            named = [line for line in self.action.lines if "first_name" in line.values]
            assert not named or (member is not None and not member.protected and not member.minor)
