"""Menu documents built in Python, for tests: a whole small plan, and single steps before a queue of people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from ivr.document.model import (
    BACK,
    PERSON,
    STANDARD,
    Announce,
    AnyStep,
    Branch,
    Case,
    Choose,
    Collect,
    Condition,
    Consent,
    Document,
    Goodbye,
    Hours,
    Identify,
    Leave,
    Menu,
    Offer,
    Option,
    Outside,
    Prompt,
    Queue,
    Reply,
    Say,
    Serve,
    Stretch,
    Weekday,
)
from records.contact import Verification

WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")
OFFICE = Hours(
    days={day: (Stretch(opens=time(8), closes=time(17)),) for day in WEEK},
    holidays={date(2026, 11, 26): "Thanksgiving Day"},
)
NEVER = Hours(days={})
LEVELS: dict[str, Verification] = {
    "office_hours": "none",
    "form_arrived": "knowledge",
    "next_payment": "knowledge",
    "change_address": "pin",
}


def prompt(text: str, *, barge: bool = True) -> Prompt:
    """A text and its Spanish, which is the same with "(es)" behind it."""
    return Prompt(texts={"en": text, "es": f"{text} (es)"}, barge=barge)


def say(*texts: str) -> Say:
    return tuple(prompt(text) for text in texts)


def standard() -> dict[str, Say]:
    """Each says its own name: `[silent]`."""
    return {name: say(f"[{name}]") for name in STANDARD}


def offer(above_s: float = 300.0) -> Offer:
    return Offer(
        above_s=above_s,
        say=say("The wait is {wait}. Press 1 to be called back."),
        confirm=say("We call {number}. 1 yes, 2 another."),
        number=say("Which number?"),
        accepted=say("We will call. Your reference is {reference}."),
        refused=say("We cannot call that number."),
    )


def people(**fields: object) -> Queue:
    """The queue that is the person step of these documents."""
    given: dict[str, object] = {
        "queue": "member_services",
        "say": say("I will connect you."),
        "about": "Member services",
    }
    return Queue(**{**given, **fields})  # type: ignore[arg-type]


def identify(**fields: object) -> Identify:
    given: dict[str, object] = {
        "number": say("Member number?"),
        "number_again": say("Not found. Member number?"),
        "pin": say("PIN?"),
        "pin_again": say("Wrong. PIN?"),
        "ssn": say("Last four?"),
        "birth": say("Birth date?"),
        "knowledge_again": say("Wrong. Last four?"),
        "ways": ("pin", "knowledge"),
        "verified": "main",
        "unverified": "main",
    }
    return Identify(**{**given, **fields})  # type: ignore[arg-type]


def leave(then: str = "bye") -> Leave:
    return Leave(
        queue="member_services",
        about="Call back in the morning",
        confirm=say("We call {number} when we open. 1 yes, 2 another."),
        number=say("Which number?"),
        accepted=say("Noted. Your reference is {reference}."),
        refused=say("We cannot call that number."),
        next=then,
    )


def option(about: str, target: str, *phrases: str) -> Option:
    spoken = {"en": phrases, "es": tuple(f"{phrase} es" for phrase in phrases)} if phrases else {}
    return Option(about=about, say=say(f"For {about}"), phrases=spoken, next=target)


def document(steps: Mapping[str, AnyStep], start: str = "", **fields: object) -> Document:
    """These steps, `main`, `people` and `bye` where they are not among them; starts at the first one given."""
    around: dict[str, AnyStep] = {
        "main": Menu(about="Main menu", say=say("Main menu."), options={"1": option("Anything", "people")}),
        "people": people(),
        "bye": Goodbye(say=say("Goodbye.")),
    }
    given: dict[str, object] = {
        "name": "A test",
        "version": "0123456789abcdef",
        "languages": ("en", "es"),
        "zone": "America/New_York",
        "start": start or next(iter(steps)),
        "person": "people",
        "hours": {"office": OFFICE, "never": NEVER},
        "steps": {**around, **steps},
        "standard": standard(),
    }
    return Document(**{**given, **fields})  # type: ignore[arg-type]


def plan() -> Document:
    """Every kind of step, as a small plan would use them."""
    steps: dict[str, AnyStep] = {
        "welcome": Announce(say=say("Welcome.", "Hello {first_name}.", "{announcement}"), next="language"),
        "language": Choose(
            about="Language",
            say=say("For English, press 1.", "Para español, oprima 2."),
            keys={"1": "en", "2": "es"},
            next="consent",
        ),
        "consent": Consent(
            say=(prompt("This call is recorded.", barge=False),), refused=say("Not recorded."), next="open"
        ),
        "open": Branch(cases=(Case(when=Condition(closed="office"), next="closed"),), otherwise="main"),
        "closed": Announce(say=say("We are closed."), next="leave"),
        "leave": leave(),
        "main": Menu(
            about="Main menu",
            say=say("Main menu."),
            speech=True,
            options={
                "1": option("Payments", "payments", "payments", "my pension check"),
                "2": option("Change of address", "address", "change of address"),
                "3": option("A form", "form", "a form"),
                "4": option("Report of a death", "survivors", "report a death"),
                "5": option("Medicare", "medicare", "medicare"),
                "6": option("Office hours", "hours", "office hours"),
            },
        ),
        "payments": Menu(
            about="Payments menu",
            say=say("Payments."),
            speech=True,
            options={
                "1": option("Next payment", "payment", "next payment"),
                "2": option("Missing payment", PERSON, "missing payment"),
                "9": option("Back", BACK, "go back"),
            },
        ),
        "payment": Serve(
            about="Next payment",
            service="next_payment",
            identify="identify",
            outcomes={
                "known": Reply(say=say("Your payment of {amount} is on {date}."), next="payments"),
                "none": Reply(say=say("No payment is due."), next=PERSON),
            },
        ),
        "address": Serve(
            about="Change of address",
            service="change_address",
            identify="identify",
            outcomes={"asked": Reply(say=say("Your reference is {reference}."), next="main")},
        ),
        "form": Collect(
            name="form",
            about="Which form",
            kind="digits",
            say=say("Which form?"),
            least=2,
            most=4,
            confirm=say("Form {value}."),
            speech=True,
            next="form-arrived",
        ),
        "form-arrived": Serve(
            about="Did my form arrive",
            service="form_arrived",
            using={"form": "{form}"},
            identify="identify",
            outcomes={"yes": Reply(say=say("It arrived."), next="main"), "no": Reply(say=say("Not yet."), next="main")},
        ),
        "hours": Serve(
            about="Office hours",
            service="office_hours",
            outcomes={"told": Reply(say=say("We are here from {opens}."), next="main")},
            failed="main",
        ),
        "identify": identify(),
        "survivors": people(
            about="Survivors",
            queue="survivors",
            priority=10,
            skills=("survivors",),
            facts={"reason": "Report of a death", "form": "{form}"},
        ),
        "medicare": Outside(
            about="Medicare", number="1-800-633-4227", say=say("Medicare is at {number}."), failed="main"
        ),
        "people": people(
            wait=say("You are number {position}. The wait is {wait}."),
            hours="office",
            closed="closed",
            callback=offer(),
        ),
    }
    return document(steps)
