"""The kinds of steps, as they are written: their fields, each with what it means."""

from __future__ import annotations

import re
from typing import Any, get_args

import yaml

from core.yaml_places import cut, shown
from ivr.document import model
from ivr.document.forms import (
    ByLanguage,
    Context,
    Day,
    Field,
    Flag,
    Form,
    Key,
    Listed,
    Number,
    OneOf,
    Path,
    Record,
    Schema,
    Several,
    Table,
    Target,
    Text,
    Whole,
    Word,
)
from ivr.document.prompts import LANGUAGE, Said

STEP = "step"
MOST_WAIT_S = 60  # longer than that a caller hears nothing
_VALUE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VALUE_WORDS = "a name of lower-case letters, digits and _ that begins with a letter"
_NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]*")


def _need(form: Form[Any], about: str) -> Field:
    return Field(form, about, required=True)


class _Named(Text):
    """A name that this document gives."""

    def __init__(self, pattern: re.Pattern[str], expected: str) -> None:
        super().__init__(expected)
        self._pattern = pattern

    def read(self, context: Context, node: yaml.Node, path: Path) -> str:
        text = super().read(context, node, path)
        if text and not self._pattern.fullmatch(text):
            context.notes.note(node, shown(node), self._what)
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{self._pattern.pattern}$"}


class _Outside(_Named):
    """A telephone number as people write it; kept as digits, with + where it begins with one."""

    def __init__(self) -> None:
        super().__init__(_NUMBER, "a telephone number")

    def read(self, context: Context, node: yaml.Node, path: Path) -> str:
        return re.sub(r"[^+0-9]", "", super().read(context, node, path))

    def schema(self) -> Schema:
        return {"type": ["string", "integer"]}


class _Digits(Form[tuple[int, int]]):
    """How many digits: 8, or 4-8."""

    empty = (1, 20)

    def read(self, context: Context, node: yaml.Node, path: Path) -> tuple[int, int]:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        match = re.fullmatch(r"([0-9]{1,2})(?:\s*-\s*([0-9]{1,2}))?", text)
        least, most = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= least <= most <= 20:
            context.notes.note(node, shown(node), "a number of digits from 1 to 20, as 8 or 4-8")
            return self.empty
        return least, most

    def schema(self) -> Schema:
        pattern = r"^[0-9]{1,2}(\s*-\s*[0-9]{1,2})?$"
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 20}, {"type": "string", "pattern": pattern}]}


class _When(Record[model.Condition]):
    empty = model.Condition()

    def read(self, context: Context, node: yaml.Node, path: Path) -> model.Condition:
        if isinstance(node, yaml.MappingNode) and not node.value:
            context.notes.note(node, "no condition", f"at least one of {', '.join(self.fields)}")
        return super().read(context, node, path)


class _Kept(Text):
    """A text that is kept; `""` takes back what was kept before."""

    def read(self, context: Context, node: yaml.Node, path: Path) -> str:
        if isinstance(node, yaml.ScalarNode) and node.style is not None and not node.value:
            return ""
        return super().read(context, node, path)


class _Values(Table[str]):
    """Texts to keep, by the names of values."""

    def __init__(self) -> None:
        super().__init__(_Kept("a text to keep"), pattern=f"^{_VALUE.pattern}$")

    def read(self, context: Context, node: yaml.Node, path: Path) -> dict[str, str]:
        values = super().read(context, node, path)
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and not _VALUE.fullmatch(key.value):
                context.notes.note(key, cut(key.value), _VALUE_WORDS)
        return values


class _Option(Record[model.Option]):
    """Its `about`, where left out, is that of the step it leads to: see `ivr.document.reading`."""

    def build(self, values: dict[str, Any]) -> model.Option:
        return super().build({"about": "", **values})


class _Step(Record[Any]):
    """What every step has beside its own fields: its kind, and what it is called."""

    def __init__(self, kind: type[model.Step], fields: dict[str, Field], *, about: str) -> None:
        name = kind.__name__.lower()
        super().__init__(
            kind,
            {
                STEP: _need(OneOf((name,), "a kind of step"), "The kind of this step."),
                "about": Field(Text(), "What the desk and the contact call it. Left out: its name."),
                **fields,
            },
            about=about,
        )

    def build(self, values: dict[str, Any]) -> Any:
        return super().build({name: value for name, value in values.items() if name != STEP})


class _Collect(_Step):
    def build(self, values: dict[str, Any]) -> Any:
        least, most = values.pop("digits", _Digits.empty)
        return super().build({**values, "least": least, "most": most})


_SAID, _TARGET, _FLAG = Said(), Target(), Flag()
_VALUE_NAME = _Named(_VALUE, _VALUE_WORDS)
_WAIT = Number(0.5, MOST_WAIT_S)
_NEXT = _need(_TARGET, "Where it goes on: a step, back or person.")
_SAY = _need(_SAID, "What is said.")
_MAY_SAY = Field(_SAID, "What is said.")

