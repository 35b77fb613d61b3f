"""Golden tests from their YAML (docs/menus-bench.md): everything that is wrong with a file, and its tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from os.path import normpath
from pathlib import Path
from typing import get_args

import yaml

from core.errors import Problem
from core.yaml_places import Finding, Place, Unreadable, YamlNotes, compose, cut, read_text, shown, suggestion
from ivr.bench.doings import Doing, HangsUp, Presses, Says, SetsClock, Waits
from ivr.bench.facts import DEFAULT_NOW, EVERYWHERE, Facts, Given, merged
from ivr.bench.facts_form import FactsForm
from ivr.bench.golden import GOODBYE, HANGS_UP, Golden, Hears, HearsNot, Line, Wanted
from ivr.document.model import Document, Leave, Queue
from ivr.self_service.service import Spec
from records.contact import Consent, Verification

SUFFIX = ".test.yaml"
MOST_WAITS = 20
FIELDS = ("document", "facts")  # beside the tests
OPTIONAL = ("now", "calls_from", "dialled", "language", "facts", "ends", "learnt")
LINES = ("hears", "hears_not", "presses", "enters", "says", "mumbles", "waits", "at", "hangs_up")
ALONE = ("waits", "hangs_up")  # lines that are a word by themselves
QUEUE_ENDS = ("priority", "skills", "facts")
LEARNT = ("verified", "consent", "language", "member", "chosen", "path")
WHEN_WORDS = "a day and a time of the 24-hour clock, as 2026-11-24 10:00"
_KEYS = re.compile(r"[0-9*#]{1,40}")
_WHEN = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d{1,2}):(\d\d)", re.ASCII)

OpenDocument = Callable[[Path | None], Document | None]


@dataclass(frozen=True)
class Suite:
    """A file of tests. `document` is the path that it names; findings are in the order of the file.

    `facts` are those that hold in all its tests.
    """

    path: Path
    document: Path | None = None
    tests: tuple[Golden, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Facts = field(default_factory=Facts)


def files(path: Path) -> list[Path]:
    """The test files at a path: itself, or all in that folder and below. Raises `Problem` where there is none."""
    if path.is_file():
        return [path]
    found = sorted(path.rglob(f"*{SUFFIX}"))
    if not found:
        raise Problem(f"no file called *{SUFFIX} is here", place=str(path), remedy="Name a folder or a file of tests")
    return found


def read(path: Path, services: Mapping[str, Spec] | None, open_document: OpenDocument) -> Suite:
    """`open_document` gives the document by the path that the file names (None: it names none), or another.

    Where it gives none, what tests say of a document's names is not checked.
    """
    try:
        root = compose(str(path), read_text(path))
    except Unreadable as unreadable:
        return Suite(path, findings=(unreadable.finding,))
    except Problem as problem:
        return Suite(path, findings=(Finding(Place(str(path)), f"a file that {problem.what}", "golden tests"),))
    reading = _Reading(path, services)
    return reading.whole(root, open_document)


class _Reading:
    def __init__(self, path: Path, services: Mapping[str, Spec] | None) -> None:
        self._path, self._notes = path, YamlNotes()
        self._facts = FactsForm(self._notes, services)
        self._document: Document | None = None

    def whole(self, root: yaml.Node, open_document: OpenDocument) -> Suite:
        notes = self._notes
        fields = notes.mapping(root, required=("tests",), optional=FIELDS)
        named = notes.text(fields["document"]) if "document" in fields else ""
        path = Path(normpath(self._path.parent / named)) if named else None
        self._document = open_document(path)
        general = self._read_facts(fields["facts"]) if "facts" in fields else Facts()
        tests: list[Golden] = []
        for node in notes.items(fields["tests"]) if "tests" in fields else ():
            tests.append(self._test(node, general))
        if "facts" in fields:
            members = {number for test in tests for number in test.given.facts.members}
            self._represented(fields["facts"], general, {*general.members, *members})
        if "tests" in fields and not tests:
            notes.note(fields["tests"], shown(fields["tests"]), "at least one test")
        names: set[str] = set()
        for test in tests:
            if test.name and test.name in names:
                notes.findings.append(Finding(test.place, f"the test {cut(test.name)} twice", "another name"))
            names.add(test.name)
        order = sorted(notes.findings, key=lambda each: (each.place.line, each.place.column))
        return Suite(self._path, path, tuple(tests), tuple(dict.fromkeys(order)), general)

    def _test(self, node: yaml.Node, general: Facts) -> Golden:
        notes = self._notes
        fields = notes.mapping(node, required=("name", "call"), optional=OPTIONAL)
        own = self._read_facts(fields["facts"]) if "facts" in fields else Facts()
        facts = merged(general, own)
        if "facts" in fields:
            self._represented(fields["facts"], own, facts.members)
        return Golden(
            name=notes.text(fields["name"]) if "name" in fields else "",
            place=notes.place(fields.get("name", node)),
            given=Given(
                now=self._when(fields["now"]) if "now" in fields else DEFAULT_NOW,
                calls_from=notes.text(fields["calls_from"]) if "calls_from" in fields else "",
                dialled=notes.text(fields["dialled"]) if "dialled" in fields else "",
                language=self._language(fields["language"]) if "language" in fields else "",
                facts=facts,
            ),
            lines=tuple(self._lines(fields["call"])) if "call" in fields else (),
            ends=tuple(self._ends(fields["ends"])) if "ends" in fields else (),
            learnt=tuple(self._learnt(fields["learnt"])) if "learnt" in fields else (),
        )

    # --- what is so

    def _read_facts(self, node: yaml.Node) -> Facts:
        facts = self._facts.read(node)
        if self._document is not None and isinstance(node, yaml.MappingNode):
            sections = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
            names = queues(self._document)
            self._among(sections.get("queues"), names, "the queue")
            self._among(sections.get("announced"), {*names, EVERYWHERE}, "the queue")
        return facts

    def _represented(self, node: yaml.Node, facts: Facts, members: Collection[str]) -> None:
        """Whoever acts for a member acts for one that there is."""
        for number, acting in facts.representatives.items():
            if acting.member and acting.member not in members:
                found = f"{number}, who acts for {cut(acting.member)}"
                self._notes.note(node, found, "one of the members", meant=suggestion(acting.member, members))

    def _among(self, node: yaml.Node | None, names: Collection[str], what: str) -> None:
        """Every key is one of these names."""
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode):
                self._known(key, key.value, names, what)

    def _known(self, node: yaml.Node, name: str, names: Collection[str], what: str) -> None:
        if name and name not in names:
            expected = f"one of this document: {', '.join(sorted(names)) or 'none'}"
            self._notes.note(node, f"{what} {cut(name)}", expected, meant=suggestion(name, names))

    def _language(self, node: yaml.Node) -> str:
        language = self._notes.text(node)
        if self._document is not None:
            self._known(node, language, self._document.languages, "the language")
        return language

    def _when(self, node: yaml.Node) -> datetime:
        when = as_when(node.value) if isinstance(node, yaml.ScalarNode) else None
        if when is None:
            self._notes.note(node, shown(node), WHEN_WORDS)
        return when or DEFAULT_NOW

    # --- the call

    def _lines(self, node: yaml.Node) -> Iterator[Line]:
        for each in self._notes.items(node):
            if isinstance(each, yaml.ScalarNode):
                name, value = self._notes.one_of(each, ALONE, "a line of a call"), None
            else:
                fields = self._notes.mapping(each, optional=LINES)
                if len(fields) > 1:
                    self._notes.note(each, f"{' and '.join(fields)} in one line", "one of them a line")
                if not fields:
                    continue
                name, value = next(iter(fields.items()))
            for what in self._line(each, name, value):
                yield Line(what, self._notes.place(each))

    def _line(self, node: yaml.Node, name: str, value: yaml.Node | None) -> list[Doing | Hears | HearsNot]:
        if name == "hangs_up":
            return [HangsUp()]
        if name == "waits":
            times = 1 if value is None else self._notes.integer(value, least=1, most=MOST_WAITS)
            return [Waits()] * times
        if value is None:
            return []
        match name:
            case "hears":
                return [Hears(self._words(value))]
            case "hears_not":
                return [HearsNot(self._words(value))]
            case "presses" | "enters":
                return [Presses(self._keys(value), entered=name == "enters")]
            case "says" | "mumbles":
                return [Says(self._some(value), clearly=name == "says")]
            case "at":
                return [SetsClock(self._when(value))]
        return []

    def _words(self, node: yaml.Node) -> tuple[str, ...]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        words = tuple(self._some(each) for each in nodes)
        for each, text in zip(nodes, words, strict=True):
            if len(text) > 2 and text.startswith("/") and text.endswith("/"):
                try:
                    re.compile(text[1:-1])
                except re.error as error:
                    self._notes.note(each, f"{cut(text)}, which is no regular expression", str(error))
        return words

    def _some(self, node: yaml.Node) -> str:
        text = self._notes.text(node)
        if isinstance(node, yaml.ScalarNode) and node.value == "" and not self._notes.absent(node):
            self._notes.note(node, "nothing", "words")
        return text

    def _keys(self, node: yaml.Node) -> str:
        keys = self._notes.text(node)
        if keys and not _KEYS.fullmatch(keys):
            self._notes.note(node, shown(node), "keys of a telephone: 0 to 9, * and # ('*' and '#' in quotes)")
            return ""
        return keys

    # --- the end

    def _ends(self, node: yaml.Node) -> Iterator[Wanted]:
        notes = self._notes
        if isinstance(node, yaml.ScalarNode):
            how = notes.one_of(node, (GOODBYE, HANGS_UP), "an end, or {queue: …}, {outside: …}, {at: …}")
            yield Wanted("how", how, notes.place(node))
            return
        fields = notes.mapping(node, optional=("queue", "outside", "at", *QUEUE_ENDS))
        ways = [name for name in ("queue", "outside", "at") if name in fields]
        if len(ways) != 1:
            notes.note(node, " and ".join(ways) or "no end", "one of queue, outside, at")
        for name, value in fields.items():
            if name in QUEUE_ENDS and "queue" not in fields:
                notes.note(value, f"{name} without a queue", "it with queue: only")
            yield Wanted(name, self._end(name, value), notes.place(value))

    def _end(self, name: str, node: yaml.Node) -> object:
        notes, document = self._notes, self._document
        match name:
            case "priority":
                return None if notes.absent(node) else notes.integer(node)
            case "skills":
                return notes.texts(node)
            case "facts":
                return {fact: notes.text(value) for fact, value in notes.mapping(node, optional=None).items()}
        text = notes.text(node)
        if document is not None and name == "queue":
            self._known(node, text, queues(document), "the queue")
        if document is not None and name == "at":
            self._known(node, text, document.steps, "the step")
        return text

    def _learnt(self, node: yaml.Node) -> Iterator[Wanted]:
        notes = self._notes
        for name, value in notes.mapping(node, optional=LEARNT).items():
            known: object
            match name:
                case "verified":
                    known = notes.one_of(value, get_args(Verification), "a level")
                case "consent":
                    known = notes.one_of(value, get_args(Consent), "what was said to the notice")
                case "path":
                    known = notes.texts(value)
                case _:
                    known = notes.text(value)
            yield Wanted(name, known, notes.place(value))


def as_when(text: str) -> datetime | None:
    """A local time as tests have it."""
    match = _WHEN.fullmatch(text.strip())
    try:
        return datetime.fromisoformat(f"{match[1]} {int(match[2]):02}:{match[3]}") if match else None
    except ValueError:
        return None


def queues(document: Document) -> set[str]:
    return {step.queue for step in document.steps.values() if isinstance(step, Queue | Leave)}
