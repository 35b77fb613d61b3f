"""A menu document as values. How it is written in YAML: docs/menus.md; read by `ivr.document.reading`.

Every name in here has been resolved by the reader: `next` is the name of a step, a `Say` holds the prompts themselves.
Two targets are words of the language and no steps: `BACK` (the menu before this one) and `PERSON` (the document's
`person` step). Times are in the document's zone; waits in seconds.
"""

from __future__ import annotations

from datetime import date, time
from typing import Literal

import msgspec

from core.events import Message
from records.contact import Verification

BACK, PERSON = "back", "person"

Language = str  # "en", "es": a key of every prompt's texts
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Prompt(Message, frozen=True, kw_only=True):
    """Something said, by language. `{name}` in a text stands for a value. A recorded file wins over synthesis.

    `barge`: a key may cut it short. Recorded files are paths from the document's folder.
    """

    texts: dict[Language, str]
    recorded: dict[Language, str] = msgspec.field(default_factory=dict)
    barge: bool = True


Say = tuple[Prompt, ...]


class Stretch(Message, frozen=True, kw_only=True):
    """Open from `opens` up to, not including, `closes`."""

    opens: time
    closes: time


class Hours(Message, frozen=True, kw_only=True):
    """When something is open. A holiday is closed all day; `special` days have hours of their own (empty: closed)."""

    days: dict[Weekday, tuple[Stretch, ...]]
    holidays: dict[date, str] = msgspec.field(default_factory=dict)
    special: dict[date, tuple[Stretch, ...]] = msgspec.field(default_factory=dict)


class Condition(Message, frozen=True, kw_only=True):
    """Everything that is given must hold."""

    open: str | None = None  # these hours are open now
    closed: str | None = None  # these hours are closed now
    announced: bool | None = None  # somebody has closed the centre (or this call's queue) by announcement
    since: date | None = None  # from this day on
    until: date | None = None  # up to and including this day
    language: Language | None = None
    dialled: tuple[str, ...] = ()
    known: bool | None = None  # the calling number, or an entered one, is one member's
    verified: Verification | None = None  # at least this well
    represented: bool | None = None  # the caller acts for the member by an authority on record
    relation: tuple[str, ...] = ()
    minor: bool | None = None
    protected: bool | None = None
    value: dict[str, str] = msgspec.field(default_factory=dict)  # a collected or served value, as text


# --- steps: each is one thing that a caller meets ------------------------------------------------


class Step(Message, frozen=True, kw_only=True, tag_field="step", tag=str.lower):
    """`about` is what the desk and the contact call it; empty: its name."""

    about: str = ""


class Announce(Step, frozen=True, kw_only=True):
    """Say something and go on."""

    say: Say
    next: str


class Choose(Step, frozen=True, kw_only=True):
    """Which language: by key. Whoever presses nothing has the document's first, or the one remembered for them.

    With one prompt for each of the keys, in their order, each is said in its own language.
    """

    say: Say
    keys: dict[str, Language]
    wait_s: float = 4.0
    next: str


class Consent(Step, frozen=True, kw_only=True):
    """The notice that the call is recorded and transcribed. Heard through: given; `refuse` pressed: refused."""

    say: Say
    refuse: str = "9"
    refused: Say = ()
    next: str


class Option(Message, frozen=True, kw_only=True):
    """A way on from a menu. `phrases` are what a caller may say instead of the key."""

    about: str
    say: Say = ()
    phrases: dict[Language, tuple[str, ...]] = msgspec.field(default_factory=dict)
    value: dict[str, str] = msgspec.field(default_factory=dict)  # kept by these names, for services and conditions
    next: str


class Tries(Message, frozen=True, kw_only=True):
    """What happens when nothing, or nothing useful, is pressed. `most` counts the first time."""

    most: int = 3
    wait_s: float = 6.0
    silent: Say = ()  # said after no input, before asking again
    wrong: Say = ()  # said after wrong input, before asking again
    over: Say = ()  # said after the last try
    next: str = PERSON


class Menu(Step, frozen=True, kw_only=True):
    """Options by key, at most nine. `0` reaches a person and `*` goes back, unless options of their own say otherwise.

    What is said is `say`, then every option's own `say` in the order of the document.
    """

    say: Say = ()
    options: dict[str, Option]
    tries: Tries = Tries()
    speech: bool = False  # may also be said


Kind = Literal["digits", "date", "amount", "phone", "yes_no"]


class Collect(Step, frozen=True, kw_only=True):
    """Asks for something and keeps it as the value `name`. Dates are keyed as month, day, year (eight digits).

    `confirm` is said with the value, then 1 keeps it and 2 asks again.
    """

    name: str
    kind: Kind
    say: Say
    least: int = 1  # digits
    most: int = 20
    confirm: Say = ()
    secret: bool = False
    tries: Tries = Tries()
    speech: bool = False
    next: str


