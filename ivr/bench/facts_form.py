"""Facts as authors write them in YAML (docs/menus-bench.md), read with every mistake's place, and written again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import yaml

from core.yaml_places import YamlNotes, cut, shown, suggestion
from ivr.bench import values
from ivr.bench.facts import EVERY_NUMBER, EVERYWHERE, FAILED, CallBacks, Facts, Person, Representative
from ivr.dialog.actions import QueueNow, Served
from ivr.self_service.service import Spec
from records.phones import e164

T = TypeVar("T")

SECTIONS = Facts.__struct_fields__
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)
_KEYS = re.compile(r"\d{1,20}", re.ASCII)
_LAST_FOUR = re.compile(r"\d{4}", re.ASCII)
_WAIT = re.compile(r"(\d{1,6}(?:\.\d)?) ?(min|s)", re.ASCII)
_BY_ITSELF = ("unverified", FAILED)  # outcomes that every service has


class FactsForm:
    """Reads facts. `services` None: what they say of services is not checked."""

    def __init__(self, notes: YamlNotes, services: Mapping[str, Spec] | None) -> None:
        self._notes, self._services = notes, services

    def read(self, node: yaml.Node) -> Facts:
        fields = self._notes.mapping(node, optional=SECTIONS)
        parts: dict[str, Any] = {}
        for name, read in self._sections().items():
            if name in fields:
                parts[name] = read(fields[name])
        return Facts(**parts)

    def _sections(self) -> Mapping[str, Callable[[yaml.Node], object]]:
        return {
            "members": lambda node: self._each(node, _NUMBER, "a member number, in digits", self._person),
            "representatives": lambda node: self._each(
                node, _NUMBER, "an access number, in digits", self._representative
            ),
            "services": self._services_of,
            "queues": lambda node: self._each(node, None, "", self._queue),
            "announced": self._announced,
            "callbacks": self._callbacks,
            "unanswered": self._unanswered,
        }

    def _each(
        self, node: yaml.Node, pattern: re.Pattern[str] | None, what: str, read: Callable[[yaml.Node], T]
    ) -> dict[str, T]:
        named: dict[str, T] = {}
        for name, (key, value) in self._notes.entries(node, optional=None).items():
            if pattern is not None and not pattern.fullmatch(name):
                self._notes.note(key, cut(name), what)
            named[name] = read(value)
        return named

    # --- who calls

    def _person(self, node: yaml.Node) -> Person:
        notes = self._notes
        if notes.absent(node):
            return Person()
        fields = notes.mapping(node, optional=Person.__struct_fields__)
        told: dict[str, Any] = {}
        for name, value in fields.items():
            match name:
                case "protected" | "minor":
                    told[name] = notes.flag(value)
                case "locked":
                    told[name] = self._locked(value)
                case "birth":
                    told[name] = values.as_date(notes.text(value))
                    if told[name] is None:
                        notes.note(value, shown(value), "a date as 1950-03-04")
                case "telephone":
                    told[name] = self._telephone(value)
                case "pin" | "ssn":
                    told[name] = self._keys(value, _KEYS if name == "pin" else _LAST_FOUR)
                case _:
                    told[name] = notes.text(value)
        return Person(**told)

    def _locked(self, node: yaml.Node) -> int | None:
        """Wrong proofs until then, or a truth: from the start."""
        if isinstance(node, yaml.ScalarNode) and node.value.isdigit():
            return self._notes.integer(node, most=100)
        return 0 if self._notes.flag(node) else None

    def _representative(self, node: yaml.Node) -> Representative:
        fields = self._notes.mapping(node, required=("member",), optional=("code",))
        return Representative(
            member=self._notes.text(fields["member"]) if "member" in fields else "",
            code=self._keys(fields["code"], _KEYS) if "code" in fields else "",
        )

    def _keys(self, node: yaml.Node, pattern: re.Pattern[str]) -> str:
        text = self._notes.text(node)
        if text and not pattern.fullmatch(text):
            self._notes.note(node, shown(node), "four digits" if pattern is _LAST_FOUR else "digits")
        return text

    def _telephone(self, node: yaml.Node) -> str:
        text = self._notes.text(node)
        if text and e164(text) is None:
            self._notes.note(node, shown(node), "a telephone number as 404-555-0123")
        return text

    # --- what is asked

    def _services_of(self, node: yaml.Node) -> dict[str, tuple[Served, ...]]:
        told: dict[str, tuple[Served, ...]] = {}
        for name, (key, value) in self._notes.entries(node, optional=None).items():
            spec = (self._services or {}).get(name)
            if self._services is not None and spec is None:
                meant = suggestion(name, self._services)
                self._notes.note(key, f"the service {cut(name)}", "a service of Memberline", meant=meant)
            answers = value.value if isinstance(value, yaml.SequenceNode) else [value]
            if not answers:
                self._notes.note(value, "an empty list", "what comes of it")
            told[name] = tuple(self._served(each, spec) for each in answers)
        return told

    def _served(self, node: yaml.Node, spec: Spec | None) -> Served:
        notes = self._notes
        if not isinstance(node, yaml.MappingNode):
            outcome = notes.text(node)
            self._check(node, outcome, {}, spec)
            return Served(outcome="" if outcome == FAILED else outcome)
        fields = notes.mapping(node, optional=None)
        if len(fields) != 1:
            notes.note(node, f"{len(fields)} outcomes", "one outcome with its values, as {scheduled: {amount: $10}}")
            return Served(outcome="")
        [(outcome, given)] = fields.items()
        told = {} if notes.absent(given) else notes.mapping(given, optional=None)
        self._check(node, outcome, told, spec)
        named = {name: values.from_node(notes, value) for name, value in told.items()}
        return Served(outcome="" if outcome == FAILED else outcome, values=named)

    def _check(self, node: yaml.Node, outcome: str, told: Mapping[str, yaml.Node], spec: Spec | None) -> None:
        """An outcome that the service has, with every value that a prompt may name then."""
        if spec is None or not outcome or outcome in _BY_ITSELF:
            return
        if outcome not in spec.outcomes:
            known = (*spec.outcomes, *_BY_ITSELF)
            meant = suggestion(outcome, known)
            self._notes.note(node, f"the outcome {cut(outcome)}", f"one of {', '.join(known)}", meant=meant)
            return
        wanted = spec.outcomes[outcome]
        for name, value in told.items():
            if name not in wanted and not self._notes.absent(value):
                known = tuple(wanted)
                expected = f"one of {', '.join(known)}" if known else f"no value: {outcome} has none"
                self._notes.note(value, f"the value {cut(name)}", expected, meant=suggestion(name, known))
        if missing := [name for name in wanted if name not in told]:
            self._notes.note(node, f"{outcome} without {', '.join(missing)}", "every value that a prompt may name then")

    def _queue(self, node: yaml.Node) -> QueueNow:
        notes = self._notes
        if isinstance(node, yaml.ScalarNode) and not notes.absent(node):
            notes.one_of(node, ("closed",), "how a queue stands")
            return QueueNow(closed=True)
        fields = notes.mapping(node, optional=("wait", "position", "closed"))
        if "closed" in fields:
            return QueueNow(closed=True, message=self._by_language(fields["closed"]))
        return QueueNow(
            wait_s=self._wait(fields["wait"]) if "wait" in fields else None,
            position=notes.integer(fields["position"], least=1, most=10_000) if "position" in fields else None,
        )

    def _wait(self, node: yaml.Node) -> float:
        match = _WAIT.fullmatch(self._notes.text(node))
        if match is None:
            self._notes.note(node, shown(node), "a wait as 12 min or 90 s")
            return 0.0
        return float(match[1]) * (60 if match[2] == "min" else 1)

    def _announced(self, node: yaml.Node) -> dict[str, dict[str, str]]:
        told = self._each(node, None, "", self._by_language)
        return {"" if name == EVERYWHERE else name: texts for name, texts in told.items()}

    def _by_language(self, node: yaml.Node) -> dict[str, str]:
        if not isinstance(node, yaml.MappingNode):
            return {"": self._notes.text(node)}
        return {name: self._notes.text(value) for name, value in self._notes.mapping(node, optional=None).items()}

    def _callbacks(self, node: yaml.Node) -> CallBacks:
        fields = self._notes.mapping(node, optional=("reference", "refused"))
        told: dict[str, Any] = {}
        if "reference" in fields:
            told["reference"] = self._notes.text(fields["reference"])
        if "refused" in fields:
            refused = fields["refused"]
            every = isinstance(refused, yaml.ScalarNode) and refused.value == EVERY_NUMBER
            told["refused"] = (EVERY_NUMBER,) if every else self._telephones(refused)
        return CallBacks(**told)

    def _telephones(self, node: yaml.Node) -> tuple[str, ...]:
        return tuple(self._telephone(each) for each in self._notes.items(node))

    def _unanswered(self, node: yaml.Node) -> tuple[str, ...]:
        return self._notes.texts(node)


# --- written again ----------------------------------------------------------------------------------


def to_plain(facts: Facts) -> dict[str, Any]:
    """Facts as YAML takes them; only what there is. `FactsForm` reads the same facts from it."""
    parts = {
        "members": {number: person_to_plain(person) for number, person in facts.members.items()},
        "representatives": {
            number: {"member": acting.member} | ({"code": acting.code} if acting.code else {})
            for number, acting in facts.representatives.items()
        },
        "services": {
            name: _served(answers[0]) if len(answers) == 1 else [_served(each) for each in answers]
            for name, answers in facts.services.items()
        },
        "queues": {name: _queue(now) for name, now in facts.queues.items()},
        "announced": {name or EVERYWHERE: _texts(texts) for name, texts in facts.announced.items()},
        "callbacks": _callbacks(facts.callbacks),
        "unanswered": list(facts.unanswered),
    }
    return {name: part for name, part in parts.items() if part}


def person_to_plain(person: Person) -> dict[str, Any] | None:
    blank = Person()
    told = {
        name: getattr(person, name)
        for name in Person.__struct_fields__
        if getattr(person, name) != getattr(blank, name)
    }
    if "birth" in told:
        told["birth"] = told["birth"].isoformat()
    return told or None


def _served(served: Served) -> str | dict[str, Any]:
    outcome = served.outcome or FAILED
    if not served.values:
        return outcome
    return {outcome: {name: values.to_plain(value) for name, value in served.values.items()}}


def _queue(now: QueueNow) -> str | dict[str, Any]:
    if now.closed:
        return {"closed": _texts(now.message)} if now.message else "closed"
    told: dict[str, Any] = {}
    if now.wait_s is not None:
        told["wait"] = f"{now.wait_s / 60:g} min" if now.wait_s % 60 == 0 else f"{now.wait_s:g} s"
    if now.position is not None:
        told["position"] = now.position
    return told


def _texts(texts: Mapping[str, str]) -> str | dict[str, str]:
    return texts[""] if set(texts) == {""} else dict(texts)


def _callbacks(calls: CallBacks | None) -> dict[str, Any]:
    if calls is None:
        return {}
    refused: Any = EVERY_NUMBER if calls.refused == (EVERY_NUMBER,) else list(calls.refused)
    return {"reference": calls.reference} | ({"refused": refused} if refused else {})
