"""What the dialog asks for, what it is told, and what it knows: the contract between the dialog and its drivers.

Drivers are `ivr.session` (a real caller), `ivr.bench` (a terminal, a test) and the tests. Each does an action and
answers with a `Heard`. A secret never comes in here: the driver checks it and reports only the result.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from core.events import Message
from ivr.document.model import Kind, Language, Prompt, Way
from ivr.speaking.values import AnyValue
from records.contact import Consent, Verification

# --- what is said --------------------------------------------------------------------------------


class Line(Message, frozen=True, kw_only=True):
    """One prompt with its values, in the language and at the pace of the action that it is part of.

    `language` where it is another than the action's: each language is offered in its own.
    """

    prompt: Prompt
    language: Language = ""
    values: dict[str, AnyValue] = msgspec.field(default_factory=dict)


class Spoken(Message, frozen=True, kw_only=True, tag=True):
    """The base of actions: lines are joined into one sound. `slow`: this caller wants it slower."""

    lines: tuple[Line, ...] = ()
    language: Language
    slow: bool = False


# --- what the dialog asks for --------------------------------------------------------------------


class Play(Spoken, frozen=True, kw_only=True):
    """Play to the end; only one of `stop_keys` cuts it short. Answered by `Keys` (empty: played through).

    `ahead`: a question follows that these lines belong to. Keys pressed meanwhile answer it: they cut nothing
    short, but are all told in the `Keys` of the end. (STREAM FILE with every key to
    escape, then on from `endpos`.)
    """

    stop_keys: str = ""
    ahead: bool = False


class Words(Message, frozen=True, kw_only=True):
    """What may be said instead of keys: phrases, and the keys that each stands for; or one of the built-in kinds.

    With a `kind` the phrases are the words for a person, which may be said beside it.
    """

    phrases: dict[str, str] = msgspec.field(default_factory=dict)
    kind: Kind | None = None


class Listen(Spoken, frozen=True, kw_only=True):
    """Play, cut short by any key (or by speech), and take up to `most` keys or until `#`.

    Answered by `Keys`, `Said`, or `Nothing` after `wait_s` without either. Without lines it only listens: its question
    was the `Play` before. `sensitive`: the keys are a secret of the document's own; read them as one.
    """

    most: int
    wait_s: float
    words: Words | None = None
    sensitive: bool = False


class Find(Message, frozen=True, kw_only=True, tag=True):
    """Look a member number up. Answered by `Found`."""

    number: str


class Prove(Spoken, frozen=True, kw_only=True):
    """Collect a secret as a sensitive read and check it for the member found last. Answered by `Proved`.

    Knowledge needs two reads: `then` is said before the second (the birth date).
    """

    way: Way
    wait_s: float
    then: tuple[Line, ...] = ()


class Ask(Message, frozen=True, kw_only=True, tag=True):
    """A self-service. Answered by `Served`. `text` inputs only; the driver adds who calls."""

    service: str
    inputs: dict[str, str]


class AskQueue(Message, frozen=True, kw_only=True, tag=True):
    """How a queue stands. Answered by `QueueNow`."""

    queue: str


class KeepPlace(Message, frozen=True, kw_only=True, tag=True):
    """A call back: `place` keeps the caller's place in the queue, else it is for when the queue opens.

    Answered by `Kept`.
    """

    queue: str
    number: str
    place: bool


class Enqueue(Spoken, frozen=True, kw_only=True):
    """Say the lines, then leave the menu for this queue. Ends the dialog."""

    queue: str
    priority: int | None = None
    skills: tuple[str, ...] = ()
    facts: dict[str, str] = msgspec.field(default_factory=dict)


class Dial(Spoken, frozen=True, kw_only=True):
    """Say the lines, then on to an outside number. Answered by `Keys` if nobody answered there; else it is the end."""

    number: str


class HangUp(Spoken, frozen=True, kw_only=True):
    """Say the lines and end the call."""


Action = Play | Listen | Find | Prove | Ask | AskQueue | KeepPlace | Enqueue | Dial | HangUp
ENDS = (Enqueue, HangUp)

# --- what it is told -----------------------------------------------------------------------------


class Keys(Message, frozen=True, kw_only=True, tag=True):
    """Keys without the closing `#`. `ended`: a `#` closed them ("" with it: only `#` was pressed)."""

    digits: str
    ended: bool = False


class Said(Message, frozen=True, kw_only=True, tag=True):
    """Understood as `keys`; `sure` says whether it needs no confirmation. Empty keys: spoken, but not understood."""

    keys: str
    text: str
    sure: bool


class Nothing(Message, frozen=True, kw_only=True, tag=True):
    """Neither keys nor speech in time."""


class MemberFacts(Message, frozen=True, kw_only=True):
    """What a menu may know of a member. No name of a protected one; `first_name` never proves anything."""

    member_id: str
    first_name: str = ""
    relation: str = ""
    language: Language = ""  # remembered; "": none
    protected: bool = False
    minor: bool = False


class Found(Message, frozen=True, kw_only=True, tag=True):
    """`authority`: the number was an authority's access number, by which the caller acts for this member."""

    member: MemberFacts | None
    authority: str = ""