Way = Literal["pin", "knowledge"]  # knowledge: last four of the SSN and the birth date


class Identify(Step, frozen=True, kw_only=True):
    """Who calls: a member number, then a proof. Whoever presses only `#` at the number goes on `unverified`.

    With `represented` a caller may say (key) that they act for a member: they are asked for the member's number and
    their own access code instead of the member's secrets.
    """

    number: Say
    number_again: Say
    pin: Say
    pin_again: Say
    ssn: Say = ()
    birth: Say = ()
    knowledge_again: Say = ()
    ways: tuple[Way, ...] = ("pin",)
    tries: Tries = Tries()
    verified: str
    unverified: str
    minor: str = PERSON  # a minor's account has no self-service


class Case(Message, frozen=True, kw_only=True):
    when: Condition
    next: str


class Branch(Step, frozen=True, kw_only=True):
    """The first case that holds decides."""

    cases: tuple[Case, ...]
    otherwise: str


class Reply(Message, frozen=True, kw_only=True):
    """What is said, with the values that the service gave, and where it goes on."""

    say: Say = ()
    next: str


class Serve(Step, frozen=True, kw_only=True):
    """A self-service step. `using` gives the service its inputs: a literal, or `{name}` for a collected value.

    A caller not verified as well as the service asks is sent to `identify` and comes back; who then still is not goes
    on to `unverified`. `failed` is for a service that could not answer.
    """

    service: str
    using: dict[str, str] = msgspec.field(default_factory=dict)
    outcomes: dict[str, Reply]
    identify: str = ""
    unverified: str = PERSON
    failed: str = PERSON


class Offer(Message, frozen=True, kw_only=True):
    """A call back that keeps the caller's place, offered where the wait is longer than `above_s`."""

    above_s: float
    say: Say  # with {wait} in minutes; 1 accepts
    confirm: Say  # with {number}: 1 that number, 2 another
    number: Say  # asks for another number
    accepted: Say  # with {reference}
    refused: Say  # no call back to that number: not one that we may dial, or one that waits already


class Queue(Step, frozen=True, kw_only=True):
    """On to people. `closed` is where it goes on when the queue is closed by hours or announcement."""

    queue: str
    say: Say = ()
    wait: Say = ()  # with {position} and {wait} in minutes, said when both are known
    priority: int | None = None
    skills: tuple[str, ...] = ()
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    hours: str = ""
    closed: str = ""
    callback: Offer | None = None


class Leave(Step, frozen=True, kw_only=True):
    """A request to be called back, outside hours or instead of waiting: which number, then the next morning."""

    queue: str
    confirm: Say
    number: Say
    accepted: Say
    refused: Say
    next: str


class Outside(Step, frozen=True, kw_only=True):
    """On to another agency's number, which is also read out; `failed` when it does not answer."""

    number: str
    say: Say
    failed: str = PERSON


class Goodbye(Step, frozen=True, kw_only=True):
    """The end."""

    say: Say = ()


AnyStep = Announce | Choose | Consent | Menu | Collect | Identify | Branch | Serve | Queue | Leave | Outside | Goodbye


class Document(Message, frozen=True, kw_only=True):
    """A whole menu. `person` names the step that every failure and every `0` leads to: a `Queue`.

    `version` is a hash of all that was read (16 hexadecimal digits).
    """

    name: str
    version: str
    languages: tuple[Language, ...]
    zone: str
    start: str
    person: str
    slow: float = 0.8  # the pace of whoever pressed `*`
    hours: dict[str, Hours] = msgspec.field(default_factory=dict)
    steps: dict[str, AnyStep]
    standard: dict[str, Say]  # the prompts that the dialog itself needs, by name: see STANDARD


# The names of prompts that every document has: built in (ivr/document/standard.yaml), and its own where it says so.
STANDARD = (
    "silent",  # nothing was pressed
    "wrong",  # that is none of the choices
    "over",  # too many tries: a person will help
    "sorry",  # a failure of ours
    "yes_no",  # 1 for yes, 2 for no
    "confirm_keys",  # 1 if that is right, 2 to enter it again
    "locked",  # too many failed proofs: a person will help
    "moment",  # while something is looked up for long
    "nobody",  # nobody can take the call now
)

# The values that every text may name. A prompt is left out where what it names is not there: no name to be said (nobody
# known, a protected member, a minor, somebody who acts for a member), no closure announced.
ALWAYS = ("first_name", "announcement")