TRIES = Record(
    model.Tries,
    {
        "most": Field(Whole(1, 9), "How often the caller is asked, the first time included. Left out: 3."),
        "wait_s": Field(_WAIT, "Seconds to wait for a key after the prompt. Left out: 6."),
        "silent": Field(_SAID, "Said after no input, before asking again."),
        "wrong": Field(_SAID, "Said after wrong input, before asking again."),
        "over": Field(_SAID, "Said after the last try."),
        "next": Field(_TARGET, "Where it goes on after the last try. Left out: person."),
    },
    about="What happens when nothing, or nothing useful, is pressed.",
)
_TRIES = Field(TRIES, TRIES.about)

OPTION = _Option(
    model.Option,
    {
        "about": Field(Text(), "What the desk and the contact call it."),
        "say": Field(_SAID, "Said after the menu's own words, in the order written."),
        "phrases": Field(
            ByLanguage(Several(Text("what a caller may say")), pattern=f"^{LANGUAGE}$"),
            "What a caller may say instead of the key: language, then one text or a list.",
        ),
        "value": Field(_Values(), "Texts to keep by name, for services and conditions."),
        "next": _NEXT,
    },
    about="A way on from the menu.",
    short="next",
)


CONDITION = _When(
    model.Condition,
    {
        "open": Field(Word(), "These hours are open now."),
        "closed": Field(Word(), "These hours are closed now."),
        "announced": Field(_FLAG, "Somebody has closed the centre by announcement."),
        "since": Field(Day(), "From this day on."),
        "until": Field(Day(), "Up to and including this day."),
        "language": Field(Word(), "The caller's language."),
        "dialled": Field(Several(Text("a number")), "The number that was called; one or a list."),
        "known": Field(_FLAG, "The calling number, or the one entered, is one member's."),
        "verified": Field(
            OneOf(("number_match", "knowledge", "pin"), "a verification"), "Verified at least this well."
        ),
        "represented": Field(_FLAG, "The caller acts for the member by an authority on record."),
        "relation": Field(Several(Text("a relation")), "The member's relation to the plan; one or a list."),
        "minor": Field(_FLAG, "The member is a minor."),
        "protected": Field(_FLAG, "The member is protected."),
        "value": Field(
            Table(Text("a value")), "A value that was collected, kept by an option or given by a service is this text."
        ),
    },
    about="Everything that is given must hold.",
)

REPLY = Record(
    model.Reply,
    {"say": Field(_SAID, "What is said, with the values that the service gave."), "next": _NEXT},
    about="What comes of this outcome.",
    short="next",
)

OFFER = Record(
    model.Offer,
    {
        "above_s": _need(Number(0, 7200), "Offered where the wait is longer than this many seconds."),
        "say": _need(_SAID, "Offers it, with {wait}; 1 accepts."),
        "confirm": _need(_SAID, "Said with {number}: 1 that number, 2 another."),
        "number": _need(_SAID, "Asks for another number."),
        "accepted": _need(_SAID, "Said with {reference}."),
        "refused": _need(_SAID, "There is no call back to that number."),
    },
    about="A call back that keeps the caller's place.",
)