class Proved(Message, frozen=True, kw_only=True, tag=True):
    """`person`, `back`: instead of a secret the caller pressed only `0`, or only `*`; nothing was checked."""

    result: Literal["right", "wrong", "locked", "nothing", "person", "back"]


class Served(Message, frozen=True, kw_only=True, tag=True):
    """A service's outcome with its values. "" : it could not answer (the driver has logged why).

    "unverified": it may not be told or done for whoever calls.
    """

    outcome: str
    values: dict[str, AnyValue] = msgspec.field(default_factory=dict)


class QueueNow(Message, frozen=True, kw_only=True, tag=True):
    """`wait_s` None: not known. `closed`: by announcement, with what is to be said.

    `callback_above_s`: from which wait on a call back is offered, where that was set; None: as the menu says.
    """

    wait_s: float | None = None
    position: int | None = None  # that this caller would have, from 1
    closed: bool = False
    message: dict[Language, str] = msgspec.field(default_factory=dict)
    callback_above_s: float | None = None


class Kept(Message, frozen=True, kw_only=True, tag=True):
    """`reference` "": refused."""

    reference: str


Heard = Keys | Said | Nothing | Found | Proved | Served | QueueNow | Kept

# --- what it knows -------------------------------------------------------------------------------


class Arrival(Message, frozen=True, kw_only=True):
    """The caller as the call arrives. `member` where the calling number belongs to exactly one."""

    number: str = ""
    dialled: str = ""
    member: MemberFacts | None = None
    matches: int = 0


class World(Message, frozen=True, kw_only=True):
    """What holds outside the dialog at the moment of an input. `now` is timezone-aware UTC."""

    now: datetime
    announced: dict[str, dict[Language, str]] = msgspec.field(default_factory=dict)
    """Closures in force: queue ("" for the whole centre) → what is said."""
    levels: dict[str, Verification] = msgspec.field(default_factory=dict)
    """What each self-service asks (`Spec.level`); one that is not named asks the highest."""


class Learnt(Message, frozen=True, kw_only=True):
    """What the dialog knows of its caller; the driver publishes it. `path` in words, never a secret's digits."""

    member: MemberFacts | None = None
    verification: Verification = "none"
    authority: str = ""  # the caller acts for the member by this authority
    consent: Consent = "pending"
    language: Language = ""
    chosen: str = ""
    path: tuple[str, ...] = ()
    version: str = ""  # of the document


class Passed(Message, frozen=True, kw_only=True):
    """A way that was taken: out of this step by this field, as `ivr.document.ways` names it."""

    step: str
    where: tuple[str | int, ...]


class State(Message, frozen=True, kw_only=True):
    """Where the dialog stands. `phase` is the step's own ("confirm", "pin" …)."""

    at: str
    phase: str = ""
    learnt: Learnt
    arrival: Arrival = Arrival()
    pending: tuple[Line, ...] = ()  # said with the next action: one command a step
    tries: int = 0
    unheard: int = 0  # how often speech was not understood in a row: after two only keys
    slow: bool = False
    menus: tuple[str, ...] = ()  # the way back
    return_to: tuple[str, ...] = ()  # steps that sent the caller to identify themselves
    values: dict[str, AnyValue] = msgspec.field(default_factory=dict)
    texts: dict[str, str] = msgspec.field(default_factory=dict)  # values as services and conditions take them
    queue: QueueNow | None = None
    trail: tuple[Passed, ...] = ()  # the ways that the last input led along
    hops: int = 0  # steps since the caller was last heard: a loop without input ends at a person
    authority: str = ""  # the authority whose number was entered, while its own code is not proved
    held: str = ""  # keys that the caller is asked to confirm
    typed: str = ""  # keys pressed before the question was over
    then: Listen | Prove | None = None  # what follows the `Play` of lines that nothing cuts short


def birth_date(keys: str) -> date | None:
    """Eight digits, month, day, year; None for what is no date."""
    try:
        return datetime.strptime(keys, "%m%d%Y").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None
