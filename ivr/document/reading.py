"""A menu document from its YAML: everything that is wrong with it, and the document if nothing is.

`read` blocks on the disk and takes some hundred milliseconds for a long document: on an event loop call it in a thread.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from zoneinfo import available_timezones

import msgspec
import yaml

from core.errors import Problem
from core.yaml_places import Finding, Place, Unreadable, compose, cut, suggestion
from ivr.document import checks, notes
from ivr.document.forms import NAME, NAME_WORDS, Context, Number, Text, Word
from ivr.document.forms import Path as Where
from ivr.document.model import BACK, PERSON, STANDARD, AnyStep, Document, Menu, Say
from ivr.document.opening import OpeningHours
from ivr.document.prompts import INSIDE_WORDS, LANGUAGE, inside, read_prompt
from ivr.document.sources import MOST_FILES, MOST_STEPS, Folder, Kept, Source
from ivr.document.standard import completed
from ivr.document.steps import STEP_FORM
from ivr.self_service.service import Spec

HEAD = ("name", "languages", "zone", "start", "person")
SHARED = ("include", "prompts", "hours", "steps")
_WORDS = {BACK: "back", PERSON: "a person"}


@dataclass(frozen=True)
class Read:
    """`document` is there only when nothing is an error; `findings` in the order of files and lines.

    `files` are the texts by name, as `read_files` takes them; `main` is the name of the one that includes the others.
    `draft` is what could be read of it, errors and all: to be drawn, never to be used.
    """

    document: Document | None
    findings: tuple[Finding, ...]
    main: str
    files: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[Where, Place] = field(default_factory=dict)
    draft: Document | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def place(self, *where: str | int) -> Place:
        """Where something stands, as in `place("steps", "main", "options", "1")`; or what it is part of."""
        return notes.place(self.places, where, Place(self.main))


def read(path: Path, services: Mapping[str, Spec] | None = None) -> Read:
    """A document and what it includes. `services` None: what it asks of services is not checked."""
    return _Reading(Folder(path.parent), path.name, services).whole()


def read_files(
    main: str, files: Mapping[str, str], services: Mapping[str, Spec] | None = None, *, version: str = ""
) -> Read:
    """A version that was kept. Recorded files are not read, so what they hash to is not in the version: hand it in."""
    return _Reading(Kept(files), main, services).whole(version)


def load(path: Path, services: Mapping[str, Spec] | None = None) -> Document:
    """Raises one `Problem` with every error."""
    result = read(path, services)
    if result.document is None:
        raise Problem("\n".join(map(str, result.errors)))
    return result.document


class _Reading:
    def __init__(self, source: Source, main: str, services: Mapping[str, Spec] | None) -> None:
        self._source, self._main, self._services = source, main, services
        self._context = Context(sound=source.sound)
        self._notes = self._context.notes
        self._texts: dict[str, str] = {}
        self._fields: dict[str, dict[str, yaml.Node]] = {}  # of each file
        self._whole = True  # every file could be read

    def whole(self, version: str = "") -> Read:
        self._file(self._main, ())
        document = self._document(version) if self._main in self._fields else None
        if document is not None and self._whole:
            self._notes.findings += checks.check(document, self._context, self._services)
        order = {self._source.shown(name): i for i, name in enumerate(self._texts)}
        findings = sorted(dict.fromkeys(self._notes.findings), key=lambda each: _position(each, order))
        wrong = any(finding.severity == "error" for finding in findings)
        return Read(
            document=None if wrong else document,
            findings=tuple(findings),
            main=self._main,
            files=dict(self._texts),
            places=self._context.places,
            draft=document,
        )

    # --- files ---

    def _file(self, name: str, chain: tuple[str, ...], included: yaml.Node | None = None) -> None:
        """Read a file and all that it includes. `chain` leads to it, `included` is where it was named."""
        self._texts[name] = ""  # it has been tried
        try:
            self._texts[name] = self._source.text(name)
            root = compose(self._source.shown(name), self._texts[name], aliases=False)
        except Unreadable as problem:
            self._whole = False
            self._notes.findings.append(problem.finding)
            return
        except Problem as problem:
            self._whole = False
            if included is None:
                place = Place(self._source.shown(name))
                self._notes.findings.append(Finding(place, f"a file that {problem.what}", "a menu document"))
            else:
                self._notes.note(included, f"the file {cut(name)}, which {problem.what}", "a file of this document")
            return
        if included is None:
            fields = self._notes.mapping(root, required=HEAD, optional=("slow", *SHARED))
        else:
            fields = self._notes.mapping(root, optional=SHARED)
        self._fields[name] = fields
        if "include" in fields:
            for node in self._notes.items(fields["include"]):
                self._include(node, (*chain, name))

    def _include(self, node: yaml.Node, chain: tuple[str, ...]) -> None:
        written = Word("the name of a file").read(self._context, node, ())
        if not written:
            return
        name = posixpath.normpath(written)
        if not inside(written):
            self._notes.note(node, cut(written), INSIDE_WORDS)
        elif name in chain:
            self._notes.note(node, f"the file {cut(name)}, which includes this one", "no circle of files")
        elif name not in self._texts:
            if len(self._texts) < MOST_FILES:
                self._file(name, chain, node)
            else:
                self._whole = False
                self._notes.note(node, f"more than {MOST_FILES} files", "fewer")

    # --- what they say ---

    def _document(self, version: str) -> Document:
        context, head = self._context, self._fields[self._main]
        for name in ("name", "languages", "zone", "start", "person"):
            if name in head:
                context.mark((name,), head[name])
        context.languages = self._languages(head.get("languages"))
        standard = self._prompts(head.get("languages"))
        hours = {
            name: OpeningHours().read(context, node, ("hours", name)) for name, node in self._named("hours").items()
        }
        steps = self._steps()  # before the version, which has the recorded files in it
        step_name = Word("the name of a step")
        return Document(
            name=Text("a name").read(context, head["name"], ()) if "name" in head else "",
            version=version or self._version(),
            languages=context.languages,
            zone=self._zone(head.get("zone")),
            start=step_name.read(context, head["start"], ()) if "start" in head else "",
            person=step_name.read(context, head["person"], ()) if "person" in head else "",
            slow=Number(0.5, 1).read(context, head["slow"], ()) if "slow" in head else 0.8,
            hours=hours,
            steps=steps,
            standard=standard,
        )

    def _languages(self, node: yaml.Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        languages: list[str] = []
        for each in self._notes.items(node):
            language = Text("a language as en").read(self._context, each, ())
            if not language:
                continue
            if not re.fullmatch(LANGUAGE, language):
                self._notes.note(each, cut(language), "a language as en, es or pt-BR")
            elif language in languages:
                self._notes.note(each, f"{cut(language)} twice", "it once")
            else:
                self._context.mark(("languages", len(languages)), each)
                languages.append(language)
        if isinstance(node, yaml.SequenceNode) and not node.value:
            self._notes.note(node, "no language", "at least one")
        return tuple(languages)

    def _zone(self, node: yaml.Node | None) -> str:
        if node is None:
            return ""
        zone = Text("a time zone as America/New_York").read(self._context, node, ())
        if zone and zone not in _zones():
            meant = suggestion(zone, _zones())
            self._notes.note(node, f"the time zone {cut(zone)}", "one as America/New_York", meant=meant)
        return zone

    def _named(self, section: str) -> dict[str, yaml.Node]:
        """Everything in this section of all files, by name."""
        named: dict[str, yaml.Node] = {}
        for fields in self._fields.values():
            if section not in fields:
                continue
            for name, (key, value) in self._notes.entries(fields[section], optional=None).items():
                if not NAME.fullmatch(name):
                    self._notes.note(key, f"the name {cut(name)}", NAME_WORDS)
                if name in named:
                    first = self._context.places[(section, name)]
                    self._notes.note(key, f"{cut(name)} twice: it is at {first} too", "it once")
                    continue
                self._context.mark((section, name), key)
                named[name] = value
        return named

    def _prompts(self, languages: yaml.Node | None) -> dict[str, Say]:
        """Read those that have a name, and give back the standard ones."""
        context = self._context
        for name, node in self._named("prompts").items():
            context.prompts[name] = read_prompt(context, node, ("prompts", name))
        lacking: dict[str, list[str]] = {}
        for name in STANDARD:
            own = context.prompts.get(name)
            whole = context.prompts[name] = completed(name, own, context.languages)
            if own is not None:
                context.written[("prompts", name)] = whole
                continue
            for language in context.languages:
                if language not in whole.texts:
                    lacking.setdefault(language, []).append(name)
        for i, language in enumerate(context.languages):
            if language in lacking:
                place = context.places[("languages", i)]
                found = f"the language {cut(language)} without the prompts that are built in for others"
                expected = f"these under prompts: {', '.join(lacking[language])}"
                self._notes.findings.append(Finding(place, found, expected))
        return {name: (context.prompts[name],) for name in STANDARD}

    def _steps(self) -> dict[str, AnyStep]:
        nodes = self._named("steps")
        for name in (BACK, PERSON):
            if name in nodes:
                place = self._context.places[("steps", name)]
                found = f"a step called {name!r}, which is a word of the language"
                self._notes.findings.append(Finding(place, found, "another name"))
        steps: dict[str, AnyStep] = {}
        if len(nodes) > MOST_STEPS:
            self._whole = False
            place = self._context.places[("steps", next(islice(nodes, MOST_STEPS, None)))]
            self._notes.findings.append(Finding(place, f"step number {MOST_STEPS + 1}", f"at most {MOST_STEPS} steps"))
        for name, node in nodes.items():
            self._context.steps.add(name)
            if (step := STEP_FORM.read(self._context, node, ("steps", name))) is not None:
                steps[name] = step
        return {name: _with_abouts(step, steps) for name, step in steps.items()}

    def _version(self) -> str:
        """A hash of all texts and recorded files."""
        sounds = {name: sound.digest for name, sound in self._context.sounds.items()}
        contents = repr((sorted(self._texts.items()), sorted(sounds.items())))
        return hashlib.sha256(contents.encode()).hexdigest()[:16]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # looks into hundreds of files


def _with_abouts(step: AnyStep, steps: Mapping[str, AnyStep]) -> AnyStep:
    """An option that was not given a name has that of the step it leads to."""
    if not isinstance(step, Menu):
        return step
    options = {}
    for key, option in step.options.items():
        target = steps.get(option.next)
        about = option.about or (target.about if target else "") or _WORDS.get(option.next, option.next)
        options[key] = msgspec.structs.replace(option, about=about)
    return msgspec.structs.replace(step, options=options)


def _position(finding: Finding, order: Mapping[str, int]) -> tuple[int, int, int, str]:
    place = finding.place
    return order.get(place.file, len(order)), place.line, place.column, str(finding)