STEPS: dict[str, _Step] = {
    "announce": _Step(model.Announce, {"say": _SAY, "next": _NEXT}, about="Says something and goes on."),
    "choose": _Step(
        model.Choose,
        {
            "say": _SAY,
            "keys": _need(Table(Word("a language")), "Key: language."),
            "wait_s": Field(_WAIT, "Seconds to wait for a key. Left out: 4."),
            "next": _NEXT,
        },
        about="Which language, by key.",
    ),
    "consent": _Step(
        model.Consent,
        {
            "say": _SAY,
            "refuse": Field(Key(), "The key that refuses. Left out: 9."),
            "refused": Field(_SAID, "Said to who refused."),
            "next": _NEXT,
        },
        about="The notice that the call is recorded and transcribed. Heard through it is consent.",
    ),
    "menu": _Step(
        model.Menu,
        {
            "say": Field(_SAID, "Said before the options."),
            "options": _need(Table(OPTION), "Key: option. 0 reaches a person and * goes back by themselves."),
            "tries": _TRIES,
            "speech": Field(_FLAG, "May also be said; then every option needs phrases."),
        },
        about="Options by key, at most nine.",
    ),
    "collect": _Collect(
        model.Collect,
        {
            "name": _need(_VALUE_NAME, "The value is kept under this name."),
            "kind": _need(OneOf(get_args(model.Kind), "a kind of value"), "What is asked for."),
            "say": _SAY,
            "digits": Field(_Digits(), "How many digits: 8, or 4-8. Left out: 1-20."),
            "confirm": Field(_SAID, "Said with {value}; then 1 keeps it and 2 asks again."),
            "secret": Field(_FLAG, "Never in a log, an event or the path."),
            "tries": _TRIES,
            "speech": Field(_FLAG, "May also be said."),
            "next": _NEXT,
        },
        about="Asks for something and keeps it.",
    ),
    "identify": _Step(
        model.Identify,
        {
            "number": _need(_SAID, "Asks for the member number."),
            "number_again": _need(_SAID, "Asks for it again."),
            "pin": _need(_SAID, "Asks for the PIN."),
            "pin_again": _need(_SAID, "Asks for it again."),
            "ssn": Field(_SAID, "Asks for the last four digits of the SSN."),
            "birth": Field(_SAID, "Asks for the birth date."),
            "knowledge_again": Field(_SAID, "Asks for both again."),
            "ways": Field(Several(OneOf(get_args(model.Way), "a proof")), "Proofs that are taken. Left out: pin."),
            "tries": _TRIES,
            "verified": _need(_TARGET, "Where it goes on once verified."),
            "unverified": _need(_TARGET, "Where it goes on otherwise."),
            "minor": Field(_TARGET, "Where a minor's account goes on. Left out: person."),
        },
        about="Who calls: a member number, then a proof.",
    ),
    "branch": _Step(
        model.Branch,
        {
            "cases": _need(
                Listed(
                    Record(
                        model.Case,
                        {"when": Field(CONDITION, CONDITION.about, required=True), "next": _NEXT},
                        about="Where it goes on when this holds.",
                    )
                ),
                "Tried in their order; the first that holds decides.",
            ),
            "otherwise": _need(_TARGET, "Where it goes on when none holds."),
        },
        about="Goes on by what holds.",
    ),
    "serve": _Step(
        model.Serve,
        {
            "service": _need(Word("the name of a service"), "The self-service."),
            "using": Field(Table(Text()), "Input: a text, or {name} for a collected value."),
            "outcomes": _need(Table(REPLY), "Every outcome of the service: what is said and where it goes on."),
            "identify": Field(Word("the name of an identify step"), "The step that verifies a caller first."),
            "unverified": Field(_TARGET, "Where a caller goes who then still is not verified. Left out: person."),
            "failed": Field(_TARGET, "Where it goes on when the service cannot answer. Left out: person."),
        },
        about="A self-service.",
    ),
    "queue": _Step(
        model.Queue,
        {
            "queue": _need(Word("the name of a queue"), "Its name in Asterisk."),
            "say": Field(_SAID, "Said before the caller waits."),
            "wait": Field(_SAID, "Said with {position} and {wait}."),
            "priority": Field(Whole(0, 1000), "Higher is sooner."),
            "skills": Field(Several(Text("a skill")), "What the agent has to know."),
            "facts": Field(Table(Text()), "Shown on the agent's desk."),
            "hours": Field(Word(), "Out of these hours it goes on at closed."),
            "closed": Field(_TARGET, "Where it goes on when the queue is closed."),
            "callback": Field(OFFER, OFFER.about),
        },
        about="On to people.",
    ),
    "leave": _Step(
        model.Leave,
        {
            "queue": _need(Word("the name of a queue"), "Its name in Asterisk."),
            **{name: OFFER.fields[name] for name in ("confirm", "number", "accepted", "refused")},
            "next": _NEXT,
        },
        about="A request to be called back when the queue next opens.",
    ),
    "outside": _Step(
        model.Outside,
        {
            "number": _need(_Outside(), "The agency's telephone number."),
            "say": _need(_SAID, "What is said; {number} reads the number out."),
            "failed": Field(_TARGET, "Where it goes on when nobody answers there. Left out: person."),
        },
        about="On to another agency.",
    ),
    "goodbye": _Step(model.Goodbye, {"say": _MAY_SAY}, about="The end."),
}


class AnyStep(Form[model.AnyStep | None]):
    """A mapping whose `step` says which kind it is."""

    empty = None

    def read(self, context: Context, node: yaml.Node, path: Path) -> model.AnyStep | None:
        notes = context.notes
        if not isinstance(node, yaml.MappingNode):
            notes.note(node, shown(node), "a step: a mapping with step and its fields")
            return None
        kinds = [value for key, value in node.value if isinstance(key, yaml.ScalarNode) and key.value == STEP]
        if not kinds:
            notes.note(node, f"no {STEP}", f"its kind, as step: menu; one of {', '.join(STEPS)}")
            return None
        kind = notes.one_of(kinds[0], STEPS, "a kind of step")
        if kind not in STEPS:
            return None
        step: model.AnyStep = STEPS[kind].read(context, node, path)
        return step

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/step"}


STEP_FORM = AnyStep()


def definitions() -> dict[str, Schema]:
    """What the schema calls `step` and `target`."""
    return {
        "target": {"type": "string", "description": "A step, or back (the menu before) or person (the person step)."},
        "step": {"oneOf": [{"title": name, **record.schema()} for name, record in STEPS.items()]},
    }
